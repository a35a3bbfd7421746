"""Whether the app can run on this terminal; a blank Textual app would hang without one."""

import os
import sys


def why_not_here() -> str | None:
    """None on a usable terminal; else what is wrong and which plain command does the work without one."""
    if os.environ.get("TEXTUAL_DRIVER"):
        return None  # drawn elsewhere: ``finetutor web`` speaks to a browser through pipes
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        wrong = "stdin or stdout is not a terminal"
    elif os.environ.get("TERM", "") in ("dumb", ""):
        wrong = f"TERM={os.environ.get('TERM', '')!s} cannot move the cursor"
    else:
        return None
    return (
        f"finetutor: {wrong}, so the app cannot draw.\n"
        "Without it: `finetutor quiz next` asks the next card, `finetutor lab run first-qlora` runs a lab, "
        "`finetutor --help` lists the rest."
    )
