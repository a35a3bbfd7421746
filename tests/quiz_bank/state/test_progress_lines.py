"""Progress out and back in as JSON lines: exact, whole or not at all, and never doubled."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quiz_bank.daily import Prediction, keep_prediction
from quiz_bank.personal import keep_weights, scheduler_of, weights
from quiz_bank.progress_export import export_lines
from quiz_bank.progress_import import ProgressImportError, import_records, read_records
from quiz_bank.progress_lines import Header
from quiz_bank.records import Attempt, ItemRef
from quiz_bank.replay import replayed, reviews
from quiz_bank.scheduling import Rating, Scheduler, new_card
from quiz_bank.store import Store

Dump = Callable[[Store], dict[str, list[tuple[object, ...]]]]
ZONE = ZoneInfo("Asia/Shanghai")


def busy(store: Store, now: datetime, scheduler: Scheduler, days: int = 12) -> None:
    """Some days of work of every sort."""
    for day in range(days):
        at = now + timedelta(days=day)
        for n in range(4):
            rating = Rating(1 + (day + n) % 4)
            store.review(f"data.card-{n}", rating, at, scheduler, seconds=3.5 + n / 7)
            attempt = Attempt(
                mode="practice",
                seed=day * 10 + n,
                digest="d1",
                answer=json.dumps({"type": "typed", "text": f"{n / 3!r} 层"}, ensure_ascii=False),
                chosen=("a", "b"),
                correct=rating is not Rating.AGAIN,
                score=0.5,
                seconds=9.0,
            )
            store.review(f"data.question-{n}", rating, at, scheduler, attempt=attempt)
    store.mark("data.card-1", flagged=True, note="看不懂 \u0000?".replace("\u0000", ""))
    store.add_generated("run.one", "data", '{"front": "?"}', now)
    keep_prediction(
        store,
        Prediction(lab="rank", run="r1", quantity="steps", said="10", measured="12", verdict="miss"),
        now,
    )


def written(store: Store, now: datetime, path: Path) -> Path:
    path.write_bytes(b"".join(line + b"\n" for line in export_lines(store, now)))
    return path


def test_a_round_trip_into_an_empty_home_is_exact(
    store: Store, now: datetime, scheduler: Scheduler, tmp_path: Path, dump: Dump
) -> None:
    busy(store, now, scheduler)
    keep_weights(store, Scheduler().parameters)
    file = written(store, now, tmp_path / "progress.jsonl")
    other = Store.in_memory(zone=ZONE)
    result = import_records(other, read_records(file), scheduler)
    assert result.reviews == 96 and result.attempts == 48 and result.merged == 0
    assert dump(other) == {**dump(store), "meta": [row for row in dump(store)["meta"] if row[0] != "zone"]}
    assert weights(other) == Scheduler().parameters
    assert scheduler_of(other).parameters == Scheduler().parameters


def test_importing_twice_changes_nothing(
    store: Store, now: datetime, scheduler: Scheduler, tmp_path: Path, dump: Dump
) -> None:
    busy(store, now, scheduler)
    before = dump(store)
    result = import_records(store, read_records(written(store, now, tmp_path / "p.jsonl")), scheduler)
    assert (result.reviews, result.attempts, result.items, result.predictions, result.merged) == (
        0,
        0,
        0,
        0,
        0,
    )
    assert dump(store) == before


def test_two_machines_are_merged_in_the_order_of_time(
    store: Store, refs: list[ItemRef], now: datetime, scheduler: Scheduler, tmp_path: Path
) -> None:
    laptop = Store.in_memory(zone=ZONE)
    laptop.register(refs, now)
    moments = [now + timedelta(days=3 * i, hours=i) for i in range(8)]
    for i, moment in enumerate(moments):
        (store if i % 2 else laptop).review("data.card-0", Rating.GOOD, moment, scheduler)
    laptop.review("data.card-1", Rating.EASY, moments[0], scheduler)
    laptop_card = laptop.item("data.card-1").card
    result = import_records(store, read_records(written(laptop, now, tmp_path / "p.jsonl")), scheduler)
    assert (result.reviews, result.merged) == (5, 1)
    history = reviews(store, "data.card-0")
    assert [row.at for row in history] == moments
    card = replayed(new_card("data.card-0", moments[0]), history, scheduler)
    assert store.item("data.card-0").card == msgspec.structs.replace(card)
    assert store.item("data.card-1").card == laptop_card
    assert store.undo() is not None


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (lambda lines: lines[1:], 1, "first line"),
        (
            lambda lines: [lines[0].replace(b'"format_version":1', b'"format_version":9'), *lines[1:]],
            1,
            "newer",
        ),
        (lambda lines: [*lines[:5], lines[5][:-9], *lines[6:]], 6, ""),
        (lambda lines: [*lines[:5], b'{"type":"party"}', *lines[6:]], 6, "party"),
        (lambda lines: [*lines[:5], b"\xff\xfe\x00", *lines[6:]], 6, ""),
        (
            lambda lines: [lines[0], *[line for line in lines[1:] if b'"type":"item"' not in line]],
            2,
            "no item",
        ),
        (lambda lines: [*lines, lines[0]], None, "second header"),
        (lambda lines: [*lines[:5], b'{"type":"setting","key":"zone","value":"x"}'], 6, "zone"),
        (lambda lines: [], 1, "empty"),
        (lambda lines: [*lines[:4], b"[" * 100_000], 5, ""),
    ],
)
def test_a_bad_file_is_refused_whole_with_its_line(
    store: Store,
    now: datetime,
    scheduler: Scheduler,
    tmp_path: Path,
    change: Callable[[list[bytes]], list[bytes]],
    line: int | None,
    says: str,
) -> None:
    busy(store, now, scheduler, days=2)
    path = tmp_path / "p.jsonl"
    path.write_bytes(b"\r\n".join(change(list(export_lines(store, now)))))
    with pytest.raises(ProgressImportError, match="nothing was imported") as caught:
        read_records(path)
    problem = caught.value.problems[0]
    assert line is None or problem.line == line
    assert says in problem.message


def test_values_no_row_can_hold_import_nothing(
    store: Store, now: datetime, scheduler: Scheduler, tmp_path: Path, dump: Dump
) -> None:
    busy(store, now, scheduler, days=1)
    other = Store.in_memory(zone=ZONE)
    empty = dump(other)
    path = written(store, now, tmp_path / "p.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"seed":2,', b'"seed":13835058055282163712,'))
    records = read_records(path)
    with pytest.raises(ProgressImportError, match="impossible"):
        import_records(other, records, scheduler)
    assert dump(other) == empty


@settings(max_examples=60)
@given(data=st.binary(max_size=400), place=st.integers(0, 40))
def test_random_bytes_never_half_import(
    data: bytes, place: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    now = datetime.fromisoformat("2026-11-22T10:00:00+00:00")
    with Store.in_memory(zone=ZONE) as store:
        store.register(
            [ItemRef(f"data.{k}-{n}", k, "data") for k in ("card", "question") for n in range(4)], now
        )  # type: ignore[arg-type]
        busy(store, now, Scheduler(), days=1)
        lines = list(export_lines(store, now))
    lines[place % len(lines)] += data
    path = tmp_path_factory.mktemp("fuzz") / "p.jsonl"
    path.write_bytes(b"\n".join(lines))
    with Store.in_memory(zone=ZONE) as other:
        try:
            import_records(other, read_records(path), Scheduler())
        except ProgressImportError:
            assert other.rows("SELECT count(*) FROM item") == [(0,)]
        else:
            assert other.rows("SELECT count(*) FROM review") == [(8,)]


def test_the_first_line_says_what_the_file_is(store: Store, now: datetime) -> None:
    first = msgspec.json.decode(next(export_lines(store, now)), type=Header)
    assert first.exported_at == now
