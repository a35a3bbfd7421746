"""A walk through every page by keys, as a new learner takes it: what is pressed, and where one is then.

``python -m tests.tui.tour FOLDER [en|zh] [80x24] [dark|light|ansi]`` leaves a picture of every stop.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import cast

import msgspec
from textual.pilot import Pilot
from textual.widgets import OptionList

from quiz_bank.bank import CONTENT
from tests.tui.labs.conftest import FAKE, write_tiny_lab
from tests.tui.picture import picture, settled
from tui.app import FineTutorApp
from tui.home import Home
from tui.i18n import Language

STOPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("HomePage", ()),
    ("HelpPage", ("question_mark",)),
    ("HomePage", ("escape",)),
    ("StudyPage", ("s",)),
    ("SessionPage", ("enter",)),
    ("FlagDialog", ("exclamation_mark",)),
    ("SessionPage", ("escape", "space")),
    ("SummaryPage", ("4",)),
    ("StudyPage", ("escape",)),
    ("PracticePage", ("to:practice", "enter")),
    ("SessionPage", ("enter",)),
    ("StudyPage", ("escape", "escape")),
    ("SetsPage", ("to:sets", "enter")),
    ("SessionPage", ("enter",)),
    ("StudyPage", ("escape", "escape")),
    ("TreePage", ("to:tree", "enter")),
    ("TreePage", ("enter", "enter")),
    ("StudyPage", ("escape",)),
    ("ChecklistsPage", ("to:checklists", "enter")),
    ("StudyPage", ("escape",)),
    ("NotesPage", ("to:notes", "enter")),
    ("NotesPage", ("down", "c", "space")),
    ("StudyPage", ("escape",)),
    ("HomePage", ("escape",)),
    ("ExamPage", ("x",)),
    ("BlueprintPage", ("enter",)),
    ("SittingPage", ("enter",)),
    ("ExamOverviewPage", ("ctrl+o",)),
    ("SittingPage", ("escape",)),
    ("AskDialog", ("ctrl+s",)),
    ("ExamReportPage", ("enter",)),
    ("ExamReviewPage", ("enter",)),
    ("ExamReportPage", ("escape",)),
    ("ExamPage", ("escape",)),
    ("HomePage", ("escape",)),
    ("LabsPage", ("l",)),
    ("Ask", ("x",)),
    ("LabsPage", ("escape",)),
    ("GuideStep", ("enter",)),
    ("PredictStep", ("enter",)),
    ("ConfigureStep", ("1", "ctrl+right")),
    ("Ask", ("enter",)),
    ("RunStep", ("enter", "wait:run")),
    ("ResultsStep", ("enter",)),
    ("ReflectStep", ("enter",)),
    ("LabsPage", ("escape",)),
    ("HomePage", ("escape",)),
    ("RunsPage", ("another run", "wait:run", "r")),
    ("Write", ("n",)),
    ("RunsPage", ("escape",)),
    ("ReplayPage", ("enter",)),
    ("RunsPage", ("escape",)),
    ("TryPage", ("t",)),
    ("RunsPage", ("escape",)),
    ("ComparePage", ("space", "space", "c")),
    ("RunsPage", ("escape",)),
    ("HomePage", ("escape",)),
    ("DataPage", ("d",)),
    ("HomePage", ("escape",)),
    ("GradePage", ("g",)),
    ("HomePage", ("escape",)),
    ("SettingsPage", ("comma",)),
    ("DateDialog", ("down", "down", "enter")),
    ("SettingsPage", ("escape",)),
    ("HomePage", ("escape",)),
)
Look = Callable[[str], None]


def make_app(folder: Path, language: Language, theme: str = "dark") -> FineTutorApp:
    """The app over a new home in ``folder``, with the real bank, a small lab and the scripted worker."""
    home = Home(folder / "home")
    home.root.mkdir()
    settings = f"started = true\nnew_cards_a_day = 1\ntheme = '{theme}'\n"
    home.settings.write_text(settings, encoding="utf-8")
    app = FineTutorApp(home, language)
    app.content, app.lab_catalog = (CONTENT,), write_tiny_lab(folder)
    app.worker_command = [sys.executable, str(FAKE), "normal", "--steps", "20", "--delay", "0"]
    return app


async def walk(pilot: Pilot[int], look: Look) -> None:
    """Go to every stop in turn; ``look`` is called at each with its name."""
    app = cast(FineTutorApp, pilot.app)
    await app.learner_ready()
    for name, keys in STOPS:
        for key in keys:
            await _press(pilot, app, key)
        await _settle(pilot, app, name)
        look(name)


async def _press(pilot: Pilot[int], app: FineTutorApp, key: str) -> None:
    if key.startswith("to:"):
        menu = app.screen.query_one(OptionList)
        wanted = menu.get_option_index(key.removeprefix("to:"))
        while menu.highlighted != wanted:
            await pilot.press("down")
    elif key == "wait:run":
        while app.running_lab is None or app.run_monitor.is_busy:
            await pilot.pause(0.05)
    elif key == "another run":
        view = app.running_lab
        assert view is not None
        await app.run_monitor.submit(msgspec.structs.replace(view.spec, r=4))
    else:
        await pilot.press(key)
    await pilot.pause()


async def _settle(pilot: Pilot[int], app: FineTutorApp, name: str) -> None:
    """Wait for the page to come, and for the threads that read for it."""
    for _ in range(400):
        if type(app.screen).__name__ == name:
            break
        await pilot.pause(0.05)
    assert type(app.screen).__name__ == name, f"{name} did not come: {app.screen}"
    await settled(pilot)


async def _pictures(target: Path, language: Language, size: tuple[int, int], theme: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = make_app(Path(folder), language, theme)
        async with app.run_test(size=size) as pilot:
            taken: list[str] = []

            def look(name: str) -> None:
                taken.append(name)
                svg = picture(app, f"{name} {language} {theme}")
                (target / f"{len(taken):02}-{name}.svg").write_text(svg, encoding="utf-8")

            await walk(pilot, look)


if __name__ == "__main__":
    where, *options = sys.argv[1:]
    Path(where).mkdir(parents=True, exist_ok=True)
    tongue, window, colours = (*options, *("en", "80x24", "dark")[len(options) :])
    columns, rows = map(int, window.split("x"))
    asyncio.run(_pictures(Path(where), cast(Language, tongue), (columns, rows), colours))
