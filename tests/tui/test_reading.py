"""Pages to read: Chinese fills its lines, tables lose no word."""

from textual.app import App, ComposeResult

from tui.widgets.reading import Reading

PAGE = """手里的基座模型有 460 万参数。它会读写简单的中文和英文，但没有见过法律里的任何一句话。接下来一分钟，
你要教会它这部法律。

| 阶段 | 数据 |
|---|---|
| 预训练 | 数万亿 token 的文本，来自网页、书籍和代码，越多越好，质量参差不齐也照收 |
| SFT | 一千条以上的对话 |
"""


class _Page(App[None]):
    def __init__(self, page: str = PAGE) -> None:
        super().__init__()
        self._page = page

    def compose(self) -> ComposeResult:
        yield Reading(self._page)


async def test_lines_are_full_and_tables_whole() -> None:
    app = _Page()
    async with app.run_test(size=(50, 30)) as pilot:
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        lines = [strip.text.strip() for strip in strips if strip.text.strip()]
        text = "".join(lines)
        assert "…" not in text and "一分钟，你要" in text
        first = next(strip for strip in strips if "460" in strip.text)
        assert "460 万参数" in first.text, "a space is not the only place for a break"
        assert all(part in text for part in ("照收", "预训练", "一千条以上的对话"))


async def test_a_table_tears_no_word_while_another_column_has_room() -> None:
    page = (
        "| Stage | Data | Loss | Changes |\n|---|---|---|---|\n"
        "| Supervised fine-tuning (SFT) | Conversations, a thousand and more | Next token, prompt often masked | The way of answering |\n"
    )
    app = _Page(page)
    async with app.run_test(size=(58, 30)) as pilot:
        await pilot.pause()
        assert any("Conversations," in strip.text for strip in app.screen._compositor.render_strips())
