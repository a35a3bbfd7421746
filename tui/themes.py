"""Three themes: light, dark, and the terminal's own sixteen colours. Colour is never the only signal of anything.

One accent, kept for the next step; success and error come with ✓ and ✗; the rest is the text colour, full or muted.
"""

from dataclasses import replace

from textual.theme import BUILTIN_THEMES, Theme

DARK = Theme(
    name="dark",
    primary="#7fb4ff",
    secondary="#8fa3bf",
    accent="#ffc46b",
    foreground="#d7dce5",
    background="#12161d",
    surface="#12161d",
    panel="#1d2430",
    success="#8fd694",
    warning="#ffc46b",
    error="#ff8a80",
    dark=True,
    variables={
        "muted": "#a0abbb",
        "quiet": "#808c9e",
        "border": "#2b3442",
        "block-cursor-text-style": "bold",
    },
)

LIGHT = Theme(
    name="light",
    primary="#1d5fbf",
    secondary="#52627a",
    accent="#955200",
    foreground="#1f2530",
    background="#fbfaf7",
    surface="#fbfaf7",
    panel="#ecebe5",
    success="#1a7030",
    warning="#955200",
    error="#b3261e",
    dark=False,
    variables={
        "muted": "#4a5362",
        "quiet": "#626a76",
        "border": "#d3d1c9",
        "block-cursor-text-style": "bold",
    },
)

_TERMINAL = BUILTIN_THEMES["ansi-dark"]
ANSI = replace(
    _TERMINAL,
    name="ansi",
    accent="ansi_yellow",
    variables={
        **_TERMINAL.variables,
        # Bright black is the background itself in some palettes: text is never that, only what frames it.
        "muted": "ansi_default",
        "quiet": "ansi_default",
        "border": "ansi_bright_black",
    },
)

THEMES = (DARK, LIGHT, ANSI)
THEME_NAMES = tuple(theme.name for theme in THEMES)
