"""Tables on a terminal: a Chinese character takes two cells."""

from rich.cells import cell_len

from tui.cli.columns import cell, right, table


def test_a_column_is_as_wide_as_its_widest_cell_in_either_language() -> None:
    lines = list(table([["主题", "找错行", "n"], ["lora-math", "3", "12"]]))
    assert lines == ["主题       找错行   n", "lora-math       3  12"]
    assert len({cell_len(line) for line in lines}) == 1


def test_words_begin_and_figures_end_at_one_edge() -> None:
    assert cell("内存", 6) == "内存  " and right("内存", 6) == "  内存"
    assert cell("longer than that", 3) == right("longer than that", 3) == "longer than that"
