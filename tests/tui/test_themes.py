"""Text can be read in every theme: the contrast that WCAG asks of small text, on the page and on a panel."""

from typing import Any

import pytest
from textual.theme import Theme

from tui.home import Home
from tui.themes import ANSI, DARK, LIGHT, THEMES

TEXTS = ("foreground", "primary", "secondary", "accent", "success", "warning", "error", "muted", "quiet")
ENOUGH = 4.5


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, WCAG 2.2."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", TEXTS)
def test_every_text_colour_stands_out(theme: Theme, name: str) -> None:
    colour = getattr(theme, name, None) or theme.variables[name]
    for ground in (theme.background, theme.panel):
        assert contrast(colour, ground) >= ENOUGH, f"{name} {colour} on {ground}"


def test_the_terminals_own_theme_writes_no_text_in_a_colour_that_may_be_its_background() -> None:
    for name in ("muted", "quiet"):
        assert ANSI.variables[name] == "ansi_default"
    assert {theme.name for theme in THEMES} == {"dark", "light", "ansi"}


@pytest.mark.parametrize("theme", ["dark", "ansi"])
async def test_without_colour_none_goes_out_and_lines_take_its_place(
    open_app: Any, home: Home, monkeypatch: pytest.MonkeyPatch, theme: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    home.settings.write_text(f"started = true\ntheme = '{theme}'\n", encoding="utf-8")
    async with open_app() as seen:
        await seen.press("s")
        strips = seen.app.screen._compositor.render_strips()
        styles = [segment.style for strip in strips for segment in strip if segment.style is not None]
        for style in styles:
            for colour in (style.color, style.bgcolor):
                assert colour is None or colour.is_default
        assert any(style.underline for style in styles), "the cursor is seen without colour"


async def test_a_start_in_the_terminals_own_colours_sends_its_sixteen(open_app: Any, home: Home) -> None:
    home.settings.write_text("started = true\ntheme = 'ansi'\n", encoding="utf-8")
    async with open_app() as seen:
        strips = seen.app.screen._compositor.render_strips()
        styles = [segment.style for strip in strips for segment in strip if segment.style is not None]
        colours = [
            colour for style in styles for colour in (style.color, style.bgcolor) if colour is not None
        ]
        assert colours and not [colour for colour in colours if colour.triplet is not None]
