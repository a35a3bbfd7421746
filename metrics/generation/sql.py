"""SQL execution accuracy: run the model's query and the reference's on a real SQLite database, compare rows.

The query comes from a model, so it is run as hostile: an in-memory copy or a file opened immutable, an
authorizer that allows reading and pure functions only (no ATTACH, PRAGMA, writes or extensions), limits on
time, rows and value size. Nothing it does can outlive its connection.
"""

from __future__ import annotations

import math
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from metrics.errors import MetricError
from metrics.intervals import wilson
from metrics.score import Score
from metrics.signature import signature
from metrics.texts import References, check_pairs, input_warnings

_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_FUNCTION}
_REFUSED_FUNCTIONS = {
    "load_extension",
    "fts3_tokenizer",
    "readfile",
    "writefile",
    "edit",
    "sqlite_compileoption_get",
}
_MAX_VALUE_BYTES = 1_000_000
_MAX_RESULT_BYTES = 16_000_000


class SqlLimits(msgspec.Struct, frozen=True):
    """What one query may use."""

    seconds: float = 2.0
    rows: int = 10_000


class QueryOutcome(msgspec.Struct, frozen=True):
    """What one hypothesis did: ``match``, ``different``, or ``error`` with SQLite's (or our) reason."""

    outcome: str
    reason: str = ""


def sql_execution_accuracy(
    hypotheses: Sequence[str],
    references: References,
    database: Path | str,
    *,
    limits: SqlLimits = SqlLimits(),
) -> Score:
    """Fraction of queries whose result equals the reference's, 0-1, with Wilson's interval.

    Rows are compared as multisets, or in order where the reference query has ORDER BY at its top level;
    column names do not count. Floats compare to 9 digits.

    Args:
        hypotheses: one query a row.
        references: the right query of each row.
        database: a SQLite file (opened read-only), or a script of CREATE and INSERT statements.
        limits: time and rows for each query.

    Raises:
        MetricError: ``reference-fails`` where a reference does not run, ``bad-database``, or see
            :func:`metrics.texts.check_pairs`.
    """
    outcomes = sql_outcomes(hypotheses, references, database, limits=limits)
    matched = sum(1 for outcome in outcomes if outcome.outcome == "match")
    errors = sum(1 for outcome in outcomes if outcome.outcome == "error")
    return Score(
        name="sql_execution_accuracy",
        value=matched / len(outcomes),
        scale="0-1",
        n=len(outcomes),
        signature=signature(
            "sql_execution_accuracy",
            sqlite=sqlite3.sqlite_version,
            rows="multiset-or-ordered",
            seconds=limits.seconds,
            max_rows=limits.rows,
        ),
        interval=wilson(matched, len(outcomes)),
        parts={"matched": float(matched), "errors": float(errors)},
        warnings=input_warnings(list(hypotheses)),
    )


def sql_outcomes(
    hypotheses: Sequence[str],
    references: References,
    database: Path | str,
    *,
    limits: SqlLimits = SqlLimits(),
) -> list[QueryOutcome]:
    """The outcome of each row; see :func:`sql_execution_accuracy`."""
    hyps, refs = check_pairs(hypotheses, references)
    connection = _open(database)
    outcomes = []
    try:
        for row, (hyp, several) in enumerate(zip(hyps, refs, strict=True)):
            try:
                expected = run_query(connection, several[0], limits)
            except (sqlite3.Error, sqlite3.Warning) as error:
                raise MetricError(
                    "reference-fails", f"reference query {row + 1} does not run: {error}", "Repair it", row
                ) from error
            try:
                found = run_query(connection, hyp, limits)
            except (sqlite3.Error, sqlite3.Warning) as error:
                outcomes.append(QueryOutcome("error", str(error)))
                continue
            same = found == expected if _is_ordered(several[0]) else Counter(found) == Counter(expected)
            outcomes.append(QueryOutcome("match" if same else "different"))
    finally:
        connection.close()
    return outcomes


def run_query(connection: sqlite3.Connection, query: str, limits: SqlLimits) -> list[tuple[object, ...]]:
    """Run one SELECT under the limits; rows with floats rounded to 9 significant digits.

    Raises:
        sqlite3.Error: for whatever the query did wrong, limits included.
    """
    deadline = time.monotonic() + limits.seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, 1000)
    try:
        cursor = connection.execute(query)
        if cursor.description is None:
            raise sqlite3.ProgrammingError("the query returns no rows: not a SELECT")
        rows = []
        size = 0
        for row in cursor:
            rows.append(tuple(_comparable(value) for value in row))
            size += sum(len(value) for value in row if isinstance(value, str | bytes))
            if len(rows) > limits.rows or size > _MAX_RESULT_BYTES:
                raise sqlite3.DataError(
                    f"more than {limits.rows} rows or {_MAX_RESULT_BYTES // 1_000_000} MB"
                )
        cursor.close()
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            raise sqlite3.OperationalError(f"stopped after {limits.seconds:g} s") from error
        raise
    finally:
        connection.set_progress_handler(None, 0)
    return rows


def _comparable(value: object) -> object:
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.9g}")
    return value


def _open(database: Path | str) -> sqlite3.Connection:
    try:
        if isinstance(database, Path):
            if not database.is_file():
                raise MetricError(
                    "bad-database", f"{database} is not a file", "Give a SQLite file or a script"
                )
            connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        else:
            connection = sqlite3.connect(":memory:")
            connection.executescript(database)
    except sqlite3.Error as error:
        raise MetricError(
            "bad-database", f"the database cannot be opened: {error}", "Check the file"
        ) from error
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000)
    connection.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 200)
    connection.setlimit(sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 100)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.execute("PRAGMA query_only = ON")
    connection.set_authorizer(_authorize)
    return connection


def _authorize(
    action: int, one: str | None, two: str | None, _database: str | None, _source: str | None
) -> int:
    if action not in _ALLOWED:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (two or "").lower() in _REFUSED_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _is_ordered(query: str) -> bool:
    """Whether ORDER BY stands outside all parentheses and quotes."""
    depth = 0
    quote = ""
    outside = []
    for character in query:
        if quote:
            quote = "" if character == quote else quote
            continue
        if character in "'\"`":
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif depth == 0:
            outside.append(character)
    return "order by" in " ".join("".join(outside).lower().split())
