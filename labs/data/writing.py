"""Write data files: beside their final name first, flushed to the disk, then renamed; never over the input."""

import contextlib
import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import msgspec

from labs.data.errors import DataError
from labs.data.reading import kind_of
from labs.data.records import Row

_encode = msgspec.json.Encoder().encode


@contextlib.contextmanager
def replacing(target: Path, *, force: bool = False, inputs: Iterable[Path] = ()) -> Iterator[IO[bytes]]:
    """A binary file that becomes ``target`` when the block ends well, and leaves nothing behind when it does not.

    Args:
        target: the final name.
        force: replace an existing file; never one of ``inputs``.
        inputs: files that must not be overwritten, whatever their spelling or links.

    Raises:
        DataError: ``write.*``: the target exists, is an input, or its folder cannot be written to.
    """
    allow(target, force=force, inputs=inputs)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.", suffix=".tmp")
    except OSError as error:
        raise DataError("write.folder", error.strerror or str(error), path=target) from error
    staged = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        staged.chmod(0o666 & ~umask)  # mkstemp makes private files; data files are as open as any other
        staged.replace(target)
    except OSError as error:
        staged.unlink(missing_ok=True)
        raise DataError("write.failed", error.strerror or str(error), path=target) from error
    except BaseException:
        staged.unlink(missing_ok=True)
        raise


def allow(target: Path, *, force: bool, inputs: Iterable[Path] = ()) -> None:
    """Raise a ``DataError`` unless ``target`` may be written; ask before hours of work, not after."""
    for source in inputs:
        if target.exists() and source.exists() and target.samefile(source):
            raise DataError(
                "write.input", "would overwrite the input", path=target, hint="choose another name"
            )
    if target.is_dir():
        raise DataError("write.is-folder", "is a folder", path=target)
    if target.exists() and not force:
        raise DataError("write.exists", "exists already", path=target, hint="--force replaces it")
    if not target.parent.is_dir():
        raise DataError(
            "write.no-folder", "its folder does not exist", path=target, hint=f"mkdir {target.parent}"
        )


class Writer:
    """Rows into one file of the kind its suffix says. A context manager; the file appears when it is left well."""

    def __init__(self, target: Path, *, force: bool = False, inputs: Iterable[Path] = ()) -> None:
        self.rows = 0
        self._target = target
        self._kind = kind_of(target)
        self._stack = contextlib.ExitStack()
        self._replacing = replacing(target, force=force, inputs=inputs)
        self._write: Callable[[Row], None]
        self._finish: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        self._file = self._stack.enter_context(self._replacing)
        prepare = {"jsonl": self._lines, "json": self._array, "csv": self._table, "parquet": self._parquet}
        prepare[self._kind]()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            try:
                self._finish()
            except BaseException as late:
                self._stack.__exit__(type(late), late, late.__traceback__)
                raise
        self._stack.__exit__(kind, error, trace)

    def write(self, row: Row) -> None:
        """Append ``row``."""
        self._write(row)
        self.rows += 1

    def _lines(self) -> None:
        self._write = lambda row: void(self._file.write(_encode(row) + b"\n"))

    def _array(self) -> None:
        def write(row: Row) -> None:
            self._file.write((b",\n" if self.rows else b"[\n") + _encode(row))

        self._write = write
        self._finish = lambda: void(self._file.write(b"\n]\n" if self.rows else b"[]\n"))

    def _table(self) -> None:
        # Excel takes a CSV for UTF-8 only when it starts with the mark.
        text = io.TextIOWrapper(self._file, encoding="utf-8-sig", newline="", write_through=True)
        self._stack.callback(lambda: text.detach())
        table = csv.writer(text, delimiter="\t" if self._target.suffix.lower() == ".tsv" else ",")
        header: list[str] = []

        def write(row: Row) -> None:
            if not header:
                header.extend(row)
                table.writerow(header)
            if unknown := [key for key in row if key not in header]:
                raise DataError(
                    "write.columns",
                    f"row {self.rows + 1} has columns the first row lacks: {', '.join(unknown)}",
                    path=self._target,
                    hint="write JSONL instead",
                )
            table.writerow([_cell(row.get(key)) for key in header])

        self._write = write

    def _parquet(self) -> None:
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError as error:
            raise DataError(
                "write.needs-pyarrow", "Parquet needs pyarrow", hint="pip install 'finetutor[labs]'"
            ) from error
        waiting: list[Row] = []
        writer: list[Any] = []

        def flush() -> None:
            if not waiting:
                return
            try:
                schema = writer[0].schema if writer else None
                if schema is not None and (
                    unknown := {key for row in waiting for key in row} - set(schema.names)
                ):
                    raise DataError(
                        "write.columns",
                        f"new columns late in the file: {', '.join(sorted(unknown))}",
                        path=self._target,
                        hint="write JSONL instead",
                    )
                names = {
                    key: None for row in waiting for key in row
                }  # from_pylist looks at the first row only
                table = pyarrow.Table.from_pylist(
                    waiting if schema else [{key: row.get(key) for key in names} for row in waiting],
                    schema=schema,
                )
                if not writer:
                    writer.append(parquet.ParquetWriter(self._file, table.schema))
                writer[0].write_table(table)
            except pyarrow.ArrowException as error:
                raise DataError(
                    "write.types",
                    str(error).split("\n")[0],
                    path=self._target,
                    hint="a column must keep one type; write JSONL instead",
                ) from error
            waiting.clear()

        def write(row: Row) -> None:
            waiting.append(row)
            if len(waiting) >= 4096:
                flush()

        def finish() -> None:
            flush()
            if writer:
                writer[0].close()

        # Also after an error: a writer that outlives its file complains when it is collected.
        self._stack.callback(lambda: void(writer and writer[0].close()))
        self._write, self._finish = write, finish


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _encode(value).decode()


def void(_: object) -> None:
    """Drop a result that a callback must not return."""
