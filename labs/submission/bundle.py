"""What a bundle holds: the names that are known, and ``bundle.json`` that says who hands in what."""

from typing import Literal

import msgspec

BUNDLE = "bundle.json"
ADAPTER = "adapter/adapter_model.safetensors"
ADAPTER_CONFIG = "adapter/adapter_config.json"
FULL_MODEL = "adapter/model.safetensors"
MINIMUM = (BUNDLE, "spec.json", "events.jsonl")
"""What a run has that did not complete."""
REQUIRED = (BUNDLE, "spec.json", "events.jsonl", "manifest.json", "predictions.jsonl", "scores.json")
OPTIONAL = (ADAPTER, ADAPTER_CONFIG, FULL_MODEL, "answers.json", "reflections.json", "quiz.json")
KNOWN = frozenset(REQUIRED + OPTIONAL)
"""Every name a bundle may have; anything else is refused."""


class BundleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file as it was packed."""

    bytes: int
    sha256: str


class Bundle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``bundle.json``."""

    format_version: Literal[1] = 1
    student: str
    name: str = ""
    lab: str
    run_id: str
    outcome: str
    """How the run ended; ``completed``, unless the student insisted on an unfinished one."""
    files: dict[str, BundleFile]
    """Every other file of the bundle."""


class QuizAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer to a question of the assignment, as typed: text, one of the options' ids, or several."""

    question: str
    answer: str | tuple[str, ...]


def bundle_name(student: str, lab: str, run_id: str) -> str:
    """``ID_LAB_RUNID.zip`` with everything but letters, digits, dots and dashes left out."""
    safe = [
        "".join(c for c in part if c.isalnum() or c in ".-").strip(".") or "x"
        for part in (student, lab, run_id)
    ]
    return "_".join(safe) + ".zip"
