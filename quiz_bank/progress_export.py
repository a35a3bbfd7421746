"""Writing a learner's progress as JSON lines."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from quiz_bank import progress_lines as lines
from quiz_bank.clock import from_microseconds, in_utc
from quiz_bank.daily import predictions
from quiz_bank.rows import ITEM_COLUMNS, item_from_row
from quiz_bank.scheduling import CardState
from quiz_bank.store import Store

_card_decoder = msgspec.json.Decoder(CardState)
_chosen_decoder = msgspec.json.Decoder(tuple[str, ...])


def export_lines(store: Store, now: datetime) -> Iterator[bytes]:
    """The progress, one JSON record a line without its newline; items first, then what was done, in order."""
    encode = msgspec.json.Encoder().encode
    for record in export_records(store, now):
        yield encode(record)


def export_records(store: Store, now: datetime) -> Iterator[lines.Record]:
    """The same as typed records."""
    yield lines.Header(format_version=lines.FORMAT_VERSION, exported_at=in_utc(now))
    for key in lines.CARRIED:
        value = store.get_meta(key)
        if value is not None:
            yield lines.Setting(key=key, value=value)
    for row in store.rows(f"SELECT {ITEM_COLUMNS} FROM item ORDER BY id"):
        state = item_from_row(row)
        yield lines.Item(
            item=state.ref.item,
            kind=state.ref.kind,
            topic=state.ref.topic,
            card=state.card,
            suspended=state.suspended,
            flagged=state.flagged,
            note=state.note,
            content=state.content,
        )
    yield from _reviews(store)
    yield from _exams(store)
    yield from _attempts(store)
    yield from _predictions(store)


def _reviews(store: Store) -> Iterator[lines.Review]:
    rows: list[tuple[Any, ...]] = store.rows(
        "SELECT r.id, i.item, r.rating, r.at, r.clock, r.clock_went_back, r.day, r.seconds, r.due, r.before "
        "FROM review r JOIN item i ON i.id = r.item_id ORDER BY r.id"
    )
    for number, item, rating, at, clock, went_back, day, seconds, due, before in rows:
        yield lines.Review(
            id=number,
            item=item,
            rating=rating,
            at=from_microseconds(at),
            clock=from_microseconds(clock),
            clock_went_back=bool(went_back),
            day=day,
            seconds=seconds,
            due=from_microseconds(due),
            before=_card_decoder.decode(before),
        )


def _attempts(store: Store) -> Iterator[lines.Attempt]:
    rows: list[tuple[Any, ...]] = store.rows(
        "SELECT i.item, a.review_id, a.exam_id, a.topic, a.mode, a.at, a.seed, a.digest, a.answer, a.chosen, "
        "a.correct, a.score, a.seconds, a.hints FROM attempt a JOIN item i ON i.id = a.item_id ORDER BY a.id"
    )
    for (
        item,
        review,
        exam,
        topic,
        mode,
        at,
        seed,
        digest,
        answer,
        chosen,
        correct,
        score,
        seconds,
        hints,
    ) in rows:
        yield lines.Attempt(
            item=item,
            review=review,
            exam=exam,
            topic=topic,
            mode=mode,
            at=from_microseconds(at),
            seed=seed,
            digest=digest,
            answer=msgspec.Raw(answer.encode()),
            chosen=_chosen_decoder.decode(chosen),
            correct=bool(correct),
            score=score,
            seconds=seconds,
            hints=hints,
        )


def _exams(store: Store) -> Iterator[lines.Exam]:
    rows: list[tuple[Any, ...]] = store.rows(
        "SELECT id, blueprint, sheet, started_at, ends_at, seen_at, finished_at, current, report FROM exam ORDER BY id"
    )
    for number, blueprint, sheet, started, ends, seen, finished, current, report in rows:
        given: list[tuple[Any, ...]] = store.rows(
            "SELECT place, answer, flagged, seconds, changes, answered_at FROM exam_answer WHERE exam_id = ? "
            "ORDER BY place",
            (number,),
        )
        yield lines.Exam(
            id=number,
            blueprint=blueprint,
            sheet=msgspec.Raw(sheet.encode()),
            started_at=from_microseconds(started),
            ends_at=from_microseconds(ends),
            seen_at=from_microseconds(seen),
            finished_at=from_microseconds(finished) if finished is not None else None,
            current=current,
            report=_raw(report),
            answers=tuple(
                lines.ExamAnswer(
                    place=place,
                    answer=_raw(answer),
                    flagged=bool(flagged),
                    seconds=seconds,
                    changes=changes,
                    answered_at=from_microseconds(answered) if answered is not None else None,
                )
                for place, answer, flagged, seconds, changes, answered in given
            ),
        )


def _predictions(store: Store) -> Iterator[lines.Prediction]:
    for one in predictions(store):
        yield lines.Prediction(**msgspec.structs.asdict(one))


def _raw(text: str | None) -> msgspec.Raw:
    return msgspec.Raw(text.encode() if text is not None else lines.NULL)
