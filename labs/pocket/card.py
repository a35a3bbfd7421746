"""The figures of the model card that can be checked: `model/card.json`, written by the build that made the weights."""

from pathlib import Path

import msgspec

TOLERANCE = 0.05
"""Nats a token by which a rebuild's held-out loss may differ: threads and libraries change the last digits."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What the shipped weights are."""

    parameters: int
    steps: int
    tokens: int
    """Tokens trained on, padding included."""
    seed: int
    held_out_seed: int
    held_out_loss: float
    """Nats a token, over documents drawn with the held-out seed."""
    sha256: str
    """Of `model.safetensors`."""


def read_card(folder: Path) -> Card:
    """The card beside the weights."""
    return msgspec.json.decode((folder / "card.json").read_bytes(), type=Card)


def write_card(folder: Path, card: Card) -> None:
    """Put the card beside the weights."""
    (folder / "card.json").write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n")
