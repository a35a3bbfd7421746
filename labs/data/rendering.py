"""Examples into rows: exact, or with a list of what the target format has no place for.

Nothing is lost in silence. What cannot be said at all in the target format (a third speaker in Alpaca) is a
``DataError``; what can be left out (a message's ``name`` on Bailian) is left out and named in ``dropped``.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from labs.data.errors import DataError
from labs.data.examples import Example, Turn
from labs.data.formats import Format
from labs.data.records import Row


class Rendered(msgspec.Struct, frozen=True):
    """A row in its new format, and the names of what was left behind: empty when nothing was."""

    row: Row
    dropped: tuple[str, ...] = ()


def render(example: Example, format: Format) -> Rendered:
    """Write ``example`` as ``format``; its other columns come along where the format allows columns.

    Raises:
        DataError: ``convert.*``: the example has no form in ``format``.
    """
    dropped: list[str] = []
    row = _RENDERERS[format](example, dropped)
    for key, value in example.columns.items():
        if format in _NO_COLUMNS:
            dropped.append(key)
        elif key in row:
            dropped.append(f"{key} (the format has its own)")
        else:
            row[key] = value
    return Rendered(row, tuple(dropped))


_NO_COLUMNS = frozenset({Format.BAILIAN_SFT, Format.BAILIAN_DPO, Format.BAILIAN_CPT})
_BAILIAN_KEYS = frozenset({"loss_weight", "tool_calls", "tool_call_id"})
_FROM = {"user": "human", "assistant": "gpt", "system": "system", "tool": "observation"}


def _cannot(code: str, message: str, hint: str = "") -> DataError:
    return DataError(f"convert.{code}", message, hint=hint)


def _message(turn: Turn, dropped: list[str], keep: frozenset[str] | None = None) -> dict[str, Any]:
    message: dict[str, Any] = {"role": turn.role, "content": turn.content}
    for key, value in turn.extra.items():
        if keep is None or key in keep:
            message[key] = value
        else:
            dropped.append(f"message {key}")
    return message


def _conversation(example: Example) -> tuple[Turn, ...]:
    if example.text is not None:
        raise _cannot("text-has-no-turns", "plain text has no turns", "it can become text or bailian-cpt")
    if example.chosen or example.rejected:
        raise _cannot(
            "preference", "a preference has two answers", "convert to a dpo format, or keep the chosen first"
        )
    return example.turns


def _sides(example: Example) -> tuple[tuple[Turn, ...], tuple[Turn, ...], tuple[Turn, ...]]:
    if not example.chosen or not example.rejected:
        raise _cannot(
            "no-preference", "there is no rejected answer", "preference formats need two answers a prompt"
        )
    return example.turns, example.chosen, example.rejected


def _messages(example: Example, dropped: list[str]) -> Row:
    return {"messages": [_message(turn, dropped) for turn in _conversation(example)]}


def _conversations(example: Example, dropped: list[str]) -> Row:
    return {"conversations": [_message(turn, dropped) for turn in _conversation(example)]}


def _bailian_sft(example: Example, dropped: list[str]) -> Row:
    return {"messages": [_message(turn, dropped, _BAILIAN_KEYS) for turn in _conversation(example)]}


def _content_only(turn: Turn, dropped: list[str]) -> str:
    dropped += [f"message {key}" for key in turn.extra]
    return turn.content


def _prompt_completion(example: Example, dropped: list[str]) -> Row:
    turns = _conversation(example)
    roles = [turn.role for turn in turns]
    if roles == ["system", "user", "assistant"]:
        dropped.append("system turn")
        turns = turns[1:]
    elif roles != ["user", "assistant"]:
        raise _cannot(
            "not-one-exchange",
            f"{len(turns)} turns do not fit one prompt and one completion",
            "use prompt-completion-chat or messages",
        )
    return {"prompt": _content_only(turns[0], dropped), "completion": _content_only(turns[1], dropped)}


def _prompt_completion_chat(example: Example, dropped: list[str]) -> Row:
    turns = _conversation(example)
    if not turns or turns[-1].role != "assistant":
        raise _cannot("no-answer", "the conversation does not end with the assistant")
    if any(turn.role == "assistant" for turn in turns[:-1]):
        dropped.append("loss on earlier assistant turns")
    return {
        "prompt": [_message(turn, dropped) for turn in turns[:-1]],
        "completion": [_message(turns[-1], dropped)],
    }


def _text(example: Example, dropped: list[str]) -> Row:
    if example.text is None:
        raise _cannot(
            "no-text", "turns become text through a chat template only", "render them with the model's own"
        )
    return {"text": example.text}


def _alpaca(example: Example, dropped: list[str]) -> Row:
    turns = list(_conversation(example))
    row: Row = {}
    if turns and turns[0].role == "system":
        row["system"] = _content_only(turns.pop(0), dropped)
    if (
        not turns
        or len(turns) % 2
        or any(turn.role != ("assistant" if at % 2 else "user") for at, turn in enumerate(turns))
    ):
        raise _cannot("not-alternating", "Alpaca needs user and assistant in turn, the assistant last")
    said = [_content_only(turn, dropped) for turn in turns]
    history = [said[at : at + 2] for at in range(0, len(said) - 2, 2)]
    if history:
        row["history"] = history
    return {"instruction": said[-2], "input": "", "output": said[-1], **row}


def _sharegpt(example: Example, dropped: list[str]) -> Row:
    turns = _conversation(example)
    return {
        "conversations": [
            {"from": _FROM.get(turn.role, turn.role), "value": turn.content, **turn.extra} for turn in turns
        ]
    }


def _dpo(example: Example, dropped: list[str]) -> Row:
    prompt, chosen, rejected = _sides(example)
    if [turn.role for turn in prompt] == ["system", "user"]:
        dropped.append("system turn")
        prompt = prompt[1:]
    if len(prompt) != 1 or len(chosen) != 1 or len(rejected) != 1:
        raise _cannot("not-one-exchange", "several turns do not fit one prompt string", "use dpo-chat")
    prompt_text, chosen_text, rejected_text = (
        _content_only(side[0], dropped) for side in (prompt, chosen, rejected)
    )
    return {"prompt": prompt_text, "chosen": chosen_text, "rejected": rejected_text}


def _dpo_chat(example: Example, dropped: list[str]) -> Row:
    names = ("prompt", "chosen", "rejected")
    return {
        name: [_message(turn, dropped) for turn in side]
        for name, side in zip(names, _sides(example), strict=True)
    }


def _dpo_implicit(example: Example, dropped: list[str]) -> Row:
    prompt, chosen, rejected = _sides(example)
    return {
        name: [_message(turn, dropped) for turn in prompt + side]
        for name, side in (("chosen", chosen), ("rejected", rejected))
    }


def _bailian_dpo(example: Example, dropped: list[str]) -> Row:
    prompt, chosen, rejected = _sides(example)
    if len(chosen) != 1 or len(rejected) != 1:
        raise _cannot("not-one-answer", "Bailian takes one message as chosen and one as rejected")
    return {
        "messages": [_message(turn, dropped, _BAILIAN_KEYS) for turn in prompt],
        "chosen": _message(chosen[0], dropped, _BAILIAN_KEYS),
        "rejected": _message(rejected[0], dropped, _BAILIAN_KEYS),
    }


_RENDERERS: dict[Format, Callable[[Example, list[str]], Row]] = {
    Format.MESSAGES: _messages,
    Format.PROMPT_COMPLETION: _prompt_completion,
    Format.PROMPT_COMPLETION_CHAT: _prompt_completion_chat,
    Format.TEXT: _text,
    Format.ALPACA: _alpaca,
    Format.SHAREGPT: _sharegpt,
    Format.CONVERSATIONS: _conversations,
    Format.DPO: _dpo,
    Format.DPO_CHAT: _dpo_chat,
    Format.DPO_IMPLICIT: _dpo_implicit,
    Format.BAILIAN_SFT: _bailian_sft,
    Format.BAILIAN_DPO: _bailian_dpo,
    Format.BAILIAN_CPT: _text,
}
