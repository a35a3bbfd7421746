"""Studying as a person does it: by keys, in both languages, at 80x24 and 120x40."""

from typing import Any

import pytest

from quiz_bank.bank import CONTENT
from quiz_bank.scheduling import Rating
from tui.app import FineTutorApp
from tui.home import Home
from tui.screens.session import SessionPage
from tui.screens.tree import TreePage
from tui.sessions.session import Session
from tui.sessions.sources import Listed
from tui.widgets.menu import Menu

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
        await seen.press(key_of(seen, right=False))
        if seen.app.screen.session.may_retry:
            await seen.press("enter")
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


def right_keys(question: Any, variant: Any) -> list[str]:
    """The keys that answer it rightly."""
    shown = [choice.key for choice in variant.choices]
    match question.kind:
        case "single" | "boolean":
            return [str(n) for n, choice in enumerate(variant.choices, 1) if choice.correct]
        case "multi":
            return [*(str(n) for n, choice in enumerate(variant.choices, 1) if choice.correct), "enter"]
        case "numeric":
            return [*f"{variant.number:.10g}", "enter"]
        case "order":
            return [*(str(shown.index(choice.key) + 1) for choice in variant.solution), "enter"]
        case "match":
            return [*(str(shown.index(left.key) + 1) for left in variant.lefts), "enter"]
        case "cloze":
            return [key for blank in question.blanks for key in (*blank.answer.en, "enter")]
    lines = variant.code.en.split("\n")
    target = next(line.contains for line in question.lines if line.wrong)
    return [*["down"] * next(n for n, line in enumerate(lines) if target in line), "enter"]


@pytest.mark.parametrize(
    ("lang", "kinds"),
    [("en", ("single", "multi", "order", "cloze")), ("zh", ("boolean", "numeric", "match", "spot"))],
)
async def test_every_kind_is_answered_by_keys(open_app: Any, lang: str, kinds: tuple[str, ...]) -> None:
    async with open_app(lang) as seen:
        by_kind = {question.kind: question for question in reversed(seen.app.learner.bank.questions)}
        for kind in kinds:
            page = await ask(seen, by_kind[kind].id)
            await seen.type(right_keys(by_kind[kind], page.session.question.variant))
            assert page.session.verdict is not None and page.session.verdict.correct, kind
            await seen.press("escape")


async def test_a_right_option_left_out_is_told_from_one_that_was_chosen(open_app: Any) -> None:
    async with open_app("zh") as seen:
        multi = next(question for question in seen.app.learner.bank.questions if question.kind == "multi")
        page = await ask(seen, multi.id)
        choices = page.session.question.variant.choices
        right = [number for number, choice in enumerate(choices, 1) if choice.correct]
        await seen.press(str(right[0]), "enter")
        if page.session.may_retry:
            await seen.press("enter")
        lines = seen.lines()
        for number in right:
            said = next(line for line in lines if f" {number}  " in line)
            assert said.rstrip().endswith("漏选") == (number != right[0])


async def test_a_hint_comes_after_a_wrong_try_and_makes_a_right_answer_hard(open_app: Any) -> None:
    async with open_app() as seen:
        page = await ask(seen, "example.scaling-halves")
        hint = page.session.question.variant.hints[0].en[:20]
        await seen.press("h")
        assert "Have a try first" in seen.text() and not seen.app._notifications
        await seen.press(key_of(seen, right=False))
        rows = seen.app.learner.store.rows
        assert rows("SELECT rating FROM review") == [(int(Rating.AGAIN),)], "kept, whatever happens next"
        assert "Not right" in seen.text() and hint not in seen.text() and "arXiv" not in seen.text()
        await seen.press("h")
        assert hint in seen.text() and "Not right" not in seen.text()
        await seen.press(key_of(seen, right=True))
        assert page.session.verdict.correct and len(page.session.done) == 1
        assert rows("SELECT rating FROM review") == [(int(Rating.HARD),)]
        assert rows("SELECT correct, hints FROM attempt") == [(1, 1)]


async def test_who_wants_no_hint_sees_the_answer_to_the_wrong_try(open_app: Any) -> None:
    async with open_app("zh") as seen:
        page = await ask(seen, "example.scaling-halves")
        await seen.press(key_of(seen, right=False), "f2", "enter")
        assert page.session.verdict is not None and "arXiv" in seen.text()
        assert seen.app.learner.store.rows("SELECT correct, hints FROM attempt") == [(0, 0)]


async def test_what_is_typed_or_chosen_survives_a_change_of_language(open_app: Any) -> None:
    async with open_app("en") as seen:
        page = await ask(seen, "example.what-qlora-adds")
        await seen.press("2")
        await seen.press("f2")
        assert "（多选）" in seen.text() and "☑" in seen.text()
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
        assert "两种读法" in seen.text().replace("\n", "")


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


