"""Mock exams on a real small bank: drawing, sitting, crashing, handing in."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_bank.answers import Chosen, Typed
from quiz_bank.bank import Bank, load_bank
from quiz_bank.blueprints import Blueprint, Section
from quiz_bank.exam_assembly import assemble, largest_remainder, spread
from quiz_bank.exam_report import finish, history, like_the_last, recent_digests, report, trend
from quiz_bank.exam_session import ExamOverError, ExamRunningError, ExamSession
from quiz_bank.progress_export import export_records
from quiz_bank.progress_import import import_records
from quiz_bank.records import refs
from quiz_bank.scheduling import Scheduler
from quiz_bank.store import Store
from quiz_bank.text import Text
from quiz_bank.variants import present

ROOT = Path(__file__).parents[3]


def single(topic: str, number: int) -> str:
    return f"""
[[question]]
id = "{topic}.q{number}"
topic = "{topic}"
kind = "single"
bloom = "remember"
difficulty = {1 + number % 5}
source = "a test"
prompt = "Question {number} on {topic}?"
explain = "Because."
option = [
  {{ en = "yes", zh = "是", correct = true, why = "It is." }},
  {{ en = "no", zh = "否", why = "It is not." }},
  {{ en = "never", zh = "从不", why = "Nor that." }},
]
"""


def numeric(topic: str, number: int) -> str:
    return f"""
