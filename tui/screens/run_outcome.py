"""How a run ended, and what to do next: by the code of its last event, in the language of now."""

from textual.content import Content

from labs.events import Finished
from tui.i18n import t, t_or
from tui.screens.lab_text import one_line
from tui.screens.run_view import RunView
from tui.times import clock

_SIGNS = {"completed": ("✓", "$success"), "cancelled": ("■", "$warning"), "queued": ("·", "$muted")}


def outcome_lines(view: RunView) -> Content:
    """One or two lines: outcome with its time, then the next step."""
    finished = view.finished
    sign, style = _SIGNS.get(view.state, ("✗", "$error"))
    head = Content.assemble((f"{sign} {t(f'run.state_{view.state}')}", f"bold {style}"))
    if finished is None:
        return Content.assemble(head, "  ", (t("run.next_interrupted"), ""))
    if finished.seconds:
        head = Content.assemble(head, "  ", (clock(finished.seconds), "$muted"))
    if finished.outcome == "completed":
        return head
    why = t_or(f"run.finished_{_key(finished)}", one_line(finished.message), step=finished.step)
    return Content.assemble(head, "  ", why, "\n", (next_step(finished), ""))


def next_step(finished: Finished) -> str:
    """What to do after this end."""
    if finished.proposal:
        changes = ", ".join(
            f"{one_line(name)}={one_line(str(value))}" for name, value in finished.proposal.items()
        )
        return t("run.next_smaller", changes=changes)
    hint = one_line(finished.hint) or t_or(f"run.next_{finished.outcome}", "")
    return t_or(f"run.next_{_key(finished)}", hint)


def _key(finished: Finished) -> str:
    return finished.code.replace(".", "_").replace("-", "_")
