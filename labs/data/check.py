"""Check a data file in one pass and bounded memory: every finding with its line, and a summary of the file."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import msgspec

from labs.data import bailian
from labs.data.encodings import Encoding, find_encoding
from labs.data.errors import DataError
from labs.data.examples import Example
from labs.data.findings import CheckReport, Collector
from labs.data.formats import SAME_SHAPE, Detection, Format, detect, shape_of_row
from labs.data.json_rows import repeated_keys
from labs.data.length_checks import LengthChecks
from labs.data.normalise import language_of
from labs.data.parsing import parse
from labs.data.reading import PROGRESS_ROWS, Progress, kind_of, records
from labs.data.records import Record
from labs.data.text_checks import TextChecks
from labs.data.tokens import LossOn, RowTokenizer
from labs.data.turn_checks import check_turns
from labs.data.whole_file import Labels, Repeats

_LOOK = 500


class CheckOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to check.

    Attributes:
        format: the rows' format; by default it is detected from the first 500 rows.
        encoding: a codec name; by default the byte order mark decides, else UTF-8.
        max_length: tokens a row may have (its prompt and answer together); needs a tokenizer.
        loss_on: which tokens are learned, as in a run's spec.
        repeats: look for duplicates and contradictions (about 350 bytes a row in memory).
        personal: look for phone numbers, ID cards and e-mail addresses.
        keep: findings kept of each code; all are counted.
    """

    format: Format | None = None
    encoding: str | None = None
    max_length: int | None = None
    loss_on: LossOn = "response"
    repeats: bool = True
    personal: bool = True
    keep: int = 20


def check(
    path: Path,
    options: CheckOptions | None = None,
    *,
    tokenizer: RowTokenizer | None = None,
    progress: Progress | None = None,
) -> CheckReport:
    """Check ``path``.

    Args:
        path: a data file of a known kind.
        options: what to check; everything by default.
        tokenizer: the model's own, for token counts, truncation and the label mask; without it those are left out.
        progress: called every few thousand rows.

    Raises:
        DataError: the file cannot be opened, holds no rows, or the model has no chat template for chat rows.
            A broken row is a finding, not an error.
    """
    options = options or CheckOptions()
    encoding = None if kind_of(path) == "parquet" else find_encoding(path, options.encoding)
    stream = records(path, options.encoding)
    first = list(islice(stream, _LOOK))
    detection = _detection(first, options.format)
    if kind_of(path) == "text":
        options = msgspec.structs.replace(options, repeats=False)  # lines of prose repeat: they are no rows
    run = _Run(detection.format, options, tokenizer)
    _encoding_notes(encoding, run.found)
    rows = 0
    for record in _told(chain(first, stream), progress):
        rows += 1
        run.row(record)
    return run.report(path, encoding, detection, rows)


def _detection(first: list[Record], asked: Format | None) -> Detection:
    if asked is not None:
        return Detection(asked, 1.0, "asked for")
    return detect(record.row for record in first if record.row is not None)


def _told(stream: Iterator[Record], progress: Progress | None) -> Iterator[Record]:
    if progress is None:
        yield from stream
        return
    done = 0
    for done, record in enumerate(stream, 1):
        if done % PROGRESS_ROWS == 0:
            progress(done, None)
        yield record
    progress(done, done)


def _encoding_notes(encoding: Encoding | None, into: Collector) -> None:
    if encoding is None:
        return
    if encoding.name != "utf-8":
        into.add(
            "file.encoding",
            "warning",
            f"the file is {encoding.name}, known by its {encoding.evidence}",
            hint="finetutor data convert writes UTF-8, which every trainer reads",
        )
    elif encoding.mark:
        into.add(
            "file.mark",
            "warning",
            "the file starts with a byte order mark",
            hint="some readers take it for part of the first key; finetutor data convert drops it",
        )


class _Run:
    """The state of one check."""

    def __init__(self, format: Format | None, options: CheckOptions, tokenizer: RowTokenizer | None) -> None:
        self.found = Collector(options.keep)
        self._format = format
        self._same = {format, *SAME_SHAPE.get(format, ())} if format else set()
        self._bailian = bailian.is_bailian(format)
        special = tokenizer.special_tokens if tokenizer else ()
        self._texts = TextChecks(self.found, personal=options.personal, special_tokens=special)
        self._repeats = Repeats(self.found) if options.repeats else None
        self._labels = Labels()
        self._lengths = (
            LengthChecks(tokenizer, options.max_length, options.loss_on, self.found) if tokenizer else None
        )
        self._languages: Counter[str] = Counter()
        self._readable = 0

    def row(self, record: Record) -> None:
        """Check one row."""
        found, line = self.found, record.line
        if record.row is None:
            problem = record.problem
            assert problem is not None  # a record has a row or a problem
            found.add(problem.code, "error", problem.message, line=line, hint=problem.hint)
            return
        self._readable += 1
        for key in repeated_keys(record):
            found.add(
                "row.duplicate-key",
                "error",
                f"the key {key[:60]!r} is there twice: the first is lost",
                line=line,
                hint="readers keep the last one without a word",
            )
        if self._format is None:
            found.add(
                "row.unknown-format",
                "error",
                "the keys fit no known format",
                line=line,
                hint="rename the columns, or name the format with --format",
            )
            return
        example = self._example(record, line)
        if example is None:
            return
        check_turns(example, line, found)
        if self._bailian:
            bailian.check_row(example, line, found)
        self._languages[language_of(self._texts.check(example, line))] += 1
        if self._repeats is not None:
            self._repeats.check(example, line)
        self._labels.add(example)
        if self._lengths is not None:
            self._lengths.check(example, line)

    def _example(self, record: Record, line: int) -> Example | None:
        assert record.row is not None and self._format is not None
        try:
            return parse(record.row, self._format)
        except DataError as error:
            other = shape_of_row(record.row)
            if other is not None and other not in self._same:
                self.found.add(
                    "row.other-format",
                    "error",
                    f"this row is {other}, the file is {self._format}",
                    line=line,
                    hint="convert the two parts apart",
                )
            else:
                self.found.add(
                    error.code, "error", error.message, line=line, field=error.field, hint=error.hint
                )
            return None

    def report(self, path: Path, encoding: Encoding | None, detection: Detection, rows: int) -> CheckReport:
        """Say what needs the whole file, and sum up."""
        self._texts.finish()
        self._labels.finish(self.found)
        lengths = self._lengths.summary() if self._lengths else None
        if self._bailian and self._format is not None:
            bailian.check_file(path, self._format, rows, lengths.total if lengths else None, self.found)
        kept = sorted(self.found.kept, key=lambda finding: (finding.line is None, finding.line or 0))
        return CheckReport(
            path=path,
            encoding="" if encoding is None else encoding.name,
            detection=detection,
            rows=rows,
            readable=self._readable,
            counts=dict(self.found.counts.most_common()),
            findings=tuple(kept),
            languages=dict(self._languages.most_common()),
            labels=self._labels.shares[:50],
            lengths=lengths,
        )
