"""How a run ended, and what to do next: by the code of its last event, in the language of now."""

from textual.content import Content

from labs.events import Finished
from tui.i18n import t, t_or
from tui.screens.lab_text import one_line
from tui.screens.run_view import RunView
from tui.times import clock

_SIGNS = {"completed": ("✓", "$success"), "cancelled": ("■", "$warning"), "queued": ("·", "$muted"), "running": ("▸", "$accent")}  # fmt: skip


def outcome_lines(view: RunView, *, keys: bool = True, smaller: bool = True) -> Content:
    """One or two lines: outcome with its time, then the next step.

    Args:
        keys: whether the page has the keys of a run, so that the next step may name them.
        smaller: whether it can take a smaller setting into a form.
    """
    finished = view.finished
    sign, style = sign_of(view)
    head = Content.assemble((f"{sign} {t(f'run.state_{view.state}')}", f"bold {style}"))
    if finished is None:
        return Content.assemble(head, "  ", t("run.next_interrupted") if keys else "")
    if finished.seconds:
        head = Content.assemble(head, "  ", (clock(finished.seconds), "$muted"))
    if finished.outcome == "completed":
        return head
    why = t_or(f"run.finished_{_key(finished)}", one_line(finished.message), step=finished.step)
    if finished.outcome == "failed" and finished.code == "crashed":
        why = one_line(finished.message)  # what was raised, which no sentence of ours can know
    following = next_step(finished, smaller) if keys else ""
    return Content.assemble(head, "  ", why, "\n" if following else "", following)


def sign_of(view: RunView) -> tuple[str, str]:
    """A sign for its state, and its colour."""
    return _SIGNS.get(view.state, ("✗", "$error"))


def next_step(finished: Finished, smaller: bool) -> str:
    """What to do after this end."""
    if finished.proposal and smaller:
        changes = ", ".join(
            f"{one_line(name)}={one_line(str(value))}" for name, value in finished.proposal.items()
        )
        return t("run.next_smaller", changes=changes)
    hint = one_line(finished.hint) or t_or(f"run.next_{finished.outcome}", "")
    return t_or(f"run.next_{_key(finished)}", hint)


def _key(finished: Finished) -> str:
    return finished.code.replace(".", "_").replace("-", "_")
