"""Text can be read in every theme: the contrast that WCAG asks of small text, on the page and on a panel."""

import pytest
from textual.theme import Theme

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
