"""A screen when all that is read for it has come, as SVG whose Chinese has its room: two cells a character, as a terminal gives it."""

import re
from html import unescape

from rich.cells import cell_len
from textual.app import App
from textual.pilot import Pilot

_TEXT = re.compile(r'(<text [^>]*textLength=")([\d.]+)("[^>]*>)([^<]*)(</text>)')
_FONT = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)


_READING = ("behind", "read", "look")  # groups of workers that read for a page


async def settled(pilot: Pilot[int]) -> None:
    """Wait for what is read for the page, and not for what goes on with it, such as a run."""
    await pilot.pause()
    if reading := [
        one for one in pilot.app.workers if one.group in _READING
    ]:  # of an empty list it waits for all
        await pilot.app.workers.wait_for_complete(reading)
    await pilot.pause()
    await pilot.pause()


def picture(app: App[object], title: str) -> str:
    """What `export_screenshot` gives, with each text as long as its cells, and without its link to a font on another host.

    Rich places texts by cells and squeezes each into as many cells as it has characters: half of what Chinese takes.
    """
    svg = _FONT.sub("", app.export_screenshot(title=title))
    svg = svg.replace(
        "Fira Code, monospace", "ui-monospace, Menlo, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace"
    )
    return _TEXT.sub(_with_room, svg)


def _with_room(found: re.Match[str]) -> str:
    before, length, middle, content, end = found.groups()
    text = unescape(content)
    if not text:
        return found[0]
    return f"{before}{float(length) * cell_len(text) / len(text):g}{middle}{content}{end}"
