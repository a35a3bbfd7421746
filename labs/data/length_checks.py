"""Checks that need the model's tokenizer: rows longer than the limit, nothing left to learn, answers without an end."""

from array import array

from labs.data.errors import DataError
from labs.data.examples import Example
from labs.data.findings import Collector, LengthSummary
from labs.data.tokens import LossOn, RowTokenizer


class LengthChecks:
    """Counts every row's tokens (4 bytes a row in memory) and looks at the label mask of rows that need it."""

    def __init__(
        self, tokenizer: RowTokenizer, max_length: int | None, loss_on: LossOn, into: Collector
    ) -> None:
        self._tokenizer = tokenizer
        self._max = max_length
        self._loss_on = loss_on
        self._into = into
        self._lengths = array("I")
        self._end_seen = False

    def check(self, example: Example, line: int) -> None:
        """Count one row and say what a trainer would cut off."""
        if example.text is None and not example.turns:
            return
        try:
            count = self._tokenizer.count(example)
        except DataError as error:
            if error.code == "tokens.no-template":
                raise
            self._into.add(error.code, "error", error.message, line=line, hint=error.hint)
            return
        self._lengths.append(count)
        over = self._max is not None and count > self._max
        # The first rows show what the template does to all of them; later only rows that are cut need the mask.
        if over or len(self._lengths) <= 20:
            self._mask(example, line, count)

    def _mask(self, example: Example, line: int, count: int) -> None:
        try:
            encoded = self._tokenizer.encode(example, self._loss_on)
        except DataError as error:
            if not self._into.counts[error.code]:
                self._into.add(error.code, "error", error.message, line=line, hint=error.hint)
            return
        learned = sum(encoded.learned)
        if learned and not encoded.ends_turn and not self._end_seen:
            self._end_seen = True
            self._into.add(
                "mask.no-end",
                "error",
                "the answer's last learned token is no end of turn: the model would not learn to stop",
                line=line,
                hint="put the end token inside the template's generation marks",
            )
        if self._max is None or count <= self._max:
            return
        left = sum(encoded.learned[: self._max])
        if not left:
            self._into.add(
                "length.nothing-left",
                "error",
                f"{count} tokens; after cutting at {self._max} nothing is left to learn",
                line=line,
                hint="TRL drops the row; raise max_length or shorten the prompt",
            )
        else:
            self._into.add(
                "length.over",
                "warning",
                f"{count} tokens, {count - self._max} over: TRL cuts them off with the "
                f"end of the answer ({learned - left} of {learned} learned tokens), Bailian drops the row",
                line=line,
                hint="raise max_length or shorten the row",
            )

    def summary(self) -> LengthSummary | None:
        """The counts so far; None when no row could be counted."""
        if not self._lengths:
            return None
        lengths = sorted(self._lengths)
        return LengthSummary(
            rows=len(lengths),
            total=sum(lengths),
            p50=percentile(lengths, 50),
            p95=percentile(lengths, 95),
            longest=lengths[-1],
            max_length=self._max,
            over=0 if self._max is None else sum(length > self._max for length in lengths),
        )


def percentile(ordered: list[int], share: float) -> int:
    """The smallest value that at least ``share`` percent of ``ordered`` do not exceed (nearest rank)."""
    rank = -(-len(ordered) * share // 100)
    return ordered[max(0, int(rank) - 1)]
