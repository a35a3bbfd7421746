"""Checks of one row's turns: who speaks when, whether anything is said, whether anything is left to learn."""

from labs.data.examples import Example, Turn
from labs.data.findings import Collector

ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})


def check_turns(example: Example, line: int, into: Collector) -> None:
    """Add what is wrong with the turns of ``example`` to ``into``."""
    if example.text is not None:
        if not example.text.strip():
            into.add(
                "text.empty", "error", "the text is empty", line=line, field="text", hint="remove the row"
            )
        return
    preference = bool(example.chosen or example.rejected)
    turns = example.turns
    if not turns and not example.chosen:
        into.add("turn.none", "error", "there are no turns", line=line, hint="remove the row")
        return
    for at, turn in enumerate(turns):
        if turn.role not in ROLES:
            into.add(
                "turn.role",
                "error",
                f"no role is called {turn.role[:40]!r}",
                line=line,
                field=f"turn {at + 1}",
                hint="use system, user, assistant or tool",
            )
        if not turn.content.strip() and not turn.extra.get("tool_calls"):
            into.add(
                "turn.empty",
                "error",
                f"the {turn.role[:40]} turn says nothing",
                line=line,
                field=f"turn {at + 1}",
            )
    check_order(turns, preference, line, into)
    if preference:
        _check_preference(example, line, into)
    elif not any(
        turn.role == "assistant" and (turn.content.strip() or turn.extra.get("tool_calls")) for turn in turns
    ):
        into.add(
            "row.nothing-to-learn",
            "error",
            "no assistant turn says anything: every label would be -100",
            line=line,
            hint="add the answer, or remove the row",
        )


def check_order(turns: tuple[Turn, ...], preference: bool, line: int, into: Collector) -> None:
    """System first and once, then user and assistant in turn (tools between), the right one last."""
    if not turns:
        return
    before = ""
    for at, turn in enumerate(turns):
        role = "system" if turn.role == "developer" else turn.role
        wrong = ""
        if role == "system":
            if at:
                wrong = "a system turn must come first"
        elif role == "user":
            if before == "user":
                wrong = "two user turns in a row"
        elif role == "assistant":
            if before in ("", "system"):
                wrong = "the assistant speaks before the user"
            elif before == "assistant":
                wrong = "two assistant turns in a row"
        elif role == "tool" and before not in ("assistant", "tool"):
            wrong = "a tool turn must follow the assistant that called it"
        if wrong:
            into.add("turn.order", "error", wrong, line=line, field=f"turn {at + 1}")
        before = role
    last = turns[-1].role
    if preference and last == "assistant":
        into.add(
            "turn.last",
            "error",
            "the prompt of a preference ends with the assistant",
            line=line,
            hint="the answer belongs into chosen and rejected",
        )
    if not preference and last != "assistant" and any(turn.role == "assistant" for turn in turns):
        into.add(
            "turn.last",
            "warning",
            f"the last turn is the {last[:40]}'s: nothing of it is learned",
            line=line,
            hint="cut it off, or add the answer",
        )


def _check_preference(example: Example, line: int, into: Collector) -> None:
    for name, side in (("chosen", example.chosen), ("rejected", example.rejected)):
        if not side or not any(turn.content.strip() for turn in side):
            into.add("turn.empty", "error", f"{name} says nothing", line=line, field=name)
        elif side[-1].role != "assistant":
            into.add("turn.role", "error", f"{name} must be the assistant's", line=line, field=name)
    if example.chosen and example.chosen == example.rejected:
        into.add(
            "preference.same",
            "error",
            "chosen and rejected are the same: the pair teaches nothing",
            line=line,
            hint="remove the row",
        )
