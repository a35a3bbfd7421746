"""Checks that need the whole file: repeated rows, one question with different answers, classes out of balance."""

from collections import Counter

from labs.data.examples import Example
from labs.data.findings import Collector, Share
from labs.data.normalise import exact_digest, normal_digests

_LABEL_CHARACTERS = 40
_MAX_LABELS = 200
_MIN_ROWS_A_LABEL = 5
MAJORITY_LIMIT = 0.8
RATIO_LIMIT = 10.0


class Repeats:
    """Rows seen before: exactly, or after normalisation. About 350 bytes a row in memory, whatever its length."""

    def __init__(self, into: Collector) -> None:
        self._into = into
        self._exact: dict[bytes, int] = {}
        self._normal: dict[bytes, int] = {}
        self._prompts: dict[bytes, int] = {}

    def check(self, example: Example, line: int) -> None:
        """Compare ``example`` with all before it."""
        exact = exact_digest(example)
        first = self._exact.setdefault(exact, line)
        if first != line:
            self._into.add(
                "row.duplicate",
                "warning",
                f"the same as line {first}",
                line=line,
                hint="finetutor data clean",
            )
            return
        whole, prompt = normal_digests(example)
        first = self._normal.setdefault(whole, line)
        if first != line:
            self._into.add(
                "row.near-same",
                "warning",
                f"differs from line {first} in case, space or punctuation only",
                line=line,
                hint="finetutor data clean",
            )
        elif prompt and not example.chosen and example.answer:
            # The system turn counts: another instruction may well want another answer. Two rows with this prompt
            # that got here differ in their answers, because rows that do not were caught above.
            first = self._prompts.setdefault(prompt, line)
            if first != line:
                self._into.add(
                    "row.contradiction",
                    "warning",
                    f"line {first} gives another answer to the same prompt",
                    line=line,
                    hint="keep one, or make the prompts differ",
                )


class Labels:
    """Counts answers while the task looks like classification: short answers, few different ones."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._rows = 0
        self._off = False

    def add(self, example: Example) -> None:
        """Count the answer of ``example``."""
        if self._off or example.text is not None or example.chosen:
            return
        label = example.columns.get("label")
        answer = str(label) if isinstance(label, str | int | bool) else example.answer.strip()
        self._rows += 1
        if len(answer) > _LABEL_CHARACTERS:
            self._off = True
        else:
            self._seen[answer] += 1
            self._off = len(self._seen) > _MAX_LABELS
        if self._off:
            self._seen.clear()

    @property
    def shares(self) -> tuple[Share, ...]:
        """Labels by frequency; empty where this is no classification."""
        if self._off or len(self._seen) < 2 or self._rows < _MIN_ROWS_A_LABEL * len(self._seen):
            return ()
        return tuple(Share(value, rows) for value, rows in self._seen.most_common())

    def finish(self, into: Collector) -> None:
        """Say so when one class crowds out the others."""
        shares = self.shares
        if not shares:
            return
        most, least = shares[0], shares[-1]
        majority = most.rows / self._rows
        if majority >= MAJORITY_LIMIT or most.rows / least.rows >= RATIO_LIMIT:
            message = (
                f"{most.value[:40]!r} has {most.rows} of {self._rows} rows, {least.value[:40]!r} has {least.rows}: "
                f"always answering {most.value[:40]!r} is right {majority:.1%} of the time"
            )
            into.add(
                "label.unbalanced",
                "warning",
                message,
                hint="report F1 per class, add rows of the rare classes",
            )
