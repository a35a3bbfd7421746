"""What happens to progress when the machine does its worst: kill -9, full disks, damage, two programs, no home."""

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from quiz_bank import backups
from quiz_bank.migrations import APPLICATION_ID, MIGRATIONS
from quiz_bank.opening import open_progress, recover
from quiz_bank.records import ItemRef
from quiz_bank.replay import future_reviews, rebuild, replayed, reviews
from quiz_bank.scheduling import Rating, Scheduler, new_card
from quiz_bank.store import Store
from quiz_bank.store_errors import (
    StoreCorruptError,
    StoreForeignError,
    StoreFullError,
    StoreLockedError,
    StoreReadOnlyError,
    StoreTooNewError,
    StoreUnwritableError,
)

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
UTC_ZONE = ZoneInfo("UTC")


def child(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_kill_9_in_mid_review_loses_and_tears_nothing(database: Path, now: datetime) -> None:
    acknowledged = 0
    for round_number in range(4):
        victim = child(str(HERE / "review_forever.py"), str(database))
        assert victim.stdout is not None
        stop_at = acknowledged + 7 + 11 * round_number
        for line in victim.stdout:
            acknowledged = int(line)
            if acknowledged >= stop_at:
                break
        victim.send_signal(signal.SIGKILL)
        rest = [int(line) for line in victim.stdout.read().split()]
        victim.wait()
        acknowledged = max([acknowledged, *rest])
        with Store.open(database, now=now, zone=UTC_ZONE) as store:
            log = reviews(store)
            assert acknowledged <= len(log) <= acknowledged + 1, "every answer that was acknowledged is there"
            assert store.rows("SELECT count(*) FROM attempt") == [(len(log),)]
            assert store.rows("SELECT sum(reviews) FROM day") == [(len(log),)]
            for state in store.items():
                history = [row for row in log if row.item == state.ref.item]
                card = new_card(state.ref.item, datetime(2026, 11, 22, tzinfo=UTC))
                expected = replayed(card, history, Scheduler(fuzz_seed=1))
                assert state.card == expected, "card state and log belong together"
        acknowledged = len(log)


FULL = """
import resource, sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo
from quiz_bank.records import ItemRef
from quiz_bank.scheduling import Rating, Scheduler
from quiz_bank.store import Store
from quiz_bank.store_errors import StoreFullError
path = Path(sys.argv[1])
now = datetime(2026, 11, 22, tzinfo=UTC)
store = Store.open(path, now=now, zone=ZoneInfo("UTC"))
size = max(file.stat().st_size for file in path.parent.glob("progress.db*"))
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 60_000, size + 60_000))
done = 0
try:
    while done < 5000:
        store.review(f"data.card-{done % 4}", Rating.GOOD, now + timedelta(hours=done), Scheduler())
        done += 1
except StoreFullError as error:
    print(done, error.code)
"""


def test_a_full_disk_rolls_back_says_so_and_leaves_what_was_there(
    database: Path, store: Store, now: datetime
) -> None:
    store.close()
    result = subprocess.run(
        [sys.executable, "-c", FULL, str(database)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    done, code = result.stdout.split()
    assert code == "store.full" and int(done) > 0
    with Store.open(database, now=now, zone=UTC_ZONE) as again:
        assert again.rows("SELECT count(*) FROM review") == [(int(done),)]
        again.review("data.card-1", Rating.GOOD, now + timedelta(days=900), Scheduler())


def test_a_backup_without_room_leaves_the_older_ones(
    database: Path, store: Store, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "backups"
    first = backups.make_backup(database, folder, now)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(StoreFullError):
        backups.make_backup(database, folder, now + timedelta(days=1))
    assert list(folder.iterdir()) == [first]


@pytest.fixture
def home_with_backup(
    database: Path, store: Store, now: datetime, scheduler: Scheduler
) -> Iterator[tuple[Path, Path]]:
    """A closed database with twenty reviews, ten of them in a backup."""
    for i in range(10):
        store.review(f"data.card-{i % 4}", Rating.GOOD, now + timedelta(hours=i), scheduler)
    folder = database.parent / "backups"
    backups.make_backup(database, folder, now)
    for i in range(10):
        store.review(f"data.card-{i % 4}", Rating.GOOD, now + timedelta(days=i + 1), scheduler)
    store.close()
    yield database, folder


def overwrite_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 200] = b"\x5a" * 200
    path.write_bytes(bytes(data))


def cut_in_half(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2 + 77])


def write_prose(path: Path) -> None:
    path.write_bytes(b"this is not a database at all\n" * 300)


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [overwrite_middle, cut_in_half, write_prose, empty])
def test_a_damaged_database_is_set_aside_and_the_newest_good_backup_offered(
    home_with_backup: tuple[Path, Path], damage: Callable[[Path], None], now: datetime
) -> None:
    database, folder = home_with_backup
    damage(database)
    damaged = database.read_bytes()
    later = folder / "progress-20261123T100000Z.db"
    later.write_bytes(b"SQLite format 3\x00" + b"\x00" * 4000)  # newer, and no good
    with pytest.raises(StoreCorruptError) as caught:
        open_progress(database, folder, now=now, zone=UTC_ZONE)
    assert database.read_bytes() == damaged, "looking at it changes nothing"
    assert caught.value.backup is not None and caught.value.backup != later
    aside = recover(database, caught.value.backup, now=now)
    assert aside is not None and aside.read_bytes() == damaged, "never overwritten, never deleted"
    opened = open_progress(database, folder, now=now, zone=UTC_ZONE)
    assert opened.store.rows("SELECT count(*) FROM review") == [(10,)]
    opened.store.close()


def test_starting_afresh_keeps_the_damaged_file(home_with_backup: tuple[Path, Path], now: datetime) -> None:
    database, folder = home_with_backup
    write_prose(database)
    aside = [recover(database, None, now=now), None]
    write_prose(database)
    aside[1] = recover(database, None, now=now)
    assert aside[0] is not None and aside[1] is not None and aside[0] != aside[1]
    assert all(path is not None and path.exists() for path in aside)
    with open_progress(database, folder, now=now, zone=UTC_ZONE).store as store:
        assert store.rows("SELECT count(*) FROM review") == [(0,)]


def test_a_damaged_database_is_never_backed_up(home_with_backup: tuple[Path, Path], now: datetime) -> None:
    database, folder = home_with_backup
    before = sorted(folder.iterdir())
    overwrite_middle(database)
    with pytest.raises(StoreCorruptError):
        backups.make_backup(database, folder, now + timedelta(days=3))
    assert sorted(folder.iterdir()) == before


def test_a_backup_is_made_once_a_day_of_use(
    database: Path, store: Store, now: datetime, scheduler: Scheduler
) -> None:
    folder = database.parent / "backups"
    store.close()
    open_progress(database, folder, now=now, zone=UTC_ZONE).store.close()
    assert backups.backups(folder) == [], "nothing to lose yet"
    with Store.open(database, now=now) as again:
        again.review("data.card-0", Rating.GOOD, now, scheduler)
    for day in range(4):
        for hour in (0, 5, 9):
            at = now + timedelta(days=day, hours=hour)
            open_progress(database, folder, now=at, zone=UTC_ZONE).store.close()
    found = backups.backups(folder)
    assert len(found) == 4
    assert found[0].name == f"progress-{now + timedelta(days=3):%Y%m%dT%H%M%SZ}.db"
    assert backups.newest_good(folder) == found[0]


def test_the_oldest_backups_are_thinned_and_never_all_dropped(tmp_path: Path, now: datetime) -> None:
    kept: list[Path] = []
    for day in range(400):
        at = now + timedelta(days=day)
        kept.append(tmp_path / f"progress-{at:%Y%m%dT%H%M%SZ}.db")
        dropped = backups.thinned(kept, at)
        kept = [path for path in kept if path not in dropped]
        assert kept[-1].name.startswith(f"progress-{at:%Y%m%d}")
    assert 20 <= len(kept) <= 40
    ages = sorted(
        (now + timedelta(days=399)).date().toordinal() - day.toordinal() for day in map(made_on, kept)
    )
    assert ages[:10] == list(range(10)), "one for each of the last days"
    assert ages[-1] > 300, "and some from long ago"


def made_on(path: Path) -> date:
    return datetime.strptime(path.stem, "progress-%Y%m%dT%H%M%SZ").date()


def test_a_newer_schema_is_refused_and_untouched(database: Path, store: Store, now: datetime) -> None:
    store.close()
    db = sqlite3.connect(database)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 3}")
    db.commit()
    db.close()
    before = {path.name: path.read_bytes() for path in database.parent.iterdir() if path.suffix != ".lock"}
    for read_only in (False, True):
        with pytest.raises(StoreTooNewError, match="update FineTutor"):
            open_progress(database, database.parent / "backups", now=now, read_only=read_only)
    after = {path.name: path.read_bytes() for path in database.parent.iterdir() if path.suffix != ".lock"}
    assert after == before


