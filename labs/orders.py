"""What a worker is told on stdin: one JSON object a line. First an order, then commands."""

from typing import Literal

import msgspec

from labs.spec import RunSpec


class Train(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="train", forbid_unknown_fields=True
):
    """Do, or go on with, one run in its folder."""

    folder: str
    """The run folder; it exists and holds ``spec.json``."""
    spec: RunSpec
    resume: bool = False
    allow_inexact: bool = False
    """Go on from a checkpoint without optimizer or RNG state."""
    parallel: bool = False
    """Train although another run of this home does."""


class Chat(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="chat", forbid_unknown_fields=True
):
    """Load a run's model and answer prompts, base and tuned side by side."""

    folder: str
    spec: RunSpec


Order = Train | Chat


class Stop(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="command", tag="stop", forbid_unknown_fields=True
):
    """Stop after this step, save, say so."""


class Ask(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="command", tag="ask", forbid_unknown_fields=True
):
    """Answer one prompt (only after a ``chat`` order)."""

    id: int
    prompt: str
    systems: tuple[Literal["base", "tuned"], ...] = ("base", "tuned")
    max_new_tokens: int = 96


Command = Stop | Ask
