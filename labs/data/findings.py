"""What a check finds: one finding a place, and a report that counts all of them and keeps the first few of each kind."""

from collections import Counter
from pathlib import Path
from typing import Literal

import msgspec

from labs.data.formats import Detection

Severity = Literal["error", "warning", "info"]
"""error: training fails or learns nonsense; warning: look at it; info: good to know."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing found.

    Attributes:
        code: stable id such as ``turn.order``; the app translates by it.
        severity: see ``Severity``.
        line: line in the file from 1 (row number for Parquet); None when the file as a whole is meant.
        field: where inside the row; may be empty.
        message: what is the matter, in English.
        hint: what to do next; may be empty.
    """

    code: str
    severity: Severity
    line: int | None = None
    field: str = ""
    message: str
    hint: str = ""


class Share(msgspec.Struct, frozen=True):
    """How often one value occurs."""

    value: str
    rows: int


class LengthSummary(msgspec.Struct, frozen=True):
    """Token counts of the rows that could be counted. ``over`` rows exceed ``max_length``."""

    rows: int
    total: int
    p50: int
    p95: int
    longest: int
    max_length: int | None
    over: int


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one check of a file says.

    Attributes:
        path: the file.
        encoding: its codec name; empty for Parquet.
        detection: the format, how sure, and why.
        rows: rows read well and broken together.
        readable: rows read well.
        counts: findings by code, all of them.
        findings: the first few of each code, in the order of the file; those about the whole file come last.
        languages: rows by language (``zh``, ``en``, ``mixed``, ...).
        labels: answers by frequency when the task looks like classification; empty otherwise.
        lengths: token counts, when a tokenizer was given.
    """

    path: Path
    encoding: str
    detection: Detection
    rows: int
    readable: int
    counts: dict[str, int]
    findings: tuple[Finding, ...]
    languages: dict[str, int]
    labels: tuple[Share, ...] = ()
    lengths: LengthSummary | None = None

    @property
    def errors(self) -> int:
        """Findings of severity ``error`` among those kept: above 0 exactly when there is any in the file."""
        return sum(finding.severity == "error" for finding in self.findings)


class Collector:
    """Takes findings as they come; counts all, keeps the first ``keep`` of each code."""

    def __init__(self, keep: int) -> None:
        self.counts: Counter[str] = Counter()
        self.kept: list[Finding] = []
        self._keep = keep

    def add(
        self,
        code: str,
        severity: Severity,
        message: str,
        *,
        line: int | None = None,
        field: str = "",
        hint: str = "",
    ) -> None:
        """Count one finding; keep it while its code is rare."""
        self.counts[code] += 1
        if self.counts[code] <= self._keep:
            self.kept.append(
                Finding(code=code, severity=severity, line=line, field=field, message=message, hint=hint)
            )

    def wants(self, code: str) -> bool:
        """Whether another finding of ``code`` would be kept: messages that cost time are made only then."""
        return self.counts[code] < self._keep