def test_a_newer_schema_that_is_still_in_the_wal_is_refused_too(
    database: Path, store: Store, now: datetime
) -> None:
    store.close()
    db = sqlite3.connect(database)
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute("PRAGMA user_version = 99")
    db.commit()
    copy = database.parent.parent / "copied"
    shutil.copytree(database.parent, copy)  # as a crash would leave it: the change is in the -wal only
    db.close()
    with pytest.raises(StoreTooNewError):
        Store.open(copy / database.name, now=now)


def test_another_programs_database_is_refused_and_untouched(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "progress.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE bookmarks(url TEXT)")
    db.commit()
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreForeignError):
        Store.open(path, now=now)
    assert path.read_bytes() == before


def test_the_second_program_on_a_home_learns_who_has_it_and_may_read(
    database: Path, store: Store, now: datetime, scheduler: Scheduler
) -> None:
    store.review("data.card-0", Rating.GOOD, now, scheduler)
    with pytest.raises(StoreLockedError, match=f"process {os.getpid()} since 2026-11-22"):
        Store.open(database, now=now)
    opened = open_progress(database, database.parent / "backups", now=now)
    assert [notice.code for notice in opened.notices] == ["read-only"]
    assert opened.notices[0].values["pid"] == str(os.getpid())
    assert opened.store.item("data.card-0").card.reps == 1
    with pytest.raises(StoreReadOnlyError):
        opened.store.review("data.card-0", Rating.GOOD, now, scheduler)
    opened.store.close()


