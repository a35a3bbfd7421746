"""Which question to ask next on the command line, and keeping its answer."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec
import typer

from quiz_bank.answering import record_answer
from quiz_bank.answers import Answer, Verdict
from quiz_bank.bank import Bank
from quiz_bank.clock import exam_moment, local_zone
from quiz_bank.errors import FormulaError
from quiz_bank.opening import open_progress
from quiz_bank.queue import Limits, next_item
from quiz_bank.records import ItemKind, refs
from quiz_bank.scheduling import Scheduler
from quiz_bank.store import Store
from quiz_bank.store_errors import StoreError
from quiz_bank.variants import Variant, present
from tui.cli.main import home_of
from tui.i18n import t_or
from tui.settings import SettingsError, load_settings

_QUESTIONS: tuple[ItemKind, ...] = ("question",)


class NothingToAskError(Exception):
    """No question fits; the message says why."""


class Wanted(msgspec.Struct, frozen=True):
    """What the command line asks for."""

    item: str | None = None
    topic: str | None = None
    kind: str | None = None
    seed: int | None = None


@contextmanager
def opened(context: typer.Context, bank: Bank) -> Iterator[Store]:
    """The learner's store, with notices on stderr."""
    home = home_of(context)
    progress = open_progress(home.progress_db, home.backups, refs(bank), now=datetime.now(UTC))
    try:
        for notice in progress.notices:
            if notice.code != "backup-made":
                print(t_or(f"notices.{notice.code}", notice.message, **notice.values), file=sys.stderr)
        yield progress.store
    finally:
        progress.store.close()


def exam_of(context: typer.Context) -> datetime | None:
    """The exam's moment by the settings, or None."""
    try:
        wanted = load_settings(home_of(context).settings).exam_date
    except SettingsError as error:
        print(str(error), file=sys.stderr)
        return None
    return None if wanted is None else exam_moment(wanted, local_zone())


def pick(store: Store, bank: Bank, wanted: Wanted, now: datetime, scheduler: Scheduler) -> Variant:
    """The question named, or the one whose turn it is.

    Raises:
        NothingToAskError: there is no such question, or none waits.
    """
    seed = secrets.randbelow(1 << 31) if wanted.seed is None else wanted.seed
    if wanted.item is not None:
        if bank.place("question", wanted.item) is None:
            raise NothingToAskError(f"there is no question {wanted.item!r}")
        question = bank.question(wanted.item)
    else:
        passed: set[str] = set()
        while True:
            limits = Limits(
                topics=None if wanted.topic is None else (wanted.topic,),
                kinds=_QUESTIONS,
                new_today=1_000_000,
                exclude=frozenset(passed),
            )
            found = next_item(store, now, scheduler, limits)
            if found is None:
                raise NothingToAskError(
                    "nothing waits: all questions that fit have been asked and none is due"
                )
            question = bank.question(found.ref.item)
            if wanted.kind in (None, question.kind):
                break
            passed.add(found.ref.item)
    try:
        return present(question, seed, bank)
    except FormulaError as error:
        raise NothingToAskError(
            f"{question.id} cannot be asked: {error}; run `finetutor quiz lint`"
        ) from error


def record(
    store: Store, variant: Variant, answer: Answer, verdict: Verdict, scheduler: Scheduler, seconds: float
) -> datetime | None:
    """Keep the answer; when the item comes back, or None where nothing could be kept."""
    if store.read_only:
        return None
    try:
        reviewed = record_answer(
            store, variant, answer, verdict, datetime.now(UTC), scheduler, seconds=seconds
        )
    except StoreError as error:
        print(str(error), file=sys.stderr)
        return None
    return reviewed.after.due
