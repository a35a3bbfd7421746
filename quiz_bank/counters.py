"""Keeping the counts of what waits small: everything overdue is one day, whatever the pause was."""

import sqlite3


def fold(db: sqlite3.Connection, today: int) -> None:
    """Put the counts of all days before ``today`` (a proleptic ordinal) on yesterday, as the triggers will from now on."""
    before = today - 1
    _move(db, "waiting", "lane, topic, kind", before)
    _move(db, "waiting_day", "lane, kind", before)


def recount(db: sqlite3.Connection) -> None:
    """Count all items anew: after the clock was set back, which is rare, or to check the counters."""
    day = "CASE lane WHEN 0 THEN 0 ELSE max(due_day, (SELECT day FROM cut) - 1) END"
    db.execute("DELETE FROM waiting")
    db.execute(
        "INSERT INTO waiting(lane, day, topic, kind, n) "
        f"SELECT lane, {day}, topic, kind, count(*) FROM item GROUP BY 1, 2, 3, 4"
    )
    db.execute("DELETE FROM waiting_day")
    db.execute(
        "INSERT INTO waiting_day(lane, day, kind, n) SELECT lane, day, kind, sum(n) FROM waiting GROUP BY 1, 2, 3"
    )


def _move(db: sqlite3.Connection, table: str, key: str, before: int) -> None:
    where = "lane <> 0 AND day < ?"
    rows = db.execute(f"SELECT {key}, sum(n) FROM {table} WHERE {where} GROUP BY {key}", (before,)).fetchall()
    db.execute(f"DELETE FROM {table} WHERE {where}", (before,))
    if not rows:
        return
    marks = ", ".join("?" * len(rows[0]))
    db.executemany(
        f"INSERT INTO {table}({key}, n, day) VALUES ({marks}, {before}) ON CONFLICT DO UPDATE SET n = n + excluded.n",
        rows,
    )
