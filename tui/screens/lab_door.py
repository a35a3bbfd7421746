"""The way from a question to the lab where it can be tried; Escape there comes back to the question."""

from pathlib import Path
from typing import TYPE_CHECKING

from labs.errors import LabsError
from labs.lab import CATALOG, load_lab
from tui.screens.lab import LabStep, first_step
from tui.screens.lab_session import LabSession
from tui.screens.lab_text import told

if TYPE_CHECKING:
    from tui.app import FineTutorApp


async def open_lab(tutor: "FineTutorApp", lab_id: str) -> None:
    """Enter the lab where one left it: the page that is open in Labs already, or one over the page in front."""
    for page in tutor.pages_of("labs"):
        if isinstance(page, LabStep) and page.session.lab.id == lab_id:
            await tutor.action_go("labs")
            return
    try:
        lab = load_lab((tutor.lab_catalog or CATALOG) / Path(lab_id).name)
    except LabsError as error:
        tutor.notify(told(error), severity="warning", markup=False)
        return
    session = LabSession(lab, tutor.home.root / "labs", tutor.home.runs)
    await tutor.push_screen(first_step(session, tutor.run_monitor))
