"""A mock exam by keys: start, answer, flag, leave, crash, come back, time up, report."""

from typing import Any

import pytest

from quiz_bank.exams import ExamSession, history


async def begin(seen: Any) -> Any:
    """Start the example blueprint; gives the page."""
    await seen.press("x", "enter", "enter")
    await seen.pilot.pause()
    assert type(seen.app.screen).__name__ == "SittingPage"
    return seen.app.screen


async def answer_rightly(seen: Any) -> None:
    """Answer what is on the screen by keys, if it has options; numbers are typed."""
    sitting = seen.app.screen.sitting
    variant = sitting.variant
    if variant.number is not None and not variant.choices:
        await seen.type(f"{variant.number:.10g}")
        return
    for number, choice in enumerate(variant.choices, 1):
        if choice.correct:
            await seen.press(str(number))


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_an_exam_from_blueprint_to_report(open_app: Any, lang: str) -> None:
    async with open_app(lang) as seen:
        page = await begin(seen)
        for _ in range(page.sitting.size):
            await answer_rightly(seen)
            await seen.press("enter")
        # Past the last place comes the overview; nothing is open there.
        assert type(seen.app.screen).__name__ == "ExamOverviewPage"
        assert "○" not in seen.text()
        await seen.press("ctrl+s", "enter")
        await seen.pilot.pause()
        assert type(seen.app.screen).__name__ == "ExamReportPage"
        assert ("Passed" if lang == "en" else "通过") in seen.text()
        assert history(seen.app.learner.store)[0].passed


async def test_answers_and_place_survive_a_crash_and_the_clock_goes_on(open_app: Any) -> None:
    async with open_app() as seen:
        page = await begin(seen)
        await answer_rightly(seen)
        await seen.press("ctrl+f", "ctrl+right")
        place, given = page.sitting.place, page.sitting.given()
        # No leaving: what is on the disk is what a killed process leaves.
        clock = seen.clock
    clock.pass_(minutes=3)
    async with open_app(clock=clock) as seen:
        assert "Go on with your exam" in seen.text()
        await seen.press("enter")
        page = seen.app.screen
        assert page.sitting.place == place == 1
        assert page.sitting.given()[0].answer == given[0].answer
        assert page.sitting.given()[0].flagged
        assert "7:0" in seen.lines()[0] or "6:5" in seen.lines()[0]


async def test_time_up_hands_in_what_was_saved(open_app: Any) -> None:
    async with open_app() as seen:
        page = await begin(seen)
        await answer_rightly(seen)
        seen.clock.pass_(minutes=11)
        await page._tick()
        await seen.pilot.pause()
        assert type(seen.app.screen).__name__ == "ExamReportPage"
        assert ExamSession.running(seen.app.learner.store) is None
        assert history(seen.app.learner.store)[0].score.value > 0


async def test_handing_in_asks_once_and_escape_goes_back(open_app: Any) -> None:
    async with open_app() as seen:
        page = await begin(seen)
        await seen.press("ctrl+s")
        assert f"{page.sitting.size} open" in seen.text()
        await seen.press("escape")
        assert seen.app.screen is page
        assert ExamSession.running(seen.app.learner.store) is not None


async def test_the_overview_goes_to_a_place_and_shows_flags(open_app: Any) -> None:
    async with open_app() as seen:
        page = await begin(seen)
        await seen.press("ctrl+f", "ctrl+o")
        assert "⚑" in seen.text()
        await seen.press("down", "down", "enter")
        assert seen.app.screen is page and page.sitting.place == 2


async def test_looking_back_shows_every_verdict(open_app: Any) -> None:
    async with open_app("zh") as seen:
        await begin(seen)
        await answer_rightly(seen)
        await seen.press("ctrl+s", "enter")
        await seen.pilot.pause()
        await seen.press("enter")
        assert "答对了" in seen.text()
        await seen.press("right")
        assert "没有作答" in seen.text()
