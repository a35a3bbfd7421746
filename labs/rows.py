"""Rows of conversations, as they lie in JSON Lines: the last answer is the reference."""

import hashlib
from pathlib import Path
from typing import Any, Literal

import msgspec

from labs.data.errors import DataError
from labs.row_split import drawn, split_digest
from labs.spec import RunSpec

TASKS = Path(__file__).parent / "data" / "tasks"
LINE_LIMIT = 4 * 2**20


class Message(msgspec.Struct, frozen=True):
    """One turn."""

    role: Literal["system", "user", "assistant"]
    content: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One conversation that ends with the answer to learn, or to compare with."""

    messages: tuple[Message, ...]
    id: str = ""
    lang: str = ""
    group: str = ""
    meta: dict[str, Any] = {}

    @property
    def prompt(self) -> list[dict[str, str]]:
        """All turns but the last, as chat templates take them."""
        return [{"role": turn.role, "content": turn.content} for turn in self.messages[:-1]]

    @property
    def completion(self) -> list[dict[str, str]]:
        """The last turn."""
        return [{"role": "assistant", "content": self.reference}]

    @property
    def reference(self) -> str:
        """What a perfect model answers."""
        return self.messages[-1].content

    @property
    def question(self) -> str:
        """The last thing the user said."""
        return next((turn.content for turn in reversed(self.messages) if turn.role == "user"), "")


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one run. Files that the spec does not ask for are empty."""

    train: list[Row]
    validation: list[Row]
    test: list[Row]
    probe: list[Row]
    digests: dict[str, str]
    """SHA-256 of each file, by its part; of rows drawn from one also as ``train_split``, ``validation_split``."""
    folder: Path | None
    """The task's folder, where the rows are a task's."""


def task_names() -> list[str]:
    """The tasks that ship, by name."""
    return sorted({path.parent.name for path in TASKS.glob("*/test*.jsonl")})


def read_rows_of(spec: RunSpec) -> Rows:
    """Read what the spec names.

    Raises:
        DataError: a file is missing, or a line is no row.
    """
    folder = TASKS / spec.task if spec.task else None
    if folder is not None and not folder.is_dir():
        raise DataError(
            "data.unknown_task", f"no such task: {spec.task}.", path=folder, hint=f"There are: {', '.join(task_names())}."
        )  # fmt: skip
    digests: dict[str, str] = {}

    def part(name: str, given: str, default: str) -> list[Row]:
        path = folder / (given or default) if folder is not None and (given or default) else Path(given)
        if not given and (folder is None or not default):
            return []
        digests[name] = hashlib.sha256(_bytes(path)).hexdigest()
        return read_rows(path)

    def own(name: str, given: str, default: str) -> list[Row]:
        rows = part(name, given, default)
        if spec.split_seed is None or not rows:
            return rows
        rows = drawn(rows, spec.split_seed, spec.split_share)
        digests[f"{name}_split"] = split_digest(rows)
        return rows

    train = own("train", spec.train_file, "train.jsonl")[: spec.train_rows]
    mix = part("mix", spec.mix_file, "")
    wants_validation = bool(spec.eval_steps or spec.validation_file)
    wants_test = spec.evaluate or not spec.sample_prompts
    return Rows(
        train=train + mix,
        validation=own("validation", spec.validation_file, "validation.jsonl") if wants_validation else [],
        test=part("test", spec.test_file, "test.jsonl")[: spec.test_rows] if wants_test else [],
        probe=part("probe", spec.probe_file, ""),
        digests=digests,
        folder=folder,
    )


def read_rows(path: Path) -> list[Row]:
    """Read one file of rows.

    Raises:
        DataError: missing, empty, not UTF-8, or a line that is no row, with its number.
    """
    rows: list[Row] = []
    for number, line in enumerate(_bytes(path).removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        if len(line) > LINE_LIMIT:
            raise DataError(
                "data.long_line", f"{len(line):,} bytes; at most {LINE_LIMIT:,}", path=path, line=number
            )
        try:
            row = msgspec.json.decode(line, type=Row)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DataError(
                "data.bad_row",
                str(error),
                path=path,
                line=number,
                hint='Each line is {"messages": [...]}; `finetutor data check` tells more.',
            ) from error
        if len(row.messages) < 2 or row.messages[-1].role != "assistant":
            raise DataError(
                "data.no_answer",
                "a row ends with the assistant's answer to something",
                path=path,
                line=number,
            )
        rows.append(row if row.id else msgspec.structs.replace(row, id=f"line-{number}"))
    if not rows:
        raise DataError("data.empty", "holds no rows", path=path, hint="`finetutor data check` tells more.")
    return rows


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError("data.missing", f"cannot be read: {error.strerror}", path=path) from error
