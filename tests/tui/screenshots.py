"""Pictures of the app for the README, from real state: ``python -m tests.tui.screenshots`` writes ``docs/images/*.svg``.

A learner is played for three weeks against the real bank, schedule and store; then the app is driven by keys,
and a lab's run is started for real. ``quick`` leaves the run out.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from quiz_bank.answering import record_answer
from quiz_bank.answers import Answer, Chosen, Filled, Matched, Ordered, Spotted, Typed
from quiz_bank.grading import grade, right_answer
from quiz_bank.scheduling import Rating
from quiz_bank.variants import Choice as VariantChoice
from tests.tui.picture import picture, settled
from tests.tui.screenshots_run import run_pictures
from tui.app import FineTutorApp
from tui.home import Home
from tui.i18n import Language
from tui.learner import Learner
from tui.screens.session import SessionPage
from tui.sessions.asked import AskedCard, ask
from tui.sessions.choosing import Choice, drawn, matching
from tui.sessions.session import Session
from tui.sessions.sources import Due, Listed
from tui.settings import Settings, save_settings

IMAGES = Path(__file__).parents[2] / "docs" / "images"
NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
DAYS = 21
# How often this learner is right, by topic: strong on choosing, weak on numbers.
SKILL = {"when-to-tune": 0.9, "methods": 0.8, "lora-math": 0.5, "data": 0.65, "evaluation": 0.6}


def main() -> None:
    """Write every picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        save_settings(home.settings, Settings(started=True, exam_date=datetime(2026, 12, 4).date()))
        _study(home)
        for language in ("en", "zh"):
            asyncio.run(_pictures(home, language))
        if "quick" not in sys.argv:
            asyncio.run(run_pictures(home, _save))


def _study(home: Home) -> None:
    """Three weeks of reviews and practice, day by day."""
    dice = Random(7)
    start = NOW - timedelta(days=DAYS)
    learner = Learner.open(home, Settings(started=True, exam_date=datetime(2026, 12, 4).date()), start)
    with learner.store.transaction():
        for day in range(DAYS):
            if day < DAYS - 6 and dice.random() < 0.15:
                continue  # nobody studies every day
            now = start + timedelta(days=day)
            source = Due()
            for _ in range(45):
                now += timedelta(seconds=dice.randint(15, 60))
                state = source.next(learner, now)
                if state is not None:
                    _answer(learner, state.ref.item, now, dice)
            choice = Choice(number=8)
            for item in drawn(matching(learner.bank, choice), learner.store, choice, day):
                now += timedelta(seconds=dice.randint(15, 60))
                _answer(learner, item, now, dice)
    learner.close()


def _answer(learner: Learner, item: str, now: datetime, dice: Random) -> None:
    asked = ask(learner.store.item(item), learner.bank, dice.randrange(1 << 20))
    right = dice.random() < SKILL.get(asked.state.ref.topic, 0.7)
    seconds = dice.uniform(6, 40)
    if isinstance(asked, AskedCard):
        rating = Rating.GOOD if right else Rating.AGAIN
        learner.store.review(item, rating, now, learner.scheduler, seconds=seconds)
        return
    answer = right_answer(asked.variant)
    if not right:
        answer = _missed(answer, asked.variant.choices, dice)
    verdict = grade(asked.variant, answer)
    record_answer(learner.store, asked.variant, answer, verdict, now, learner.scheduler, seconds=seconds)


def _missed(answer: Answer, choices: Sequence[VariantChoice], dice: Random) -> Answer:
    """An answer that somebody might give instead."""
    match answer:
        case Chosen():
            return Chosen((dice.choice([choice.key for choice in choices if not choice.correct]),))
        case Ordered(keys):
            return Ordered(keys[::-1])
        case Typed():
            return Typed("7")
        case Matched(pairs):
            return Matched(
                dict(zip(pairs, [*list(pairs.values())[1:], next(iter(pairs.values()))], strict=True))
            )
        case Filled(blanks):
            return Filled(dict.fromkeys(blanks, "?"))
        case Spotted():
            return Spotted((1,))


async def _pictures(home: Home, language: Language) -> None:
    app = FineTutorApp(home, language, lambda: NOW)
    async with app.run_test(size=(100, 30)) as pilot:
        learner = await app.learner_ready()
        await settled(pilot)
        _save(app, f"home-{language}")
        await pilot.press("s")
        await settled(pilot)
        _save(app, f"study-{language}")
        page = SessionPage(Session(learner, Listed(_picturable(learner))))
        await app.push_screen(page)
        await settled(pilot)
        question = page.session.question
        assert question is not None
        wrong = next(n for n, choice in enumerate(question.variant.choices, 1) if not choice.correct)
        await pilot.press(str(wrong))
        if page.session.may_retry:
            await pilot.press("enter")
        await settled(pilot)
        _save(app, f"question-{language}")
        await pilot.press("z")
        learner.close()


def _picturable(learner: Learner) -> list[str]:
    """Questions with four options whose feedback fits one screen."""
    plain = [
        question
        for question in learner.bank.questions
        if question.kind == "single" and question.topic == "lora-math" and not question.figures
    ]
    return [min(plain or learner.bank.questions, key=lambda question: len(question.explain.en)).id]


def _save(app: FineTutorApp, name: str) -> None:
    (IMAGES / f"{name}.svg").write_text(picture(app, "FineTutor"), encoding="utf-8")
    print(IMAGES / f"{name}.svg")


if __name__ == "__main__":
    main()
