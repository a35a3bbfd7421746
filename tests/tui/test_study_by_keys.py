"""Studying as a person does it: by keys, in both languages, at 80x24 and 120x40."""

from typing import Any

import pytest

from quiz_bank.scheduling import Rating
from tui.screens.session import SessionPage
from tui.sessions.session import Session
from tui.sessions.sources import Listed

SIZES = [(80, 24), (120, 40)]
LANGUAGES = ["en", "zh"]


async def ask(seen: Any, *items: str) -> SessionPage:
    """Start a session over these items."""
    page = SessionPage(Session(seen.app.learner, Listed(items)))
    await seen.app.push_screen(page)
    await seen.pilot.pause()
    return page


def key_of(seen: Any, right: bool) -> str:
    """The digit of a right (or wrong) option of the question on the screen."""
    choices = seen.app.screen.session.question.variant.choices
    return str(next(number for number, choice in enumerate(choices, 1) if choice.correct is right))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_card_is_turned_rated_and_comes_back(open_app: Any, lang: str, size: tuple[int, int]) -> None:
    async with open_app(lang, size) as seen:
        await ask(seen, "card.scale")
        assert "LoRA" in seen.text() and "α/r" not in seen.text()
        await seen.press("space")
        # Formula as Unicode, the four ratings, each with its interval.
        assert "α/r" in seen.text()
        words = ("Again", "Hard", "Good", "Easy") if lang == "en" else ("忘了", "吃力", "记得", "轻松")
        ratings = [line for line in seen.lines() if any(word in line for word in words)]
        assert len(ratings) == 4
        assert "min" in ratings[2] or "分钟" in ratings[2]
        await seen.press("3")
        state = seen.app.learner.store.item("card.scale")
        assert state.card.reps == 1 and state.card.due > seen.clock()
        assert type(seen.app.screen).__name__ == "SummaryPage"


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_an_answer_is_judged_explained_and_kept_at_once(open_app: Any, lang: str) -> None:
    async with open_app(lang) as seen:
        await ask(seen, "example.scaling-halves")
        wrong = key_of(seen, right=False)
        await seen.press(wrong)
        text = seen.text()
        assert ("Not right" if lang == "en" else "不对") in text
        assert "✗" in text and "✓" in text
        variant = seen.app.screen.session.question.variant
        for choice in variant.choices:  # why, for every option, as far as one line shows
            assert choice.why[lang][:12] in text
        assert "arXiv:2106.09685" in text
        assert ("due again" if lang == "en" else "后再见") in seen.lines()[-1]
        attempts = seen.app.learner.store.rows("SELECT correct FROM attempt")
        assert attempts == [(0,)]


async def test_undo_takes_the_answer_and_its_schedule_back(open_app: Any) -> None:
    async with open_app() as seen:
        before = seen.app.learner.store.item("example.scaling-halves")
        await ask(seen, "example.scaling-halves", "card.scale")
        await seen.press(key_of(seen, right=True), "enter", "z")
        assert seen.app.screen.session.question.question.id == "example.scaling-halves"
        assert seen.app.learner.store.item("example.scaling-halves") == before
        assert seen.app.learner.store.rows("SELECT count(*) FROM attempt") == [(0,)]


async def test_easy_after_a_right_answer_gives_a_longer_interval(open_app: Any) -> None:
    async with open_app() as seen:
        await ask(seen, "example.scaling-halves", "card.scale")
        await seen.press(key_of(seen, right=True))
        good = seen.app.screen.session.done[-1].reviewed
        await seen.press("e")
        rows = seen.app.learner.store.rows("SELECT rating FROM review")
        assert good.rating is Rating.GOOD and rows == [(int(Rating.EASY),)]
        assert seen.app.learner.store.item("example.scaling-halves").card.due > good.after.due


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_every_kind_is_answered_by_keys(open_app: Any, lang: str) -> None:
    async with open_app(lang) as seen:
        bank = seen.app.learner.bank
        by_kind = {question.kind: question for question in reversed(bank.questions)}
        assert len(by_kind) == 8
        for kind, question in by_kind.items():
            page = await ask(seen, question.id)
            variant = page.session.question.variant
            match kind:
                case "single" | "boolean":
                    await seen.press(key_of(seen, right=True))
                case "multi":
                    for number, choice in enumerate(variant.choices, 1):
                        if choice.correct:
                            await seen.press(str(number))
                    await seen.press("enter")
                case "numeric":
                    await seen.type(f"{variant.number:.10g}")
                    await seen.press("enter")
                case "order":
                    shown = [choice.key for choice in variant.choices]
                    for choice in variant.solution:
                        await seen.press(str(shown.index(choice.key) + 1))
                    await seen.press("enter")
                case "match":
                    rights = [choice.key for choice in variant.choices]
                    for left in variant.lefts:
                        await seen.press(str(rights.index(left.key) + 1))
                    await seen.press("enter")
                case "cloze":
                    for blank in question.blanks:
                        await seen.type(blank.answer.en)
                        await seen.press("enter")
                case "spot":
                    lines = variant.code.en.split("\n")
                    target = next(s.contains for s in question.lines if s.wrong)
                    at = next(number for number, line in enumerate(lines) if target in line)
                    await seen.press(*["down"] * at, "enter")
            assert page.session.verdict is not None, kind
            assert page.session.verdict.correct, kind
            await seen.press("escape")


