"""Formats are told apart with a reason, and conversion is exact or says what it dropped."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.data.convert import convert
from labs.data.errors import DataError
from labs.data.examples import Example, Turn
from labs.data.formats import Format, detect
from labs.data.parsing import parse
from labs.data.reading import rows
from labs.data.rendering import render

USER = {"role": "user", "content": "你好"}
ANSWER = {"role": "assistant", "content": "您好，有什么可以帮您？"}
WORSE = {"role": "assistant", "content": "嗯"}
SAMPLES: dict[Format, dict[str, Any]] = {
    Format.MESSAGES: {"messages": [USER, ANSWER]},
    Format.PROMPT_COMPLETION: {"prompt": "2+2=", "completion": "4"},
    Format.PROMPT_COMPLETION_CHAT: {"prompt": [USER], "completion": [ANSWER]},
    Format.TEXT: {"text": "从前"},
    Format.ALPACA: {"instruction": "翻译", "input": "cat", "output": "猫"},
    Format.SHAREGPT: {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "hello"}]},
    Format.CONVERSATIONS: {"conversations": [USER, ANSWER]},
    Format.DPO: {"prompt": "hi", "chosen": "hello", "rejected": "what"},
    Format.DPO_CHAT: {"prompt": [USER], "chosen": [ANSWER], "rejected": [WORSE]},
    Format.DPO_IMPLICIT: {"chosen": [USER, ANSWER], "rejected": [USER, WORSE]},
    Format.BAILIAN_SFT: {"messages": [USER, {**ANSWER, "loss_weight": 0.5}]},
    Format.BAILIAN_DPO: {"messages": [USER], "chosen": ANSWER, "rejected": WORSE},
}


@pytest.mark.parametrize("format", SAMPLES)
def test_each_format_is_recognised_with_a_reason(format: Format) -> None:
    found = detect([SAMPLES[format]] * 3)
    assert found.format is format
    assert found.confidence == 1
    assert "3 of 3 rows" in found.reason


def test_a_format_shared_by_bailian_names_the_other() -> None:
    assert detect([SAMPLES[Format.MESSAGES]]).alternatives == (Format.BAILIAN_SFT,)
    assert detect([SAMPLES[Format.TEXT]]).alternatives == (Format.BAILIAN_CPT,)


def test_mixed_files_lower_the_confidence_and_unknown_ones_have_none() -> None:
    mixed = detect([SAMPLES[Format.ALPACA]] * 3 + [SAMPLES[Format.TEXT]])
    assert (mixed.format, mixed.confidence) == (Format.ALPACA, 0.75)
    assert detect([{"question": "a"}]).format is None
    assert detect([]).format is None


@pytest.mark.parametrize("format", SAMPLES)
def test_reading_and_writing_a_format_changes_nothing(format: Format) -> None:
    row = SAMPLES[format]
    if format is Format.ALPACA:
        row = {
            "instruction": "翻译：cat",
            "input": "",
            "output": "猫",
        }  # a border inside the prompt cannot come back
    rendered = render(parse(row, format), format)
    assert rendered.row == row
    assert rendered.dropped == ()


CONTENT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
PAIRS = st.lists(st.tuples(CONTENT, CONTENT), min_size=1, max_size=4)


@settings(max_examples=60)
@given(
    system=st.none() | CONTENT,
    pairs=PAIRS,
    columns=st.dictionaries(st.sampled_from(["id", "lang", "group", "meta"]), CONTENT, max_size=4),
    path=st.lists(
        st.sampled_from(
            [
                Format.MESSAGES,
                Format.CONVERSATIONS,
                Format.SHAREGPT,
                Format.ALPACA,
                Format.PROMPT_COMPLETION_CHAT,
            ]
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_conversations_survive_any_way_through_the_chat_formats(
    system: str | None, pairs: list[tuple[str, str]], columns: dict[str, str], path: list[Format]
) -> None:
    turns = [Turn("system", system)] if system else []
    for question, answer in pairs:
        turns += [Turn("user", question), Turn("assistant", answer)]
    example = start = Example(tuple(turns), columns=columns)
    dropped: tuple[str, ...] = ()
    for format in path:
        rendered = render(example, format)
        dropped += rendered.dropped
        example = parse(rendered.row, format)
    assert example == start
    assert set(dropped) <= {"loss on earlier assistant turns"}


@settings(max_examples=40)
@given(
    prompt=CONTENT,
    chosen=CONTENT,
    rejected=CONTENT,
    path=st.permutations([Format.DPO_CHAT, Format.BAILIAN_DPO]),
)
def test_preferences_survive_the_way_to_bailian_and_back(
    prompt: str, chosen: str, rejected: str, path: list[Format]
) -> None:
    example = start = Example(
        (Turn("user", prompt),), chosen=(Turn("assistant", chosen),), rejected=(Turn("assistant", rejected),)
    )
    for format in path:
        example = parse(render(example, format).row, format)
    assert example == start


def test_what_bailian_does_not_take_is_dropped_and_named() -> None:
    row = {"id": "a", "messages": [{**USER, "name": "Li"}, {**ANSWER, "loss_weight": 0.5, "weight": 1}]}
    rendered = render(parse(row, Format.MESSAGES), Format.BAILIAN_SFT)
    assert rendered.row == {"messages": [USER, {**ANSWER, "loss_weight": 0.5}]}
    assert set(rendered.dropped) == {"id", "message name", "message weight"}


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (Format.MESSAGES, Format.DPO_CHAT, "no rejected answer"),
        (Format.TEXT, Format.MESSAGES, "no turns"),
        (Format.MESSAGES, Format.TEXT, "chat template"),
        (Format.DPO, Format.MESSAGES, "two answers"),
    ],
)
def test_what_cannot_be_said_in_the_target_is_an_error(source: Format, target: Format, message: str) -> None:
    with pytest.raises(DataError, match=message):
        render(parse(SAMPLES[source], source), target)


@pytest.mark.parametrize(
    ("row", "format", "field"),
    [
        ({"messages": "hi"}, Format.MESSAGES, "messages"),
        ({"messages": [{"role": "user"}]}, Format.MESSAGES, "messages[0].content"),
        ({"messages": [{"role": "user", "content": 3}]}, Format.MESSAGES, "messages[0].content"),
        ({"conversations": [{"from": "gpt"}]}, Format.SHAREGPT, "conversations[0].value"),
        ({"instruction": "a", "output": None}, Format.ALPACA, "output"),
        ({"instruction": "a", "output": "b", "history": [["x"]]}, Format.ALPACA, "history[0]"),
    ],
)
def test_a_row_of_the_wrong_type_names_its_field(row: dict[str, Any], format: Format, field: str) -> None:
    with pytest.raises(DataError) as caught:
        parse(row, format)
    assert caught.value.field == field


def test_the_tutorials_conversations_become_messages_that_trl_can_read(
    tmp_path: Path, lines_file: Callable[..., Path]
) -> None:
    source = lines_file([{"id": "a", "conversations": [USER, ANSWER]}] * 3)
    done = convert(source, tmp_path / "out.jsonl", Format.MESSAGES)
    assert done.exact and done.written == 3 and done.source_format is Format.CONVERSATIONS
    assert next(rows(tmp_path / "out.jsonl"))[1] == {"messages": [USER, ANSWER], "id": "a"}


def test_a_row_that_cannot_be_converted_stops_or_is_listed(
    tmp_path: Path, lines_file: Callable[..., Path]
) -> None:
    source = lines_file([SAMPLES[Format.MESSAGES], {"messages": [USER]}, "nonsense"])
    target = tmp_path / "out.jsonl"
    with pytest.raises(DataError, match=r"data\.jsonl:2: "):
        convert(source, target, Format.ALPACA)
    assert not target.exists()
    done = convert(source, target, Format.ALPACA, skip_bad=True)
    assert done.written == 1
    assert [(skipped.line, skipped.code) for skipped in done.skipped] == [
        (2, "convert.not-alternating"),
        (3, "read.not-an-object"),
    ]
