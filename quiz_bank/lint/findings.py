"""What lint reports: a finding with its place, and the collector that knows where items stand."""

from pathlib import Path
from typing import Literal

import msgspec

from quiz_bank.bank import Bank


class Finding(msgspec.Struct, frozen=True):
    """One thing to mend."""

    severity: Literal["error", "warning"]
    code: str
    file: Path
    line: int | None
    item: str | None
    field: str | None
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        what = ".".join(part for part in (self.item, self.field) if part)
        return f"{where}: {self.severity} [{self.code}] {what + ': ' if what else ''}{self.message}"


class Report:
    """Collects findings; an item's file and line come from the bank."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.findings: list[Finding] = []
        for problem in bank.problems:
            self.findings.append(
                Finding(
                    "error",
                    problem.code,
                    problem.file,
                    problem.line,
                    problem.item,
                    problem.field,
                    problem.message,
                )
            )

    def error(self, table: str, name: str, field: str | None, code: str, message: str) -> None:
        """Something that must not ship."""
        self._add("error", table, name, field, code, message)

    def warning(self, table: str, name: str, field: str | None, code: str, message: str) -> None:
        """Something that an author should look at."""
        self._add("warning", table, name, field, code, message)

    def at_file(
        self, severity: Literal["error", "warning"], file: Path, item: str | None, code: str, message: str
    ) -> None:
        """Something about a whole file or topic."""
        self.findings.append(Finding(severity, code, file, None, item, None, message))

    def _add(
        self,
        severity: Literal["error", "warning"],
        table: str,
        name: str,
        field: str | None,
        code: str,
        message: str,
    ) -> None:
        place = self.bank.place(table, name)
        file = place.file if place else Path()
        self.findings.append(
            Finding(severity, code, file, place.line if place else None, name, field, message)
        )