async def test_what_is_typed_or_chosen_survives_a_change_of_language(open_app: Any) -> None:
    async with open_app("en") as seen:
        page = await ask(seen, "example.what-qlora-adds")
        await seen.press("2")
        await seen.press("f2")
        assert "（多选）" in seen.text() and "☒" in seen.text()
        assert page.draft.chosen
        await seen.press("f2", "escape")
        numeric = next(q.id for q in seen.app.learner.bank.questions if q.kind == "numeric")
        page = await ask(seen, numeric)
        await seen.press("4", "2", "f2")
        assert page.draft.text == "42" and "42" in seen.text()


async def test_a_number_that_can_be_read_in_two_ways_is_asked_again_not_graded(open_app: Any) -> None:
    async with open_app("zh") as seen:
        numeric = next(q.id for q in seen.app.learner.bank.questions if q.kind == "numeric")
        page = await ask(seen, numeric)
        await seen.press(*"1,5", "enter")
        assert page.session.verdict is None and not page.session.done
        assert any("两种读法" in str(note.message) for note in seen.app._notifications)


async def test_flagging_keeps_the_note_and_escape_keeps_nothing(open_app: Any) -> None:
    async with open_app() as seen:
        await ask(seen, "card.scale")
        await seen.press("exclamation_mark", "x", "escape")
        assert not seen.app.learner.store.item("card.scale").flagged
        await seen.press("exclamation_mark", *"old", "enter")
        state = seen.app.learner.store.item("card.scale")
        assert state.flagged and state.note == "old"


async def test_escape_leaves_a_session_with_every_answer_kept(open_app: Any) -> None:
    async with open_app() as seen:
        await seen.press("s", "down", "enter")  # flashcards only
        assert isinstance(seen.app.screen, SessionPage)
        await seen.press("space", "3", "escape")
        assert type(seen.app.screen).__name__ == "StudyPage"
        assert seen.app.learner.store.rows("SELECT count(*) FROM review") == [(1,)]
        await seen.press("escape")
        assert type(seen.app.screen).__name__ == "HomePage"


async def test_practice_draws_what_was_chosen(open_app: Any) -> None:
    async with open_app() as seen:
        await seen.press("s", "down", "down", "enter")
        assert type(seen.app.screen).__name__ == "PracticePage"
        await seen.press("down", "right")  # the first kind there is
        kind = seen.app.screen.choice.kind
        await seen.press("enter")
        assert seen.app.screen.session.question.question.kind == kind


async def test_wrong_answers_come_back_until_they_are_right(open_app: Any) -> None:
    async with open_app() as seen:
        from tui.sessions.choosing import wrong_last_time

        await ask(seen, "example.scaling-halves")
        await seen.press(key_of(seen, right=False))
        assert wrong_last_time(seen.app.learner.store) == ["example.scaling-halves"]
        await seen.press("z", key_of(seen, right=True))
        assert wrong_last_time(seen.app.learner.store) == []


async def test_a_session_ends_with_what_changed(open_app: Any) -> None:
    async with open_app() as seen:
        await ask(seen, "card.scale", "example.scaling-halves")
        await seen.press("space", "3")
        await seen.press(key_of(seen, right=True), "enter")
        text = seen.text()
        assert "2 answers, 2 right" in text
        assert "first time: 2" in text