async def test_l_on_an_answered_question_opens_its_lab_and_escape_comes_back(
    open_app: Any, home: Home
) -> None:
    home.decks.mkdir()
    (home.decks / "mine.toml").write_text(
        'format_version = 1\n[[question]]\nid = "mine.rank"\ntopic = "lora-math"\nkind = "boolean"\nbloom = "apply"\n'
        'difficulty = 1\nsource = "me"\nlab = "rank"\nprompt = "A?"\nexplain = "Because."\nanswer = true\n'
        'why_true = "Yes."\nwhy_false = "No."\n',
        encoding="utf-8",
    )
    async with open_app("zh") as seen:
        page = await ask(seen, "mine.rank")
        await seen.press("l")
        assert seen.app.screen is page, "not before it is answered"
        await seen.press(key_of(seen, right=True))
        assert "秩：多大才够？" in seen.text()
        await seen.press("l")
        assert type(seen.app.screen).__name__ == "GuideStep" and seen.app.screen.session.lab.id == "rank"
        await seen.press("escape")
        assert seen.app.screen is page and page.session.verdict is not None


async def test_the_cursor_of_a_long_question_stays_in_sight(open_app: Any, home: Home) -> None:
    home.decks.mkdir()
    code = "\\n".join(f"line {number}" for number in range(1, 31))
    (home.decks / "long.toml").write_text(
        'format_version = 1\n[[question]]\nid = "mine.long"\ntopic = "data"\nkind = "spot"\nbloom = "apply"\n'
        f'difficulty = 1\nsource = "me"\nprompt = "Which?"\nexplain = "So."\ncode = "{code}"\n'
        '[[question.line]]\ncontains = "line 30"\nwrong = true\nwhy = "Wrong."\n',
        encoding="utf-8",
    )
    async with open_app() as seen:
        page = await ask(seen, "mine.long")
        await seen.type(["down"] * 29)
        await seen.pilot.pause()
        assert page.draft.cursor == 30 and "› 30" in seen.text() and "›  1" not in seen.text()


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_walk_down_the_decision_tree_survives_escape_and_can_be_taken_back(
    home: Home, lang: str
) -> None:
    app = FineTutorApp(home, "zh" if lang == "zh" else "en")
    app.content = (CONTENT,)
    async with app.run_test(size=(80, 24)) as pilot:
        learner = await app.learner_ready()
        await pilot.press("s")
        await pilot.pause()
        menu = app.screen.query_one(Menu)
        menu.highlighted = menu.get_option_index("tree")
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert isinstance(app.screen, TreePage)
        assert len(app.screen.path) == 2
        await pilot.press("escape")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        again = app.screen
        assert isinstance(again, TreePage)
        assert len(again.path) == 2
        await pilot.press("backspace", "r")
        assert again.path == []
    learner.close()


async def test_a_line_of_code_is_marked_by_its_number(open_app: Any) -> None:
    async with open_app() as seen:
        question = next(one for one in seen.app.learner.bank.questions if one.kind == "spot")
        page = await ask(seen, question.id)
        *down, enter = right_keys(question, page.session.question.variant)
        await seen.press(str(len(down) + 1), enter)
        assert page.session.verdict is not None and page.session.verdict.correct


async def test_what_was_missed_and_what_stood_there_can_be_seen(open_app: Any) -> None:
    async with open_app() as seen:
        by_kind = {question.kind: question for question in reversed(seen.app.learner.bank.questions)}
        page = await ask(seen, by_kind["multi"].id)
        choices = page.session.question.variant.choices
        one, *missed = [str(at) for at, choice in enumerate(choices, 1) if choice.correct]
        await seen.press(one, "enter")
        if page.session.may_retry:
            await seen.press("enter")
        signs = {
            line.split()[1]: line.split()[0] for line in seen.lines() if line.split()[:1] in (["✓"], ["→"])
        }
        assert signs[one] == "✓" and all(signs[at] == "→" for at in missed)
        await seen.press("escape")
        page = await ask(seen, by_kind["cloze"].id)
        await seen.type([key for _ in by_kind["cloze"].blanks for key in (*"nonsense", "enter")])
        if page.session.may_retry:
            await seen.press("enter")
        assert "you said: nonsense" in seen.text().replace("\u00a0", " ")


async def test_the_count_moves_while_new_items_come_once_more(open_app: Any) -> None:
    async with open_app() as seen:
        await seen.press("enter")
        page = seen.app.screen
        left = page.session.left(seen.clock())
        assert f"{left} to go" in seen.lines()[0]
        if page.session.card is not None:
            await seen.press("space", "3")
        else:
            await seen.type(right_keys(page.session.question.question, page.session.question.variant))
            await seen.press("enter")
        assert f"{left - 1} to go, 1 once more" in seen.lines()[0]
