"""With the real bank and the real labs, in the smallest window: every page of a new learner says its words to the end."""

from typing import Any

import pytest

from quiz_bank.bank import CONTENT
from tui.app import FineTutorApp
from tui.home import Home

# A title that no column of 80 cells holds beside the steps of a lab, or beside its minutes.
LONG_TITLES = ("Six hundred clean rows against",)
WAYS: dict[str, tuple[str, ...]] = {
    "study": ("s",),
    "practice": ("s", "down", "down", "enter"),
    "sets": ("s", "down", "down", "down", "enter"),
    "exam": ("x",),
    "blueprint": ("x", "enter"),
    "labs": ("l",),
    "runs": ("r",),
    "data": ("d",),
    "settings": ("comma",),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_every_page_is_whole_at_80_by_24(home: Home, lang: Any) -> None:
    app = FineTutorApp(home, lang)
    app.content = (CONTENT,)
    async with app.run_test(size=(80, 24)) as pilot:
        learner = await app.learner_ready()
        for name, keys in WAYS.items():
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            await app.workers.wait_for_complete(
                [one for one in app.workers if one.group in ("behind", "read")]
            )
            await pilot.pause()
            strips = app.screen._compositor.render_strips()
            lines = ["".join(segment.text for segment in strip) for strip in strips]
            cut = [line for line in lines if "…" in line and not any(title in line for title in LONG_TITLES)]
            assert not cut, f"{name}: {cut}"
            while type(app.screen).__name__ != "HomePage":
                await pilot.press("escape")
                await pilot.pause()
        learner.close()
