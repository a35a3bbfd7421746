"""Augment training data: reworded questions with the answers unchanged, each new row saying where it came from.

Augment after splitting and only the training part: a paraphrase of a test row in the training set is a leak.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path

import msgspec

from labs.data.convert import ticker
from labs.data.errors import DataError
from labs.data.examples import Example, Turn
from labs.data.formats import Format, detect
from labs.data.normalise import normal_digests
from labs.data.paraphrase import RULES, Rule
from labs.data.parsing import parse
from labs.data.reading import Progress, error_of, records
from labs.data.records import Record, Row
from labs.data.rendering import render
from labs.data.writing import Writer

_HELD_OUT = re.compile(r"(?:^|[^a-z])(test|valid|validation|val|dev|eval|holdout)(?:[^a-z]|$)", re.I)
_LOOK = 500


class AugmentOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to augment.

    Attributes:
        rules: names from ``paraphrase.RULES``, tried in a seeded order for each row.
        per_row: new rows a row, at most.
        ratio: new rows in all, at most, as a multiple of the rows read.
        seed: the same seed and file give the same rows.
        format: the rows' format; detected by default.
    """

    rules: tuple[str, ...] = tuple(RULES)
    per_row: int = 1
    ratio: float = 1.0
    seed: int = 42
    format: Format | None = None


class AugmentReport(msgspec.Struct, frozen=True, kw_only=True):
    """Rows read and added, additions by rule, and those refused because they repeat a row or a held-out one."""

    rows: int
    added: int
    by_rule: dict[str, int]
    repeated: int
    held_out: int


def augment(
    source: Path,
    target: Path,
    options: AugmentOptions | None = None,
    *,
    held_out: Sequence[Path] = (),
    extra_rules: Mapping[str, Rule] | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> AugmentReport:
    """Write the rows of ``source`` and reworded copies of them to ``target``.

    Each copy keeps the row's columns (its group above all), gets the id ``<id>-a1`` and
    ``"augmented": {"from", "line", "rule", "seed"}``.

    Args:
        source: the training split; a name such as ``test.jsonl`` is refused.
        target: the new file.
        options: how to augment.
        held_out: validation and test files: a copy whose content or question is in one of them is refused.
        extra_rules: further rules by name, such as an ``EndpointParaphraser``; used beside ``options.rules``.
        force: replace ``target``.
        progress: called every few thousand rows.

    Raises:
        DataError: not a training file, an unknown rule, a row that cannot be read, or plain text, which has no question.
    """
    options = options or AugmentOptions()
    if (match := _HELD_OUT.search(source.stem)) is not None:
        raise DataError(
            "augment.not-training",
            f"the name says {match.group(1)}: only training data is augmented",
            path=source,
            hint="augmented test rows measure nothing",
        )
    rules = _rules(options, extra_rules or {})
    stream = records(source)
    first = list(islice(stream, _LOOK))
    format = options.format or detect(record.row for record in first if record.row is not None).format
    if format is None or format in (Format.TEXT, Format.BAILIAN_CPT):
        raise DataError("augment.no-questions", "these rows have no question to reword", path=source)
    refused = _Refused(held_out)
    by_rule: Counter[str] = Counter()
    # Originals first: a copy must not take the place of a row that comes later.
    for _, example in _examples(source, records(source), format):
        refused.originals.add(normal_digests(example)[0])
    tell = ticker(progress)
    count = 0
    with Writer(target, force=force, inputs=(source, *held_out)) as writer:
        for record, example in _examples(source, chain(first, stream), format):
            tell()
            count += 1
            assert record.row is not None  # _examples yields readable rows
            writer.write(record.row)
            made = 0
            for name, copy in _copies(example, rules, options, record.line):
                if made == options.per_row or by_rule.total() >= options.ratio * count:
                    break
                if not refused.take(copy):
                    continue
                made += 1
                by_rule[name] += 1
                writer.write(_with_origin(render(copy, format).row, record, name, made, options.seed))
    return AugmentReport(
        rows=count,
        added=by_rule.total(),
        by_rule=dict(by_rule),
        repeated=refused.repeated,
        held_out=refused.leaked,
    )


def _rules(options: AugmentOptions, extra: Mapping[str, Rule]) -> dict[str, Rule]:
    if unknown := [name for name in options.rules if name not in RULES]:
        raise DataError(
            "augment.unknown-rule",
            f"no rule is called {', '.join(unknown)}",
            hint=f"there are {', '.join(RULES)}",
        )
    rules = {name: RULES[name] for name in options.rules} | dict(extra)
    if not rules:
        raise DataError("augment.no-rules", "no rule was named", hint=f"there are {', '.join(RULES)}")
    return rules


def _examples(path: Path, stream: Iterator[Record], format: Format) -> Iterator[tuple[Record, Example]]:
    for record in stream:
        if record.row is None:
            raise error_of(path, record)
        try:
            yield record, parse(record.row, format)
        except DataError as error:
            raise DataError(
                error.code, error.message, path=path, line=record.line, field=error.field
            ) from error


def _copies(
    example: Example, rules: Mapping[str, Rule], options: AugmentOptions, line: int
) -> Iterator[tuple[str, Example]]:
    """Reworded copies, one a rule; only the last question is touched."""
    randomness = random.Random(f"{options.seed}:{line}")
    names = list(rules)
    randomness.shuffle(names)
    at = next((at for at in reversed(range(len(example.prompt))) if example.prompt[at].role == "user"), None)
    if at is None:
        return
    question = example.turns[at]
    for name in names:
        said = rules[name](question.content, randomness)
        if said is not None and said != question.content:
            turns = (*example.turns[:at], Turn(question.role, said, question.extra), *example.turns[at + 1 :])
            yield name, msgspec.structs.replace(example, turns=turns)


class _Refused:
    """Content that must not be written again."""

    def __init__(self, held_out: Sequence[Path]) -> None:
        self.originals: set[bytes] = set()
        self.repeated = self.leaked = 0
        self._held: set[bytes] = set()
        for path in held_out:
            rows = list(islice(records(path), _LOOK))
            format = detect(record.row for record in rows if record.row is not None).format
            if format is None:
                raise DataError("augment.unknown-format", "the keys fit no known format", path=path)
            for _, example in _examples(path, records(path), format):
                self._held.update(digest for digest in normal_digests(example) if digest)

    def take(self, copy: Example) -> bool:
        """Whether ``copy`` is new; it counts as written from then on."""
        whole, prompt = normal_digests(copy)
        if whole in self._held or prompt in self._held:
            self.leaked += 1
            return False
        if whole in self.originals:
            self.repeated += 1
            return False
        self.originals.add(whole)
        return True


def _with_origin(row: Row, record: Record, rule: str, number: int, seed: int) -> Row:
    assert record.row is not None  # only readable rows are copied
    origin = record.row.get("id")
    if isinstance(origin, str | int):
        row["id"] = f"{origin}-a{number}"
    row["augmented"] = {"from": origin, "line": record.line, "rule": rule, "seed": seed}
    return row