[[question]]
id = "{topic}.n{number}"
topic = "{topic}"
kind = "numeric"
bloom = "apply"
difficulty = 3
source = "a test"
prompt = "What is {{r}} times {number + 2}?"
explain = "Multiply."
answer = "r * {number + 2}"
tolerance = {{ absolute = 0 }}
params = {{ r = {{ choice = [4, 8, 16, 32, 64, 128] }} }}
"""


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """Twenty questions on each of three topics, of five difficulties; and three numeric ones with six variants."""
    folder = tmp_path / "content"
    folder.mkdir()
    for topic in ("data", "methods", "evaluation"):
        text = "".join(single(topic, n) for n in range(20))
        (folder / f"{topic}.toml").write_text("format_version = 1\n" + text, encoding="utf-8")
    text = "".join(numeric("lora-math", n) for n in range(3))
    (folder / "lora.toml").write_text("format_version = 1\n" + text, encoding="utf-8")
    loaded = load_bank((folder,))
    assert not loaded.problems, loaded.problems
    return loaded


def blueprint(*sections: tuple[tuple[str, ...], float], items: int = 10, **changes: object) -> Blueprint:
    parts = tuple(Section(title=Text.same("part"), topics=topics, share=share) for topics, share in sections)
    whole = Blueprint(
        id="test",
        title=Text.same("test"),
        summary=Text.same("test"),
        items=items,
        minutes=30,
        pass_mark=0.7,
        sections=parts,
    )
    return msgspec.structs.replace(whole, **changes)


HALVES = blueprint((("data", "methods"), 1), (("evaluation",), 1))
PINNED = ["data.q16", "methods.q2", "methods.q13"]


@given(
    weights=st.lists(st.floats(0.01, 100), min_size=1, max_size=9),
    total=st.integers(0, 200),
)
def test_largest_remainder_meets_every_share_to_less_than_one(weights: list[float], total: int) -> None:
    counts = largest_remainder(weights, total)
    assert sum(counts) == total
    for count, weight in zip(counts, weights, strict=True):
        assert abs(count - total * weight / sum(weights)) < 1 + 1e-9


def test_largest_remainder_by_hand() -> None:
    assert largest_remainder([15, 15, 15, 20, 20, 15], 16) == [3, 3, 2, 3, 3, 2]
    assert largest_remainder([1, 1, 1], 4) == [2, 1, 1]
    assert spread(7, [1, 9, 9]) == [1, 3, 3]
    assert spread(99, [2, 3]) == [2, 3]


def test_shares_are_met_and_topics_of_a_section_share_evenly(bank: Bank) -> None:
    sheet = assemble(blueprint((("data", "methods"), 60), (("evaluation",), 40)), bank, 1)
    assert Counter(item.topic for item in sheet.items) == {"data": 3, "methods": 3, "evaluation": 4}
    assert [item.place for item in sheet.items] == list(range(10))
    assert len({item.question for item in sheet.items}) == 10
    assert not sheet.shortfalls


def test_a_seed_draws_the_same_sheet_again_and_another_seed_another(bank: Bank) -> None:
    assert assemble(HALVES, bank, 7) == assemble(HALVES, bank, 7)
    sheets = {tuple(item.question for item in assemble(HALVES, bank, seed).items) for seed in range(20)}
    assert len(sheets) == 20
    # Pinned, so that another machine or Python version that drew otherwise would be noticed.
    assert [item.question for item in assemble(HALVES, bank, 7).items][:3] == PINNED


def test_difficulty_is_balanced(bank: Bank) -> None:
    means = []
    for seed in range(30):
        items = assemble(blueprint((("data",), 1), items=5), bank, seed).items
        difficulties = [bank.question(item.question).difficulty for item in items]
        means.append(sum(difficulties) / 5)
        assert min(difficulties) <= 2 and max(difficulties) >= 4
    assert max(means) - min(means) <= 1.2
    measured = {question.id: 1.0 for question in bank.questions} | {"data.q3": 5.0}
    hard = [
        any(
            item.question == "data.q3"
            for item in assemble(blueprint((("data",), 1), items=20), bank, s, difficulty=measured).items
        )
        for s in range(3)
    ]
    assert all(hard)


def test_variants_of_the_last_two_exams_do_not_come_back_while_there_are_others(
    bank: Bank, store: Store, now: datetime
) -> None:
    store.register(refs(bank), now)
    plan = blueprint((("data",), 6), (("lora-math",), 3), items=9)
    seen: list[set[str]] = []
    for sitting in range(6):
        sheet = assemble(plan, bank, sitting, recent=recent_digests(store))
        digests = {item.digest for item in sheet.items}
        assert not any(digests & earlier for earlier in seen[-2:])
        assert not any(item.repeated for item in sheet.items)
        seen.append(digests)
        session = ExamSession.start(store, sheet, now)
        finish(session, bank, now + timedelta(minutes=1))


def test_what_must_be_repeated_is_marked(bank: Bank) -> None:
    plan = blueprint((("data",), 1), items=20)
    first = assemble(plan, bank, 1)
    recent = {item.digest for item in first.items[:15]}
    second = assemble(blueprint((("data",), 1), items=8), bank, 2, recent=recent)
    assert sum(item.repeated for item in second.items) == 3
    assert all(item.repeated == (item.digest in recent) for item in second.items)


def test_a_bank_that_is_too_small_is_said_so_and_siblings_fill_what_they_can(bank: Bank) -> None:
    sheet = assemble(blueprint((("evaluation",), 1), (("no-such-topic",), 1), items=50), bank, 1)
    assert [(one.section, one.wanted, one.found) for one in sheet.shortfalls] == [(0, 25, 20), (1, 25, 0)]
    math = assemble(blueprint((("lora-math",), 1), items=6), bank, 1)
    assert not math.shortfalls and len({item.digest for item in math.items}) == 6
    kinds = assemble(blueprint((("data", "lora-math"), 1), items=6, kinds=("numeric",)), bank, 1)
    assert {item.kind for item in kinds.items} == {"numeric"}


def right(bank: Bank, session: ExamSession, place: int) -> Chosen | Typed:
    item = session.sheet.items[place]
    variant = present(bank.question(item.question), item.seed, bank)
    if variant.number is not None:
        return Typed(str(variant.number))
    return Chosen(tuple(choice.key for choice in variant.choices if choice.correct))


@pytest.fixture
def session(bank: Bank, store: Store, now: datetime) -> ExamSession:
    store.register(refs(bank), now)
    return ExamSession.start(store, assemble(HALVES, bank, 3), now)


def test_answers_can_be_given_changed_taken_back_and_flagged(session: ExamSession, now: datetime) -> None:
    session.answer(0, Chosen(("a",)), now, seconds=10)
    session.answer(0, Chosen(("b",)), now, seconds=5)
    session.answer(1, Chosen(("a",)), now, seconds=1)
    session.answer(1, None, now)
    session.flag(4, True, now)
    session.leave(0, 4, now, seconds=2.5)
    first = session.given(0)[0]
    assert (first.answer, first.changes, first.seconds) == (Chosen(("b",)), 1, 17.5)
    assert session.unanswered() == tuple(range(1, 10))
    assert session.flagged() == (4,)
    session.flag(4, False, now)
    assert session.flagged() == ()
    again = ExamSession.running(session.store)
    assert again is not None and again.current == 4 and again.sheet == session.sheet


def test_the_clock_goes_on_while_the_program_is_closed(
    session: ExamSession, database: Path, now: datetime
) -> None:
    session.store.close()
    with Store.open(database, now=now) as store:
        again = ExamSession.running(store)
        assert again is not None
        assert again.remaining(now + timedelta(minutes=12)) == timedelta(minutes=18)
        again.answer(0, Chosen(("a",)), now + timedelta(minutes=12))
        assert again.remaining(now) == timedelta(minutes=18), "setting the clock back gives no time back"
        assert not again.over(now + timedelta(minutes=29))
        late = now + timedelta(minutes=30)
        assert again.remaining(late) == timedelta(0) and again.over(late)
        with pytest.raises(ExamOverError):
            again.answer(1, Chosen(("a",)), late)
        assert again.given(0)[0].answer == Chosen(("a",))


def test_only_one_exam_runs_at_a_time(session: ExamSession, bank: Bank, now: datetime) -> None:
    with pytest.raises(ExamRunningError):
        ExamSession.start(session.store, assemble(HALVES, bank, 4), now)
    with pytest.raises(IndexError):
        session.answer(10, None, now)


ANSWERING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from quiz_bank.answers import Chosen
from quiz_bank.exam_session import ExamSession
from quiz_bank.store import Store
store = Store.open(Path(sys.argv[1]), now=datetime.now(UTC))
session = ExamSession.running(store)
for round in range(10_000):
    place = round % 10
    session.answer(place, Chosen((str(round),)), session.started_at)
    print(round, flush=True)
"""