def test_a_lock_dies_with_its_holder(database: Path, now: datetime) -> None:
    victim = child(str(HERE / "review_forever.py"), str(database))
    assert victim.stdout is not None
    victim.stdout.readline()
    with pytest.raises(StoreLockedError, match=f"process {victim.pid} "):
        Store.open(database, now=now)
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    Store.open(database, now=now).close()


def test_a_home_that_cannot_be_made_gives_a_store_in_memory_and_a_notice(
    tmp_path: Path, now: datetime
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    path = blocker / "home" / "progress.db"
    with pytest.raises(StoreUnwritableError, match="--home"):
        Store.open(path, now=now)
    opened = open_progress(path, path.parent / "backups", [ItemRef("a", "card", "data")], now=now)
    assert [notice.code for notice in opened.notices] == ["memory"]
    opened.store.review("a", Rating.GOOD, now, Scheduler())
    assert opened.store.item("a").card.reps == 1


READ_ONLY = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from quiz_bank.opening import open_progress
from quiz_bank.scheduling import Rating, Scheduler
if os.geteuid() == 0:
    os.setuid(65534)  # root may write anywhere; nobody may not
path = Path(sys.argv[1])
now = datetime(2026, 11, 24, tzinfo=UTC)
opened = open_progress(path, path.parent / "backups", now=now)
print([notice.code for notice in opened.notices], opened.store.item("data.card-0").card.reps)
opened.store.review("data.card-0", Rating.GOOD, now, Scheduler())
print(opened.store.item("data.card-0").card.reps)
"""


def test_a_read_only_home_is_read_into_memory_with_a_notice(refs: list[ItemRef], now: datetime) -> None:
    home = Path(tempfile.mkdtemp(prefix="finetutor-"))
    try:
        with Store.open(home / "progress.db", now=now, zone=UTC_ZONE) as store:
            store.register(refs, now)
            store.review("data.card-0", Rating.GOOD, now, Scheduler())
        (home / "progress.db.lock").unlink()
        before = (home / "progress.db").read_bytes()
        home.chmod(stat.S_IRUSR | stat.S_IXUSR | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
        (home / "progress.db").chmod(0o444)
        result = subprocess.run(
            [sys.executable, "-c", READ_ONLY, str(home / "progress.db")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.stdout.splitlines() == ["['memory'] 1", "2"], result.stderr
        assert (home / "progress.db").read_bytes() == before
        assert [path.name for path in home.iterdir()] == ["progress.db"]
    finally:
        home.chmod(0o700)
        shutil.rmtree(home)


def test_cards_reviewed_by_a_clock_far_ahead_can_be_brought_back(
    store: Store, now: datetime, scheduler: Scheduler
) -> None:
    store.review("data.card-0", Rating.GOOD, now, scheduler)
    store.review("data.card-0", Rating.GOOD, now + timedelta(minutes=10), scheduler)
    store.review("data.card-0", Rating.GOOD, now + timedelta(days=5000), scheduler)
    today = now + timedelta(days=2)
    assert future_reviews(store, today) == 1
    assert rebuild(store, scheduler, not_after=today) == 1
    card = store.item("data.card-0").card
    assert card.last_review == today and card.stability is not None and card.stability < 30
    assert future_reviews(store, today) == 0
    assert rebuild(store, scheduler) == 0, "the log and the state agree again"


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    database: Path, store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()

    def m999_breaks(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE half(done TEXT)")
        raise sqlite3.OperationalError("no such thing")

    monkeypatch.setattr("quiz_bank.migrations.MIGRATIONS", [*MIGRATIONS, m999_breaks])
    with pytest.raises(Exception, match="no such thing"):
        Store.open(database, now=now)
    monkeypatch.undo()
    with Store.open(database, now=now) as again:
        assert again.rows("SELECT name FROM sqlite_master WHERE name = 'half'") == []
        assert again.rows("PRAGMA user_version") == [(len(MIGRATIONS),)]
        assert again.rows("PRAGMA application_id") == [(APPLICATION_ID,)]
