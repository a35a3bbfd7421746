"""Split a data file so that what is measured was not trained on: whole groups, equal prompts together, strata kept."""

import contextlib
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import msgspec

from labs.data.columns import column
from labs.data.convert import ticker
from labs.data.errors import DataError
from labs.data.examples import Example
from labs.data.formats import Format, detect
from labs.data.normalise import normal_digests
from labs.data.parsing import parse
from labs.data.reading import Progress, records, rows
from labs.data.records import Row
from labs.data.writing import Writer, allow

NAMES = ("train", "validation", "test")


class SplitOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to split.

    Attributes:
        shares: of train, validation and test; they sum to 1, and 0 leaves a part out.
        seed: the same seed and file give the same split.
        group: dotted column whose equal values stay together (conversation, customer, source); None: every row alone.
        stratify: dotted column whose values each part gets in the same proportion; ``"answer"`` takes the answer.
        same_prompt: keep rows with the same prompt (after normalisation) together, whatever their group.
        encoding: of the source; by default its byte order mark decides, else UTF-8.
    """

    shares: tuple[float, float, float] = (0.8, 0.1, 0.1)
    seed: int = 42
    group: str | None = None
    stratify: str | None = None
    same_prompt: bool = True
    encoding: str | None = None


class SplitReport(msgspec.Struct, frozen=True, kw_only=True):
    """Rows a part, groups a part, rows by stratum and part, and rows whose group column was missing."""

    files: dict[str, Path]
    rows: dict[str, int]
    groups: dict[str, int]
    strata: dict[str, dict[str, int]]
    without_group: int


def split(
    source: Path,
    folder: Path,
    options: SplitOptions | None = None,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> SplitReport:
    """Write ``train``, ``validation`` and ``test`` files of the source's kind into ``folder`` (made if missing).

    The file is read twice: once to see its groups (about 200 bytes a row in memory), once to deal the rows out.

    Raises:
        DataError: shares that do not sum to 1, an unreadable row, a column no row has, or too few groups.
    """
    options = options or SplitOptions()
    if any(share < 0 for share in options.shares) or abs(sum(options.shares) - 1) > 1e-6:
        raise DataError("split.shares", f"{options.shares} must be three shares that sum to 1")
    files = {
        name: folder / f"{name}{source.suffix.lower()}"
        for name, share in zip(NAMES, options.shares, strict=True)
        if share > 0
    }
    folder.mkdir(parents=True, exist_ok=True)
    for target in files.values():
        allow(target, force=force, inputs=(source,))
    members, strata, without = _survey(source, options, progress)
    part_of = _assign(members, strata, options)
    wanted = list(files)
    counts: Counter[str] = Counter()
    tell = ticker(progress, len(members))
    writers = {name: Writer(target, force=force, inputs=(source,)) for name, target in files.items()}
    with contextlib.ExitStack() as stack:
        for writer in writers.values():
            stack.enter_context(writer)
        for at, (_, row) in enumerate(rows(source, options.encoding)):
            tell()
            name = wanted[part_of[members[at]]]
            writers[name].write(row)
            counts[name] += 1
    groups = Counter(wanted[part] for part in part_of.values())
    by_stratum: dict[str, dict[str, int]] = {}
    if options.stratify:
        for at, stratum in enumerate(strata):
            inner = by_stratum.setdefault(stratum, dict.fromkeys(wanted, 0))
            inner[wanted[part_of[members[at]]]] += 1
    return SplitReport(
        files=files,
        rows={name: counts[name] for name in wanted},
        groups={name: groups[name] for name in wanted},
        strata=by_stratum,
        without_group=without,
    )


def _survey(
    source: Path, options: SplitOptions, progress: Progress | None
) -> tuple[list[int], list[str], int]:
    """Each row's group (an arbitrary number, equal for rows that must stay together) and stratum."""
    first = [record.row for record, _ in zip(records(source, options.encoding), range(500), strict=False)]
    format = detect(row for row in first if row is not None).format
    union = _Union()
    owner_of_group: dict[str, int] = {}
    owner_of_prompt: dict[bytes, int] = {}
    strata: list[str] = []
    without = at = 0
    tell = ticker(progress)
    for at, (line, row) in enumerate(rows(source, options.encoding)):
        tell()
        union.add()
        if options.group is not None:
            group = column(row, options.group)
            if group is None:
                without += 1
            else:
                union.join(owner_of_group.setdefault(group, at), at)
        example = None
        if format is not None and (options.same_prompt or options.stratify == "answer"):
            example = _example(source, line, row, format)
            whole, prompt = normal_digests(example)
            if options.same_prompt:
                union.join(owner_of_prompt.setdefault(prompt or whole, at), at)
        if options.stratify == "answer":
            strata.append(example.answer.strip()[:200] if example else "")
        else:
            strata.append((column(row, options.stratify) or "") if options.stratify else "")
    if options.group is not None and without == at + 1:
        raise DataError(
            "split.no-group", f"no row has the column {options.group}", path=source, hint="see --group"
        )
    if options.stratify and not any(strata):
        raise DataError("split.no-stratum", f"no row has the column {options.stratify}", path=source)
    return union.roots(), strata, without


