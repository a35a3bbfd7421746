"""Rows into examples, one small reader a format. A row that does not fit raises a ``DataError`` naming the field."""

from collections.abc import Callable, Sequence
from typing import Any

from labs.data.errors import DataError
from labs.data.examples import Example, Turn
from labs.data.formats import Format
from labs.data.records import Row

SHAREGPT_ROLES = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "assistant": "assistant",
    "system": "system",
    "tool": "tool",
    "observation": "tool",
}


def parse(row: Row, format: Format) -> Example:
    """Read ``row`` as ``format``.

    Raises:
        DataError: a key is missing or of the wrong type; ``field`` names it. Order and emptiness of the turns are
            no matter of parsing: ``checks`` looks at them.
    """
    return _PARSERS[format](row)


def _wrong(field: str, wanted: str, value: Any) -> DataError:
    if value is None:
        return DataError("row.missing", "is missing", field=field, hint=f"it should be {wanted}")
    names = {
        str: "a string",
        list: "a list",
        dict: "an object",
        bool: "a boolean",
        int: "a number",
        float: "a number",
    }
    return DataError(
        "row.type", f"should be {wanted}, is {names.get(type(value), type(value).__name__)}", field=field
    )


def _string(row: Row, key: str) -> str:
    value = row.get(key)
    if type(value) is not str:
        raise _wrong(key, "a string", value)
    return value


def _rest(row: Row, used: Sequence[str]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in used}


def _turn(value: Any, field: str) -> Turn:
    if type(value) is not dict:
        raise _wrong(field, "an object with role and content", value)
    role, content = value.get("role"), value.get("content")
    if type(role) is not str:
        raise _wrong(f"{field}.role", "a string", role)
    if content is None and ("tool_calls" in value or "content" in value):
        # OpenAI writes null content beside tool calls; elsewhere null means nothing was said.
        content = ""
        extra = {key: item for key, item in value.items() if key != "role"}
        return Turn(role, content, extra)
    if type(content) is not str:
        raise _wrong(f"{field}.content", "a string", content)
    if len(value) == 2:
        return Turn(role, content)
    return Turn(role, content, {key: item for key, item in value.items() if key not in ("role", "content")})


def _turns(row: Row, key: str) -> tuple[Turn, ...]:
    value = row.get(key)
    if type(value) is not list:
        raise _wrong(key, "a list of messages", value)
    return tuple([_turn(item, f"{key}[{at}]") for at, item in enumerate(value)])


def _messages(row: Row) -> Example:
    return Example(_turns(row, "messages"), columns=_rest(row, ("messages",)))


def _conversations(row: Row) -> Example:
    return Example(_turns(row, "conversations"), columns=_rest(row, ("conversations",)))


def _prompt_completion(row: Row) -> Example:
    turns = (Turn("user", _string(row, "prompt")), Turn("assistant", _string(row, "completion")))
    return Example(turns, plain=True, columns=_rest(row, ("prompt", "completion")))


def _prompt_completion_chat(row: Row) -> Example:
    turns = _turns(row, "prompt") + _turns(row, "completion")
    return Example(turns, columns=_rest(row, ("prompt", "completion")))


def _text(row: Row) -> Example:
    return Example(text=_string(row, "text"), columns=_rest(row, ("text",)))


def _alpaca(row: Row) -> Example:
    turns = []
    if row.get("system"):
        turns.append(Turn("system", _string(row, "system")))
    history = row.get("history") or []
    if type(history) is not list:
        raise _wrong("history", "a list of [user, assistant] pairs", history)
    for at, pair in enumerate(history):
        if type(pair) is not list or len(pair) != 2 or not all(type(side) is str for side in pair):
            raise _wrong(f"history[{at}]", "a pair of strings", pair)
        turns += [Turn("user", pair[0]), Turn("assistant", pair[1])]
    question = _string(row, "instruction")
    if row.get("input"):
        question = f"{question}\n{_string(row, 'input')}"
    turns += [Turn("user", question), Turn("assistant", _string(row, "output"))]
    return Example(tuple(turns), columns=_rest(row, ("instruction", "input", "output", "system", "history")))


def _sharegpt(row: Row) -> Example:
    value = row.get("conversations")
    if type(value) is not list:
        raise _wrong("conversations", "a list of turns", value)
    turns = [Turn("system", _string(row, "system"))] if row.get("system") else []
    for at, item in enumerate(value):
        field = f"conversations[{at}]"
        if type(item) is not dict:
            raise _wrong(field, "an object with from and value", item)
        who, said = item.get("from"), item.get("value")
        if type(who) is not str:
            raise _wrong(f"{field}.from", "a string", who)
        if type(said) is not str:
            raise _wrong(f"{field}.value", "a string", said)
        extra = (
            {key: rest for key, rest in item.items() if key not in ("from", "value")} if len(item) > 2 else {}
        )
        turns.append(Turn(SHAREGPT_ROLES.get(who, who), said, extra))
    return Example(tuple(turns), columns=_rest(row, ("conversations", "system")))


def _dpo(row: Row) -> Example:
    return Example(
        (Turn("user", _string(row, "prompt")),),
        chosen=(Turn("assistant", _string(row, "chosen")),),
        rejected=(Turn("assistant", _string(row, "rejected")),),
        plain=True,
        columns=_rest(row, ("prompt", "chosen", "rejected")),
    )


def _dpo_chat(row: Row) -> Example:
    prompt, chosen, rejected = (_turns(row, key) for key in ("prompt", "chosen", "rejected"))
    return Example(
        prompt, chosen=chosen, rejected=rejected, columns=_rest(row, ("prompt", "chosen", "rejected"))
    )


def _dpo_implicit(row: Row) -> Example:
    chosen, rejected = _turns(row, "chosen"), _turns(row, "rejected")
    shared = 0
    while shared < min(len(chosen), len(rejected)) and chosen[shared] == rejected[shared]:
        shared += 1
    while (
        shared and chosen[shared - 1].role == "assistant"
    ):  # an answer both begin with belongs to the answers
        shared -= 1
    return Example(
        chosen[:shared],
        chosen=chosen[shared:],
        rejected=rejected[shared:],
        columns=_rest(row, ("chosen", "rejected")),
    )


def _bailian_dpo(row: Row) -> Example:
    sides = []
    for key in ("chosen", "rejected"):
        if row.get(key) is None:
            raise _wrong(key, "an assistant message", None)
        sides.append(_turn(row[key], key))
    return Example(
        _turns(row, "messages"),
        chosen=(sides[0],),
        rejected=(sides[1],),
        columns=_rest(row, ("messages", "chosen", "rejected")),
    )


_PARSERS: dict[Format, Callable[[Row], Example]] = {
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
    Format.BAILIAN_SFT: _messages,
    Format.BAILIAN_DPO: _bailian_dpo,
    Format.BAILIAN_CPT: _text,
}
