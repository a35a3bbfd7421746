"""Find rows of one split that give away rows of another: exact, overlapping, near, same group, same template."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from labs.data.columns import column
from labs.data.convert import ticker
from labs.data.errors import DataError
from labs.data.examples import Example
from labs.data.formats import detect
from labs.data.near import NearIndex
from labs.data.ngrams import NgramIndex
from labs.data.normalise import digest, exact_digest, normal_digests, normalise
from labs.data.parsing import parse
from labs.data.reading import Progress, records

Kind = Literal["exact", "normalised", "near", "ngram", "group", "template"]
"""From the surest leak to the weakest sign; each pair of rows is reported under the first that fits."""

_TEMPLATE_CHARACTERS = 12


class LeakOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for.

    Attributes:
        ngram: words a shared run must have, 8 to 13.
        near: Jaccard index of 5-grams for near-duplicates, 0-1; None: do not look.
        group: dotted column of which a value must not be shared, such as ``meta.customer``; None: do not look. Only who
            made the rows knows whether a column names sources (conversations, customers) or kinds that belong in every split.
        templates: look for prompts that differ in numbers, quotations and Latin names only.
        keep: pairs kept of each kind and pair of splits; all are counted.
    """

    ngram: int = 13
    near: float | None = 0.8
    group: str | None = None
    templates: bool = True
    keep: int = 20


class Leak(msgspec.Struct, frozen=True, kw_only=True):
    """A pair of rows: ``line`` of ``split`` (read first: train) gives away ``other_line`` of ``other``."""

    kind: Kind
    split: str
    line: int
    other: str
    other_line: int
    similarity: float
    text: str
    other_text: str


class LeakReport(msgspec.Struct, frozen=True, kw_only=True):
    """Rows a split, leaking rows by ``"train > test"`` and kind, and the first pairs of each."""

    rows: dict[str, int]
    counts: dict[str, dict[str, int]]
    pairs: tuple[Leak, ...]

    @property
    def serious(self) -> int:
        """Rows whose content is in another split: everything but shared templates."""
        return sum(
            count for kinds in self.counts.values() for kind, count in kinds.items() if kind != "template"
        )


class _Row(msgspec.Struct, frozen=True):
    line: int
    example: Example
    group: str | None
    text: str


def find_leaks(
    splits: Mapping[str, Path], options: LeakOptions | None = None, *, progress: Progress | None = None
) -> LeakReport:
    """Compare every split with those after it; name them in the order train, validation, test.

    The later splits are held as indexes in memory (about 5 kB a row), the earlier ones are streamed past them.

    Raises:
        DataError: fewer than two splits, or a row that cannot be read (clean first).
    """
    options = options or LeakOptions()
    if len(splits) < 2:
        raise DataError("leak.one-split", "leakage needs at least two files", hint="name train and test")
    names = list(splits)
    indexes = {name: _Index(name, options) for name in names[1:]}
    counts: dict[str, dict[str, int]] = {}
    sizes: dict[str, int] = {}
    pairs: list[Leak] = []
    for name in names[1:]:
        tell = ticker(progress)
        for row in _read(splits[name], options):
            tell()
            indexes[name].insert(row)
        sizes[name] = len(indexes[name].shown)
        indexes[name].freeze()
    for at, name in enumerate(names[:-1]):
        tell = ticker(progress)
        seen: dict[str, Counter[str]] = {other: Counter() for other in names[at + 1 :]}
        sizes[name] = 0
        for row in _read(splits[name], options):
            tell()
            sizes[name] += 1
            for other, counter in seen.items():
                leak = indexes[other].find(row, name)
                if leak is not None:
                    counter[leak.kind] += 1
                    if counter[leak.kind] <= options.keep:
                        pairs.append(leak)
        counts.update({f"{name} > {other}": dict(counter) for other, counter in seen.items()})
    return LeakReport(rows={name: sizes[name] for name in names}, counts=counts, pairs=tuple(pairs))


