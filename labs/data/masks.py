"""The label mask of single rows, token by token: what the model reads, what it learns, what max_length cuts off."""

from itertools import islice
from pathlib import Path
from typing import Literal

import msgspec

from labs.data.errors import DataError
from labs.data.examples import Example
from labs.data.formats import Format, detect
from labs.data.parsing import parse
from labs.data.reading import records
from labs.data.tokens import LossOn, RowTokenizer

State = Literal["read", "learned", "cut"]
"""read: label -100; learned: the label is the token; cut: beyond max_length, the trainer never sees it."""


class MaskedToken(msgspec.Struct, frozen=True):
    """One token: its id, its text, and what training does with it."""

    id: int
    text: str
    state: State


class LabelMask(msgspec.Struct, frozen=True, kw_only=True):
    """One row, token by token.

    Attributes:
        line: line in the file; 0 for a row that is in no file.
        tokens: in order.
        source: how the mask was found: ``generation marks``, ``prefixes``, ``completion`` or ``all tokens``.
        ends_turn: whether the last learned token that is not cut closes the answer.
    """

    line: int
    tokens: tuple[MaskedToken, ...]
    source: str
    ends_turn: bool

    @property
    def learned(self) -> int:
        """Tokens that are learned."""
        return sum(token.state == "learned" for token in self.tokens)


def label_mask(
    example: Example,
    tokenizer: RowTokenizer,
    *,
    loss_on: LossOn = "response",
    max_length: int | None = None,
    line: int = 0,
) -> LabelMask:
    """The mask of one example.

    Raises:
        DataError: no chat template, or it refuses the row.
    """
    encoded = tokenizer.encode(example, loss_on)
    limit = len(encoded.ids) if max_length is None else max_length
    tokens = tuple(
        MaskedToken(number, text, "cut" if at >= limit else "learned" if learn else "read")
        for at, (number, text, learn) in enumerate(
            zip(encoded.ids, tokenizer.tokens(encoded), encoded.learned, strict=True)
        )
    )
    # A token that was cut off cannot end the turn, however well the template closes it.
    cut = any(learn for learn in encoded.learned[limit:])
    return LabelMask(line=line, tokens=tokens, source=encoded.source, ends_turn=encoded.ends_turn and not cut)


def first_masks(
    path: Path,
    tokenizer: RowTokenizer,
    *,
    rows: int = 3,
    format: Format | None = None,
    loss_on: LossOn = "response",
    max_length: int | None = None,
) -> tuple[LabelMask, ...]:
    """The masks of the first ``rows`` readable rows of ``path``.

    Raises:
        DataError: as ``label_mask``, or no format is recognised.
    """
    first = [record for record in islice(records(path), 500) if record.row is not None]
    format = format or detect(record.row for record in first if record.row is not None).format
    if format is None:
        raise DataError(
            "mask.unknown-format", "the keys fit no known format", path=path, hint="name it with --format"
        )
    masks: list[LabelMask] = []
    for record in first:
        if len(masks) == rows:
            break
        assert record.row is not None  # filtered above
        try:
            example = parse(record.row, format)
        except DataError:
            continue  # check lists it
        masks.append(label_mask(example, tokenizer, loss_on=loss_on, max_length=max_length, line=record.line))
    return tuple(masks)
