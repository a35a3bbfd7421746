"""Line breaks in two languages, and widths that hold for wide and combining characters."""

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from tui.widgets.blocks import Block
from tui.wrapping import wrap

PIECES = [*"ab LoRA秩翻倍，。（）「」“”1.5-/", "👩\u200d👩\u200d👧", "e\u0301", "🇨🇳", "\n"]
MIXED = st.lists(st.sampled_from(PIECES), max_size=80).map("".join)


def lines(text: str, width: int) -> list[str]:
    return [line.plain for line in wrap(Content(text), width)]


def test_english_breaks_at_spaces() -> None:
    assert lines("the quick brown fox", 10) == ["the quick", "brown fox"]


def test_chinese_breaks_between_characters_but_never_before_a_full_stop() -> None:
    assert lines("把秩翻倍，系数减半。", 8) == ["把秩翻", "倍，系数", "减半。"]
    for line in lines("（一）二，三。四！五？六：七；八、九", 6):
        assert line[0] not in "，。！？：；、）"
        assert not line.endswith("（")


def test_mixed_text_does_not_tear_words() -> None:
    assert lines("用LoRA微调模型", 8) == ["用LoRA微", "调模型"]


def test_a_word_that_is_too_long_is_cut() -> None:
    assert lines("abcdefghij", 4) == ["abcd", "efgh", "ij"]


@settings(max_examples=200)
@given(MIXED, st.integers(4, 30))
def test_nothing_is_lost_and_no_line_is_too_wide(text: str, width: int) -> None:
    wrapped = lines(text, width)
    assert "".join(wrapped).replace(" ", "") == text.replace("\n", "").replace(" ", "")
    for line in wrapped:
        assert cell_len(line) <= width
        assert not line.startswith(("\u200d", "\u0301"))


def test_code_goes_on_behind_a_sign_and_keeps_every_character() -> None:
    line = 'merged = PeftModel.from_pretrained(base, "adapter").merge_and_unload()'
    lines = [part.plain for part in Block(Content(line), code=True).lines(60)]
    assert "".join(lines) == line
    assert lines[0].endswith(").") and lines[1] == "merge_and_unload()"
    assert "".join(part.plain for part in Block(Content("x" * 130), code=True).lines(60)) == "x" * 130
