"""A learner's home in a temporary folder, with a clock that the test moves."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from quiz_bank.records import ItemRef
from quiz_bank.scheduling import Scheduler
from quiz_bank.store import Store


@pytest.fixture
def now() -> datetime:
    """A Sunday morning in Shanghai (18:00 there)."""
    return datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def shanghai() -> ZoneInfo:
    return ZoneInfo("Asia/Shanghai")


@pytest.fixture
def scheduler() -> Scheduler:
    return Scheduler()


@pytest.fixture
def refs() -> list[ItemRef]:
    """Twelve cards and twelve questions over three topics."""
    topics = ("lora-math", "data", "evaluation")
    return [ItemRef(f"{topic}.card-{i}", "card", topic) for topic in topics for i in range(4)] + [
        ItemRef(f"{topic}.question-{i}", "question", topic) for topic in topics for i in range(4)
    ]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "home" / "progress.db"


@pytest.fixture
def store(database: Path, refs: list[ItemRef], now: datetime, shanghai: ZoneInfo) -> Iterator[Store]:
    with Store.open(database, now=now, zone=shanghai) as opened:
        opened.register(refs, now)
        yield opened


@pytest.fixture
def dump() -> Callable[[Store], dict[str, list[tuple[object, ...]]]]:
    """Everything in a store, table by table, to compare before and after."""

    def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
        tables = [str(row[0]) for row in store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: sorted(store.rows(f"SELECT * FROM {table}"), key=repr)
            for table in tables
            if not table.startswith("sqlite_")
        }

    return everything


@pytest.fixture
def day() -> timedelta:
    return timedelta(days=1)