def _read(path: Path, options: LeakOptions) -> Iterator[_Row]:
    first = [record.row for record, _ in zip(records(path), range(500), strict=False)]
    format = detect(row for row in first if row is not None).format
    if format is None:
        raise DataError("leak.unknown-format", "the keys fit no known format", path=path)
    for record in records(path):
        if record.row is None:
            problem = record.problem
            assert problem is not None  # a record has a row or a problem
            raise DataError(
                problem.code, problem.message, path=path, line=record.line, hint="finetutor data clean first"
            )
        try:
            example = parse(record.row, format)
        except DataError as error:
            raise DataError(
                error.code, error.message, path=path, line=record.line, field=error.field
            ) from error
        group = column(record.row, options.group) if options.group else None
        yield _Row(record.line, example, group, _compared(example))


def _compared(example: Example) -> str:
    """What is compared: all turns but the system's, which every row of a data set may share."""
    if example.text is not None:
        return example.text
    turns = (*example.turns, *example.chosen, *example.rejected)
    return "\n".join(turn.content for turn in turns if turn.role != "system")


class _Index:
    """One held-out split, ready to be asked which of its rows a new row gives away."""

    def __init__(self, name: str, options: LeakOptions) -> None:
        self.name = name
        self.shown: dict[int, str] = {}
        self._exact: dict[bytes, int] = {}
        self._normal: dict[bytes, int] = {}
        self._groups: dict[str, int] = {}
        self._templates: dict[bytes, int] = {}
        self._near = NearIndex(options.near) if options.near is not None else None
        self._ngrams = NgramIndex(options.ngram)
        self._use_templates = options.templates

    def insert(self, row: _Row) -> None:
        """Add one row."""
        self.shown[row.line] = row.text[:300]
        self._exact.setdefault(exact_digest(row.example), row.line)
        self._normal.setdefault(normal_digests(row.example)[0], row.line)
        if row.group is not None:
            self._groups.setdefault(row.group, row.line)
        if self._use_templates and (key := template_of(row.example)) is not None:
            self._templates.setdefault(key, row.line)
        if self._near is not None:
            self._near.insert(row.text, row.line)
        self._ngrams.insert(row.text, row.line)

    def freeze(self) -> None:
        """Make it ready for ``find``."""
        self._ngrams.freeze()

    def find(self, row: _Row, split: str) -> Leak | None:
        """The surest way in which ``row`` of ``split`` gives away a row of this split."""

        def leak(kind: Kind, line: int, similarity: float, text: str = "") -> Leak:
            return Leak(
                kind=kind,
                split=split,
                line=row.line,
                other=self.name,
                other_line=line,
                similarity=round(similarity, 4),
                text=text or row.text[:300],
                other_text=self.shown[line],
            )

        if (line := self._exact.get(exact_digest(row.example))) is not None:
            return leak("exact", line, 1.0)
        if (line := self._normal.get(normal_digests(row.example)[0])) is not None:
            return leak("normalised", line, 1.0)
        if self._near is not None and (near := self._near.find(row.text)) is not None:
            return leak("near", near.key, near.similarity)
        if (shared := self._ngrams.find(row.text)) is not None:
            return leak("ngram", shared.key, shared.share, shared.text)
        if row.group is not None and (line := self._groups.get(row.group)) is not None:
            return leak("group", line, 0.0)
        if self._use_templates and (key := template_of(row.example)) is not None:
            line = self._templates.get(key)
            if line is not None:
                return leak("template", line, 0.0)
        return None


_SLOTS = re.compile(
    r"""\d+(?:[.,]\d+)*|["“「『《'][^"”」』》'\n]{1,80}["”」』》']|\b[A-Z][a-z]+\b|[零一二三四五六七八九十百千万]+"""
)


def template_of(example: Example) -> bytes | None:
    """The last user turn with numbers, quotations and capitalised words as slots; None without slots or when short."""
    prompt = next((turn.content for turn in reversed(example.prompt) if turn.role == "user"), None)
    if prompt is None:
        return None
    masked, slots = _SLOTS.subn("\u25a1", prompt)
    plain = normalise(masked)
    return digest(plain) if slots and len(plain.decode()) >= _TEMPLATE_CHARACTERS else None
