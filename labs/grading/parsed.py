"""A bundle after its bytes were parsed, before its content is compared with anything."""

from typing import Any

import msgspec

from labs.events import Event
from labs.grading.adapter_config import LoraSettings
from labs.runs import Prediction, Scores
from labs.spec import RunSpec
from labs.submission.bundle import Bundle


class ManifestClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of ``manifest.json``."""

    run_id: str = ""
    files: dict[str, str] = {}
    data: dict[str, str] = {}
    base_model: dict[str, str] = {}
    versions: dict[str, str] = {}
    seed: int = 0
    hardware: dict[str, Any] = {}


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a bundle says, typed."""

    bundle: Bundle
    spec: RunSpec
    events: list[Event]
    manifest: ManifestClaims | None
    """None for a run that did not complete."""
    predictions: list[Prediction]
    scores: Scores
    answers: dict[str, float]
    digests: dict[str, str]
    """SHA-256 of its files, as they are."""
    settings: LoraSettings | None
    """None after full fine-tuning, and where there is no adapter."""
