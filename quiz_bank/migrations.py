"""The schema of ``progress.db``, as a list of named steps; a database remembers how many it has taken."""

import sqlite3
from collections.abc import Callable

APPLICATION_ID = 0x46545554  # "FTUT": tells our file from another program's


def m001_items_reviews_attempts(db: sqlite3.Connection) -> None:
    """Items with their memory state, the review log, attempts, and counters that make counting cheap."""
    _run(
        db,
        """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

        CREATE TABLE item(
          id INTEGER PRIMARY KEY,
          item TEXT NOT NULL UNIQUE,
          kind TEXT NOT NULL CHECK (kind IN ('card', 'question', 'generated')),
          topic TEXT NOT NULL,
          content TEXT,
          active INTEGER NOT NULL DEFAULT 1,
          suspended INTEGER NOT NULL DEFAULT 0,
          flagged INTEGER NOT NULL DEFAULT 0,
          note TEXT NOT NULL DEFAULT '',
          state INTEGER NOT NULL DEFAULT 0,
          step INTEGER,
          stability REAL,
          difficulty REAL,
          due INTEGER NOT NULL,
          due_day INTEGER NOT NULL,
          last_review INTEGER,
          reps INTEGER NOT NULL DEFAULT 0,
          lapses INTEGER NOT NULL DEFAULT 0,
          exam_rank REAL,
          -- -1 set aside, 0 new, 1 within the day (learning steps), 2 by the day (review, made-up cards)
          lane INTEGER GENERATED ALWAYS AS (
            CASE WHEN suspended OR NOT active THEN -1
                 WHEN state = 0 AND kind <> 'generated' THEN 0
                 WHEN state IN (1, 3) THEN 1
                 ELSE 2 END) VIRTUAL
        );
        CREATE INDEX item_due ON item(lane, kind, due);
        CREATE INDEX item_topic_due ON item(lane, topic, kind, due);
        CREATE INDEX item_exam_rank ON item(lane, kind, exam_rank) WHERE exam_rank IS NOT NULL;
        CREATE INDEX item_flagged ON item(id) WHERE flagged OR suspended;

        -- How many items wait, by day: so that "what is due" never counts cards one by one. Days before
        -- the cut (the study day it was last) are one, so that a long pause does not make counting long.
        CREATE TABLE cut(day INTEGER NOT NULL);
        INSERT INTO cut VALUES (0);
        CREATE TABLE waiting(
          lane INTEGER NOT NULL, day INTEGER NOT NULL, topic TEXT NOT NULL, kind TEXT NOT NULL,
          n INTEGER NOT NULL,
          PRIMARY KEY (lane, day, topic, kind)
        ) WITHOUT ROWID;
        CREATE TABLE waiting_day(
          lane INTEGER NOT NULL, day INTEGER NOT NULL, kind TEXT NOT NULL, n INTEGER NOT NULL,
          PRIMARY KEY (lane, day, kind)
        ) WITHOUT ROWID;
        CREATE TRIGGER item_added AFTER INSERT ON item BEGIN
          INSERT INTO waiting VALUES (new.lane, CASE new.lane WHEN 0 THEN 0 ELSE max(new.due_day, (SELECT day FROM cut) - 1) END,
                                      new.topic, new.kind, 1)
            ON CONFLICT DO UPDATE SET n = n + 1;
          INSERT INTO waiting_day VALUES (new.lane, CASE new.lane WHEN 0 THEN 0 ELSE max(new.due_day, (SELECT day FROM cut) - 1) END,
                                          new.kind, 1)
            ON CONFLICT DO UPDATE SET n = n + 1;
        END;
        CREATE TRIGGER item_removed AFTER DELETE ON item BEGIN
          UPDATE waiting SET n = n - 1 WHERE lane = old.lane AND topic = old.topic AND kind = old.kind
            AND day = CASE old.lane WHEN 0 THEN 0 ELSE max(old.due_day, (SELECT day FROM cut) - 1) END;
          DELETE FROM waiting WHERE lane = old.lane AND topic = old.topic AND kind = old.kind AND n = 0
            AND day = CASE old.lane WHEN 0 THEN 0 ELSE max(old.due_day, (SELECT day FROM cut) - 1) END;
          UPDATE waiting_day SET n = n - 1 WHERE lane = old.lane AND kind = old.kind
            AND day = CASE old.lane WHEN 0 THEN 0 ELSE max(old.due_day, (SELECT day FROM cut) - 1) END;
          DELETE FROM waiting_day WHERE lane = old.lane AND kind = old.kind AND n = 0
            AND day = CASE old.lane WHEN 0 THEN 0 ELSE max(old.due_day, (SELECT day FROM cut) - 1) END;
        END;
        CREATE TRIGGER item_moved AFTER UPDATE OF active, suspended, state, due_day, topic, kind ON item
        WHEN old.lane <> new.lane OR old.topic <> new.topic OR old.kind <> new.kind
          OR (new.lane <> 0 AND old.due_day <> new.due_day) BEGIN
          UPDATE waiting SET n = n - 1 WHERE lane = old.lane AND topic = old.topic AND kind = old.kind
            AND day = CASE old.lane WHEN 0 THEN 0 ELSE max(old.due_day, (SELECT day FROM cut) - 1) END;
          DELETE FROM waiting WHERE lane = old.lane AND topic = old.topic AND kind = old.kind AND n = 0
            AND day = CASE old.lane WHEN 0 THEN 0 ELSE max(old.due_day, (SELECT day FROM cut) - 1) END;
          UPDATE waiting_day SET n = n - 1 WHERE lane = old.lane AND kind = old.kind
            AND day = CASE old.lane WHEN 0 THEN 0 ELSE max(old.due_day, (SELECT day FROM cut) - 1) END;
          DELETE FROM waiting_day WHERE lane = old.lane AND kind = old.kind AND n = 0
            AND day = CASE old.lane WHEN 0 THEN 0 ELSE max(old.due_day, (SELECT day FROM cut) - 1) END;
          INSERT INTO waiting VALUES (new.lane, CASE new.lane WHEN 0 THEN 0 ELSE max(new.due_day, (SELECT day FROM cut) - 1) END,
                                      new.topic, new.kind, 1)
            ON CONFLICT DO UPDATE SET n = n + 1;
          INSERT INTO waiting_day VALUES (new.lane, CASE new.lane WHEN 0 THEN 0 ELSE max(new.due_day, (SELECT day FROM cut) - 1) END,
                                          new.kind, 1)
            ON CONFLICT DO UPDATE SET n = n + 1;
        END;

        CREATE TABLE review(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          item_id INTEGER NOT NULL REFERENCES item(id),
          rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 4),
          at INTEGER NOT NULL,
          clock INTEGER NOT NULL,
          clock_went_back INTEGER NOT NULL,
          day INTEGER NOT NULL,
          seconds REAL,
          due INTEGER NOT NULL,
          before TEXT NOT NULL
        );
        CREATE INDEX review_item ON review(item_id, id);

        CREATE TABLE attempt(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          item_id INTEGER NOT NULL REFERENCES item(id),
          review_id INTEGER REFERENCES review(id),
          exam_id INTEGER,
          topic TEXT NOT NULL,
          mode TEXT NOT NULL CHECK (mode IN ('study', 'practice', 'exam')),
          at INTEGER NOT NULL,
          seed INTEGER NOT NULL,
          digest TEXT NOT NULL,
          answer TEXT NOT NULL,
          chosen TEXT NOT NULL,
          correct INTEGER NOT NULL,
          score REAL NOT NULL,
          seconds REAL,
          hints INTEGER NOT NULL DEFAULT 0
        );
        CREATE INDEX attempt_item ON attempt(item_id, id);
        CREATE INDEX attempt_topic ON attempt(topic, id);

        -- One row a study day, for the streak, the heat map and the budget.
        CREATE TABLE day(
          day INTEGER PRIMARY KEY, reviews INTEGER NOT NULL DEFAULT 0, new INTEGER NOT NULL DEFAULT 0,
          attempts INTEGER NOT NULL DEFAULT 0, correct INTEGER NOT NULL DEFAULT 0,
          -- whole numbers, so that taking a review back restores the sum to the bit
          milliseconds INTEGER NOT NULL DEFAULT 0,
          seconds REAL GENERATED ALWAYS AS (milliseconds / 1000.0) VIRTUAL
        );
        """,
    )


