"""What can be pressed in a study session, and when: on a card, on a question, after its verdict."""

from tui.commands import Command
from tui.sessions.session import Session

SHOW = Command("study.show", "space,enter", "show")
SUBMIT = Command("study.submit", "enter", "submit")
REVEAL = Command("study.reveal", "enter", "reveal")
NEXT = Command("study.next", "enter,space", "next")
READ_ON = Command("study.read_on", "space", "read_on")
RATINGS = (
    Command("study.rate_again", "1", "rate(1)", footer=False),
    Command("study.rate_hard", "2", "rate(2)", footer=False),
    Command("study.rate_good", "3,space,enter", "rate(3)", footer=False),
    Command("study.rate_easy", "4", "rate(4)", footer=False),
)
EASY = Command("study.easy", "e", "easy")
HINT = Command("study.hint", "h", "hint", typing="ctrl+t")
UNDO = Command("study.undo", "z", "undo", typing="ctrl+z")
FLAG = Command("study.flag", "exclamation_mark", "flag", typing="ctrl+r")
LAB = Command("study.lab", "l", "lab", footer=False)
PAGE_DOWN = Command("study.page_down", "pagedown", "page_down", footer=False, palette=False)
PAGE_UP = Command("study.page_up", "pageup", "page_up", footer=False, palette=False)
# Reading on comes before going on: both have the space bar, and the first that can be done is.
SESSION_KEYS = (
    SHOW,
    READ_ON,
    NEXT,
    SUBMIT,
    REVEAL,
    *RATINGS,
    EASY,
    HINT,
    UNDO,
    FLAG,
    LAB,
    PAGE_DOWN,
    PAGE_UP,
)


def usable(action: str, session: Session, revealed: bool, has_more: bool, has_lab: bool) -> bool:
    """Whether an action can be done with the item of now.

    Args:
        revealed: the card has been turned.
        has_more: something of the question lies below what is in sight.
        has_lab: the item names a lab.
    """
    on_card, judged = session.card is not None, session.verdict is not None
    match action:
        case "show":
            return on_card and not revealed
        case "rate":
            return on_card and revealed
        case "submit":
            return session.question is not None and not judged and not session.may_retry
        case "reveal":
            return session.may_retry
        case "next":
            return judged
        case "read_on":
            return judged and has_more
        case "easy":
            return session.verdict is not None and session.verdict.correct and session.tries == 1
        case "hint":
            question = session.question
            return question is not None and session.hints < len(question.variant.hints) and not judged
        case "undo":
            return bool(session.done)
        case "lab":
            return (judged or revealed) and has_lab
        case _:
            return True
