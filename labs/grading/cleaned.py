"""What a bundle says, made fit to be kept and shown: no control characters, no paths, nothing endless."""

import contextlib
from pathlib import Path
from typing import Any

import msgspec

from labs.grading.evidence import Finding
from labs.grading.limits import Limits
from labs.grading.parsed import Parsed
from labs.grading.strict_json import parse_document
from labs.measured import measure_events
from labs.runs import Scores
from labs.spec import RunSpec
from labs.submission.bundle import Bundle, QuizAnswer
from metrics.clean import clean
from metrics.score import Score


def clean_finding(finding: Finding) -> Finding:
    """A finding whose texts are cut and clean."""
    values = {
        name: clean(value, one_line=True)[:200] if isinstance(value, str) else value
        for name, value in finding.values.items()
    }
    return msgspec.structs.replace(
        finding, message=clean(finding.message, one_line=True)[:400], values=values
    )


def clean_spec(spec: RunSpec) -> RunSpec:
    """The spec without control characters, and without the paths of a student's home."""
    texts = {
        name: clean(value, one_line=True)[:200]
        for name in RunSpec.__struct_fields__
        if isinstance(value := getattr(spec, name), str)
    }
    texts["base_model"] = Path(texts["base_model"]).name or texts["base_model"]
    for name in ("train_file", "validation_file", "test_file", "mix_file", "probe_file"):
        texts[name] = Path(texts[name]).name
    prompts = tuple(clean(prompt)[:400] for prompt in spec.sample_prompts[:8])
    return msgspec.structs.replace(spec, sample_prompts=prompts, **texts)


def clean_scores(scores: dict[str, Score]) -> dict[str, Score]:
    """Claimed scores without the parts that nobody reads."""
    return {
        clean(name, one_line=True)[:60]: msgspec.structs.replace(
            score,
            name=clean(score.name, one_line=True)[:60],
            signature=clean(score.signature, one_line=True)[:400],
            parts={},
            warnings=tuple(clean(text, one_line=True)[:200] for text in score.warnings[:5]),
        )
        for name, score in list(scores.items())[:40]
    }


def clean_data(parsed: Parsed) -> dict[str, str]:
    """Digests of the rows trained on, as the manifest gives them."""
    claimed = {} if parsed.manifest is None else parsed.manifest.data
    return {
        clean(name, one_line=True)[:40]: clean(digest, one_line=True)[:64]
        for name, digest in list(claimed.items())[:20]
    }


def clean_who(bundle: Bundle) -> dict[str, Any]:
    """Whose run of what it says it is."""
    return {
        "student": clean(bundle.student, one_line=True)[:80],
        "name": clean(bundle.name, one_line=True)[:120],
        "lab": clean(bundle.lab, one_line=True)[:80],
        "run_id": clean(bundle.run_id, one_line=True)[:120],
        "outcome": clean(bundle.outcome, one_line=True)[:20],
    }


def clean_said(texts: dict[str, bytes], limits: Limits) -> tuple[list[Finding], dict[str, Any]]:
    """Reflections and quiz answers, cleaned and cut to a length a person can be asked to read."""
    reflections: list[str] = []
    quiz: list[QuizAnswer] = []
    if "reflections.json" in texts:
        reflections = parse_document(texts["reflections.json"], list[str], "reflections.json", limits)
    if "quiz.json" in texts:
        quiz = parse_document(texts["quiz.json"], list[QuizAnswer], "quiz.json", limits)
    cut = [number for number, text in enumerate(reflections, 1) if len(text) > limits.text_characters]
    findings = [
        Finding(code="text.cut", severity="note", message=f"text {number} is cut.", where="reflections.json")
        for number in cut
    ]
    return findings, {
        "reflections": tuple(clean(text[: limits.text_characters]) for text in reflections[:50]),
        "quiz": {clean(one.question, one_line=True)[:120]: _clean_answer(one.answer) for one in quiz[:200]},
    }


def _clean_answer(answer: str | tuple[str, ...]) -> str | tuple[str, ...]:
    if isinstance(answer, str):
        return clean(answer, one_line=True)[:400]
    return tuple(clean(part, one_line=True)[:200] for part in answer[:50])


def clean_measured(parsed: Parsed) -> dict[str, Any]:
    """What the log measured, for predictions and calibration; its scores are left out: those are recomputed."""
    groups: dict[str, Any] = {}
    with contextlib.suppress(ValueError, ArithmeticError):
        measured = measure_events(parsed.spec, parsed.events, Scores())
        groups = {
            name: values
            for name, values in measured.groups.items()
            if name in ("plan", "train", "run", "curve")
        }
    return {
        group: {
            name: clean(value, one_line=True)[:200] if isinstance(value, str) else value
            for name, value in values.items()
        }
        for group, values in groups.items()
    }
