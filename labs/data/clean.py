"""Clean a data file into a new one: repair, mask, filter, de-duplicate. Every removal is listed with its reason."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import msgspec

from labs.data.convert import ticker
from labs.data.errors import DataError
from labs.data.examples import Example, visible_text
from labs.data.findings import Collector
from labs.data.formats import Format, detect
from labs.data.near import NearIndex
from labs.data.normalise import exact_digest, language_of, normal_digests
from labs.data.parsing import parse
from labs.data.reading import Progress, records
from labs.data.records import Record, Row
from labs.data.rewriting import Rewriter
from labs.data.turn_checks import check_turns
from labs.data.writing import Writer, allow

_LOOK = 500


class CleanOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to clean.

    Attributes:
        format: the rows' format; detected by default.
        encoding: of the source; by default its byte order mark decides, else UTF-8.
        exact: remove rows with the same content as an earlier one.
        normalised: remove rows that differ from an earlier one in case, space or punctuation only.
        near: remove rows whose 5-grams overlap an earlier row's by at least this Jaccard index (0-1); None: keep them.
        broken: remove rows that cannot be read, do not fit the format, or have nothing to learn or a wrong role order.
        min_characters, max_characters: of everything visible in the row.
        languages: keep rows of these languages only (``zh``, ``en``, ``mixed``, ...); empty: keep all.
        tidy: NFC, no control or invisible direction characters, no white space at the ends.
        repair: undo mojibake from this codec, or ``"auto"``; None: leave it.
        mask_personal: replace phone numbers, ID cards and e-mail addresses by ``[PHONE]``, ``[ID]``, ``[EMAIL]``.
    """

    format: Format | None = None
    encoding: str | None = None
    exact: bool = True
    normalised: bool = True
    near: float | None = None
    broken: bool = True
    min_characters: int = 0
    max_characters: int | None = None
    languages: tuple[str, ...] = ()
    tidy: bool = True
    repair: str | None = None
    mask_personal: bool = False


class Removal(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row left out. ``like`` is the line it repeats; ``similarity`` how much, for near-duplicates."""

    line: int
    reason: str
    message: str
    like: int | None = None
    similarity: float | None = None
    row: Row | None = None


class CleanReport(msgspec.Struct, frozen=True, kw_only=True):
    """What cleaning did: ``removed`` and ``changed`` count rows by reason, ``removals`` is the list as JSON lines."""

    rows: int
    kept: int
    removed: dict[str, int]
    changed: dict[str, int]
    removals: Path


def removals_path(target: Path) -> Path:
    """Where the removals of ``target`` are listed: ``clean.jsonl`` has ``clean.removed.jsonl`` beside it."""
    return target.with_name(f"{target.stem}.removed.jsonl")


def clean(
    source: Path,
    target: Path,
    options: CleanOptions | None = None,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> CleanReport:
    """Write the good rows of ``source`` to ``target``, and the others with their reasons to ``removals_path(target)``.

    The first of several equal rows stays. Both files appear only when all went well; ``source`` is never changed.

    Raises:
        DataError: nothing can be read, no format is recognised, or a target may not be written.
    """
    options = options or CleanOptions()
    listing = removals_path(target)
    allow(listing, force=force, inputs=(source,))
    stream = records(source, options.encoding)
    first = list(islice(stream, _LOOK))
    format = options.format or detect(record.row for record in first if record.row is not None).format
    if format is None:
        raise DataError(
            "clean.unknown-format", "the keys fit no known format", path=source, hint="name it with --format"
        )
    cleaner = _Cleaner(format, options)
    removed: Counter[str] = Counter()
    tell = ticker(progress)
    rows = 0
    with (
        Writer(target, force=force, inputs=(source,)) as writer,
        Writer(listing, force=force, inputs=(source,)) as listed,
    ):
        for record in chain(first, stream):
            tell()
            rows += 1
            result = cleaner.judge(record)
            if isinstance(result, Removal):
                removed[result.reason] += 1
                listed.write(msgspec.to_builtins(result))
            else:
                writer.write(result)
    return CleanReport(
        rows=rows,
        kept=writer.rows,
        removed=dict(removed.most_common()),
        changed=dict(cleaner.rewriter.changed.most_common()),
        removals=listing,
    )


class _Cleaner:
    """Decides row by row; remembers what it kept."""

    def __init__(self, format: Format, options: CleanOptions) -> None:
        self._format = format
        self._options = options
        self.rewriter = Rewriter(
            tidy=options.tidy, repair=options.repair, mask_personal=options.mask_personal
        )
        self._exact: dict[bytes, int] = {}
        self._normal: dict[bytes, int] = {}
        self._near = NearIndex(options.near) if options.near is not None else None

    def judge(self, record: Record) -> Row | Removal:
        """The row to keep, or why it goes."""
        line = record.line
        if record.row is None:
            problem = record.problem
            assert problem is not None  # a record has a row or a problem
            return Removal(line, problem.code, problem.message)
        row = self.rewriter.rewrite(record.row)
        try:
            example = parse(row, self._format)
        except DataError as error:
            if self._options.broken:
                return Removal(line, error.code, f"{error.field}: {error.message}", row=record.row)
            return row
        for removal in self._reasons(example, line):
            return msgspec.structs.replace(removal, row=record.row)
        return row

    def _reasons(self, example: Example, line: int) -> Iterator[Removal]:
        options = self._options
        if options.broken:
            found = Collector(1)
            check_turns(example, line, found)
            for finding in found.kept:
                if finding.severity == "error":
                    yield Removal(line, finding.code, finding.message)
        text = visible_text(example)
        if len(text) < options.min_characters:
            yield Removal(
                line, "filter.short", f"{len(text)} characters, at least {options.min_characters} are wanted"
            )
        if options.max_characters is not None and len(text) > options.max_characters:
            yield Removal(
                line, "filter.long", f"{len(text)} characters, at most {options.max_characters} are wanted"
            )
        if options.languages and (language := language_of(text)) not in options.languages:
            yield Removal(line, "filter.language", f"the text is {language}")
        if options.exact and (like := self._exact.setdefault(exact_digest(example), line)) != line:
            yield Removal(line, "duplicate.exact", f"the same as line {like}", like)
        if options.normalised and (like := self._normal.setdefault(normal_digests(example)[0], line)) != line:
            yield Removal(
                line, "duplicate.normalised", f"line {like} but for case, space and punctuation", like
            )
        if self._near is not None and (near := self._near.add(text, line)) is not None:
            message = f"{near.similarity:.0%} of the 5-grams are shared with line {near.key}"
            yield Removal(line, "duplicate.near", message, near.key, round(near.similarity, 4))