def m002_exams(db: sqlite3.Connection) -> None:
    """Mock exams: the sheet as drawn, every answer as given, the report as shown."""
    _run(
        db,
        """
        CREATE TABLE exam(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          blueprint TEXT NOT NULL,
          sheet TEXT NOT NULL,
          started_at INTEGER NOT NULL,
          ends_at INTEGER NOT NULL,
          seen_at INTEGER NOT NULL,
          finished_at INTEGER,
          current INTEGER NOT NULL DEFAULT 0,
          report TEXT
        );
        CREATE TABLE exam_answer(
          exam_id INTEGER NOT NULL REFERENCES exam(id),
          place INTEGER NOT NULL,
          answer TEXT,
          flagged INTEGER NOT NULL DEFAULT 0,
          seconds REAL NOT NULL DEFAULT 0,
          changes INTEGER NOT NULL DEFAULT 0,
          answered_at INTEGER,
          PRIMARY KEY (exam_id, place)
        ) WITHOUT ROWID;
        """,
    )


def m003_predictions(db: sqlite3.Connection) -> None:
    """What the learner said before a run, and what was measured."""
    _run(
        db,
        """
        CREATE TABLE prediction(
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          at INTEGER NOT NULL,
          lab TEXT NOT NULL,
          run TEXT NOT NULL,
          quantity TEXT NOT NULL,
          unit TEXT NOT NULL,
          said TEXT NOT NULL,
          formula TEXT,
          measured TEXT NOT NULL,
          relative_error REAL,
          verdict TEXT NOT NULL,
          card TEXT,
          UNIQUE (run, quantity)
        );
        CREATE INDEX prediction_quantity ON prediction(quantity, id);
        """,
    )


MIGRATIONS: list[Callable[[sqlite3.Connection], None]] = [
    m001_items_reviews_attempts,
    m002_exams,
    m003_predictions,
]


def schema_version(db: sqlite3.Connection) -> int:
    """How many migrations this database has taken."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    assert isinstance(version, int)
    return version


def migrate(db: sqlite3.Connection) -> list[str]:
    """Take the steps that are missing, each in its own transaction with its version number.

    Returns:
        Names of the steps taken now.
    """
    taken = []
    for number, step in enumerate(MIGRATIONS[schema_version(db) :], start=schema_version(db) + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            step(db)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {number}")
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
        taken.append(step.__name__)
    return taken


def _run(db: sqlite3.Connection, script: str) -> None:
    # executescript() commits first, which would tear a migration in two; so the statements go one by one.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""
    assert not statement.strip(), f"an unfinished statement: {statement}"