def _example(source: Path, line: int, row: Row, format: Format) -> Example:
    try:
        return parse(row, format)
    except DataError as error:
        raise DataError(
            error.code,
            error.message,
            path=source,
            line=line,
            field=error.field,
            hint="finetutor data clean first",
        ) from error


class _Union:
    """Disjoint sets of row numbers, with path halving."""

    def __init__(self) -> None:
        self._parent: list[int] = []

    def add(self) -> None:
        self._parent.append(len(self._parent))

    def find(self, at: int) -> int:
        parent = self._parent
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    def join(self, one: int, other: int) -> None:
        # The earlier row is the root, so that the result does not depend on the order of joins.
        low, high = sorted((self.find(one), self.find(other)))
        self._parent[high] = low

    def roots(self) -> list[int]:
        return [self.find(at) for at in range(len(self._parent))]


def _assign(members: Sequence[int], strata: Sequence[str], options: SplitOptions) -> dict[int, int]:
    """Group to part: large groups first, each to the part that lacks its strata most. Ties fall to chance, seeded."""
    shares = [share for share in options.shares if share > 0]
    contents: dict[int, Counter[str]] = defaultdict(Counter)
    for group, stratum in zip(members, strata, strict=True):
        contents[group][stratum] += 1
    if len(contents) < len(shares):
        raise DataError(
            "split.too-few-groups",
            f"{len(contents)} groups cannot fill {len(shares)} parts",
            hint="choose a finer group, or leave a part out with a share of 0",
        )
    totals = Counter(strata)
    order = sorted(contents)
    random.Random(options.seed).shuffle(order)
    order.sort(key=lambda group: -contents[group].total())
    need = [{stratum: share * count for stratum, count in totals.items()} for share in shares]
    room = [share * len(members) for share in shares]
    filled = [0] * len(shares)
    part_of = {}
    for rank, group in enumerate(order):
        mine = contents[group]
        empty = [part for part, count in enumerate(filled) if not count]
        # The last groups go to parts that would otherwise stay empty: a test set of nothing measures nothing.
        open_parts = empty if len(order) - rank <= len(empty) else range(len(shares))

        def lack(part: int, mine: Counter[str] = mine) -> tuple[float, float]:
            by_stratum = sum(need[part][key] / shares[part] * count for key, count in mine.items())
            return by_stratum / mine.total(), room[part] / shares[part]

        best = max(open_parts, key=lack)
        part_of[group] = best
        filled[best] += 1
        room[best] -= mine.total()
        for key, count in mine.items():
            need[best][key] -= count
    return part_of