def test_kill_9_loses_no_answer(session: ExamSession, database: Path, now: datetime) -> None:
    session.store.close()
    child = subprocess.Popen(
        [sys.executable, "-c", ANSWERING, str(database)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    for line in child.stdout:
        if int(line) >= 25:
            break
    child.send_signal(signal.SIGKILL)
    last = max([25, *map(int, child.stdout.read().split())])
    child.wait()
    with Store.open(database, now=now) as store:
        again = ExamSession.running(store)
        assert again is not None
        rounds = [int(given.answer.keys[0]) for given in again.given() if isinstance(given.answer, Chosen)]
        assert len(rounds) == 10
        assert max(rounds) in (last, last + 1)
        assert sorted(rounds) == list(range(max(rounds) - 9, max(rounds) + 1))


def test_the_report_says_what_the_answers_were_worth(session: ExamSession, bank: Bank, now: datetime) -> None:
    by_topic: dict[str, list[int]] = {}
    for item in session.sheet.items:
        by_topic.setdefault(item.topic, []).append(item.place)
    wrong = {*by_topic["data"], by_topic["evaluation"][0]}
    for place in range(9):
        answer = Chosen(("b",)) if place in wrong else right(bank, session, place)
        session.answer(place, answer, now, seconds=6.0)
    done = finish(session, bank, now + timedelta(minutes=10), scheduler=Scheduler())
    rightly = 9 - len(wrong - {9})
    assert done.points == rightly and done.answered == 9
    assert done.score.low < rightly / 10 < done.score.high
    assert done.passed == (rightly / 10 >= 0.7)
    assert {part.key: part.points for part in done.topics}["data"] == 0
    assert sum(part.items for part in done.kinds) == 10 and done.seconds == 600
    advice = {topic.topic: topic for topic in done.study_next}
    assert set(advice["data"].wrong) == {session.sheet.items[place].question for place in by_topic["data"]}
    assert [topic.gain for topic in done.study_next] == sorted(
        (topic.gain for topic in done.study_next), reverse=True
    )
    assert [result.given.seconds for result in done.results] == [6.0] * 9 + [0.0]
    assert report(session.store, session.exam) == done
    attempts = session.store.rows("SELECT mode, correct, exam_id FROM attempt")
    assert len(attempts) == 9 and {row[0] for row in attempts} == {"exam"}
    for place in range(9):
        state = session.store.item(session.sheet.items[place].question).card
        assert state.reps == 1
    assert session.store.undo() is None, "an exam is handed in as a whole"
    with pytest.raises(ExamOverError):
        finish(session, bank, now)
    assert ExamSession.running(session.store) is None


def test_handing_in_after_the_time_counts_to_the_end_of_the_time(
    session: ExamSession, bank: Bank, now: datetime
) -> None:
    done = finish(session, bank, now + timedelta(days=3))
    assert done.finished_at == session.ends_at and done.seconds == 1800


def test_a_question_that_left_the_bank_is_said_so(
    bank: Bank, store: Store, now: datetime, tmp_path: Path
) -> None:
    store.register(refs(bank), now)
    session = ExamSession.start(
        store, assemble(blueprint((("data",), 1), (("lora-math",), 1), items=4), bank, 1), now
    )
    for item in session.sheet.items:
        session.answer(item.place, Typed("about eight?") if item.kind == "numeric" else Chosen(("a",)), now)
    smaller = (
        load_bank((tmp_path / "content" / "lora.toml",)) if False else load_bank((tmp_path / "nothing",))
    )
    done = finish(session, smaller, now)
    assert {result.problem for result in done.results} == {"exam.question_gone"}


def test_unreadable_numbers_are_marked_as_such(bank: Bank, store: Store, now: datetime) -> None:
    store.register(refs(bank), now)
    session = ExamSession.start(store, assemble(blueprint((("lora-math",), 1), items=2), bank, 1), now)
    session.answer(0, Typed("about eight?"), now)
    session.answer(1, right(bank, session, 1), now)
    done = finish(session, bank, now)
    assert done.results[0].problem is not None and not done.results[0].correct
    assert done.results[1].correct


def test_history_and_trend(bank: Bank, store: Store, now: datetime) -> None:
    store.register(refs(bank), now)
    for sitting in range(5):
        session = ExamSession.start(store, assemble(HALVES, bank, sitting), now)
        for place in range(2 * sitting + 2):
            session.answer(place, right(bank, session, place), now)
        finish(session, bank, now + timedelta(minutes=20))
        assert (trend(history(store)) is None) == (sitting < 2)
    done = history(store)
    assert [one.score.value for one in done] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    rising = trend(done)
    assert rising is not None and rising.slope == pytest.approx(0.2)
    assert 0 < rising.low < rising.slope < rising.high
    other = msgspec.structs.replace(done[0], blueprint="a-harder-one")
    assert like_the_last([other, *done]) == done
    assert trend([other, *done]) == rising and trend([*done, other]) is None


def test_exams_travel_with_progress(
    session: ExamSession,
    bank: Bank,
    now: datetime,
    dump: Callable[[Store], dict[str, list[tuple[object, ...]]]],
) -> None:
    session.answer(0, right(bank, session, 0), now)
    finish(session, bank, now)
    later = now + timedelta(hours=1)
    ExamSession.start(session.store, assemble(HALVES, bank, 9), later).answer(3, Chosen(("a",)), later)
    with Store.in_memory(zone=session.store.days.zone) as other:
        import_records(other, list(export_records(session.store, now)), Scheduler())
        for table in ("exam", "exam_answer", "attempt"):
            assert dump(other)[table] == dump(session.store)[table]
        again = ExamSession.running(other)
        assert again is not None and again.given(3)[0].answer == Chosen(("a",))
