"""Convert a data file to another row format or file kind: exact, or with a list of everything that was left behind."""

from collections import Counter
from collections.abc import Callable
from itertools import chain, islice
from pathlib import Path

import msgspec

from labs.data.errors import DataError
from labs.data.formats import Format, detect
from labs.data.parsing import parse
from labs.data.reading import PROGRESS_ROWS, Progress, error_of, records
from labs.data.rendering import render
from labs.data.writing import Writer

_LOOK = 500
_KEEP = 100


class Skipped(msgspec.Struct, frozen=True):
    """A row that could not be converted, and why."""

    line: int
    code: str
    message: str


class ConvertReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a conversion did.

    Attributes:
        source_format: the format that was read.
        target_format: the format that was written.
        written: rows in the new file.
        dropped: what had no place in the new format, with the number of rows it was dropped from.
        skipped: the first hundred rows that could not be converted; ``skipped_rows`` counts all.
    """

    source_format: Format
    target_format: Format
    written: int
    dropped: dict[str, int]
    skipped: tuple[Skipped, ...]
    skipped_rows: int

    @property
    def exact(self) -> bool:
        """Whether nothing was left behind."""
        return not self.dropped and not self.skipped_rows


def convert(
    source: Path,
    target: Path,
    to: Format,
    *,
    from_format: Format | None = None,
    encoding: str | None = None,
    skip_bad: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> ConvertReport:
    """Write the rows of ``source`` to ``target`` as ``to``.

    Args:
        source: a data file of a known kind.
        target: the new file; its suffix chooses the kind. It appears only when all went well.
        to: the new row format.
        from_format: the present one; by default it is detected.
        encoding: of ``source``; by default its byte order mark decides, else UTF-8. UTF-8 is written.
        skip_bad: leave out rows that cannot be read or converted, and list them; otherwise the first is an error.
        force: replace ``target``; never ``source``.

    Raises:
        DataError: nothing can be read, the target may not be written, or a row cannot be converted.
    """
    stream = records(source, encoding)
    first = list(islice(stream, _LOOK))
    read_as = from_format or detect(record.row for record in first if record.row is not None).format
    if read_as is None:
        raise DataError(
            "convert.unknown-format", "the keys fit no known format", path=source, hint="name it with --from"
        )
    dropped: Counter[str] = Counter()
    skipped: list[Skipped] = []
    skipped_rows = 0
    tell = ticker(progress)
    with Writer(target, force=force, inputs=(source,)) as writer:
        for record in chain(first, stream):
            tell()
            try:
                if record.row is None:
                    raise error_of(source, record)
                rendered = render(parse(record.row, read_as), to)
            except DataError as error:
                if not skip_bad:
                    raise DataError(
                        error.code,
                        error.message,
                        path=source,
                        line=record.line,
                        field=error.field,
                        hint=error.hint or "--skip-bad leaves such rows out and lists them",
                    ) from error
                skipped_rows += 1
                if len(skipped) < _KEEP:
                    skipped.append(Skipped(record.line, error.code, error.message))
                continue
            dropped.update(set(rendered.dropped))
            writer.write(rendered.row)
    return ConvertReport(
        source_format=read_as,
        target_format=to,
        written=writer.rows,
        dropped=dict(dropped.most_common()),
        skipped=tuple(skipped),
        skipped_rows=skipped_rows,
    )


def ticker(progress: Progress | None, total: int | None = None) -> Callable[[], None]:
    """A function to call once a row, which calls ``progress`` once in a few thousand."""
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        if progress is not None and done % PROGRESS_ROWS == 0:
            progress(done, total)

    return tick
