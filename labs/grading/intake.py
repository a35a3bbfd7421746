"""Take in one bundle, in a child: parse its bytes, write what was parsed anew, say what was found."""

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from labs.check_spec import check_spec
from labs.errors import SpecError
from labs.events import Evaluation, Event, Plan
from labs.grading.adapter_config import LoraSettings, parse_adapter_config
from labs.grading.arithmetic import arithmetic_findings, trained_steps
from labs.grading.cleaned import clean_data, clean_finding, clean_scores, clean_spec
from labs.grading.evidence import AdapterFacts, EvaluationPoint, Finding, Point
from labs.grading.expectation import Expectation
from labs.grading.layout import canonical_lora_names, lora_layout
from labs.grading.limits import Limits
from labs.grading.parsed import ManifestClaims, Parsed
from labs.grading.strict_json import parse_document, parse_lines
from labs.grading.tensors import Shape, TensorFile, check_layout, read_header, write_canonical
from labs.grading.unpack import UnpackFolder
from labs.grading.zip_reader import Entry, copy_out, open_archive, read_entries, read_entry
from labs.measured import measure_events
from labs.runs import Prediction, Scores
from labs.spec import RunSpec
from labs.submission.bundle import (
    ADAPTER,
    ADAPTER_CONFIG,
    BUNDLE,
    FULL_MODEL,
    MINIMUM,
    REQUIRED,
    Bundle,
    QuizAnswer,
)
from labs.submission.errors import SubmissionError
from metrics.clean import clean
from metrics.score import Score


class IntakeOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What the child is told."""

    archive: str
    digest: str
    """SHA-256 that the parent found; another one now means that the file is being changed."""
    folder: str
    """Made by the child; its parent exists."""
    expected: Expectation
    limits: Limits


class IntakeReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the child says back. Where a finding is ``refused``, the rest is as far as it came."""

    student: str = ""
    name: str = ""
    lab: str = ""
    run_id: str = ""
    outcome: str = ""
    intake: tuple[Finding, ...] = ()
    arithmetic: tuple[Finding, ...] = ()
    spec: RunSpec | None = None
    adapter: AdapterFacts | None = None
    claimed: dict[str, Score] = {}
    claimed_base: dict[str, Score] = {}
    steps: tuple[Point, ...] = ()
    evaluations: tuple[EvaluationPoint, ...] = ()
    plan: dict[str, float | int | str] = {}
    data: dict[str, str] = {}
    """Digests of the rows trained on, as the manifest gives them."""
    answers: dict[str, float] = {}
    reflections: tuple[str, ...] = ()
    quiz: dict[str, str | tuple[str, ...]] = {}
    measured: dict[str, Any] = {}

    @property
    def refused(self) -> bool:
        """Whether it goes no further."""
        return any(finding.severity == "refused" for finding in self.intake)


def take_in(order: IntakeOrder) -> IntakeReport:
    """Parse a bundle and fill ``order.folder``; where it is refused, nothing stays there.

    Raises:
        OSError: the folder cannot be written: the instructor's disk, not the student's doing.
    """
    folder = UnpackFolder(Path(order.folder))
    known: dict[str, Any] = {}
    try:
        return _take_in(order, folder, known)
    except SubmissionError as error:
        for path in Path(order.folder).iterdir():
            folder.remove(path.name)
        finding = Finding(
            code=error.code,
            severity="refused",
            message=clean(error.message, one_line=True),
            where=clean(error.where),
        )
        return IntakeReport(intake=(finding,), **known)
    finally:
        folder.close()


def _take_in(order: IntakeOrder, folder: UnpackFolder, known: dict[str, Any]) -> IntakeReport:
    limits, expected = order.limits, order.expected
    descriptor = open_archive(Path(order.archive), limits)
    try:
        _check_digest(descriptor, order.digest)
        entries = {
            entry.name: entry for entry in read_entries(descriptor, limits, size_of=_sizes(expected, limits))
        }
        if BUNDLE not in entries:
            raise SubmissionError("bundle.missing", f"{BUNDLE} missing.")
        bundle = parse_document(read_entry(descriptor, entries[BUNDLE]), Bundle, BUNDLE, limits)
        known |= _who(bundle)
        needed = REQUIRED if bundle.outcome == "completed" else MINIMUM
        missing = [name for name in needed if name not in entries]
        if missing:
            raise SubmissionError("bundle.missing", f"{', '.join(missing)} missing.")
        texts = {
            name: read_entry(descriptor, entry) for name, entry in entries.items()
            if name not in (ADAPTER, FULL_MODEL, BUNDLE)
        }  # fmt: skip
        digests = {name: hashlib.sha256(data).hexdigest() for name, data in texts.items()}
        spec = _spec(texts["spec.json"], limits)
        settings = _settings(spec, texts, expected, limits)
        adapter, weights_digest = _weights(descriptor, entries, spec, settings, expected, limits, folder)
        digests |= weights_digest
        notes = _bundle_digests(bundle, digests)
        parsed = _parse(bundle, spec, texts, digests, settings, limits)
        more, said = _said(texts, limits)
        _keep(folder, parsed)
        return IntakeReport(
            **known,
            intake=(*notes, *more),
            arithmetic=tuple(clean_finding(finding) for finding in arithmetic_findings(parsed, expected)),
            spec=clean_spec(spec),
            adapter=adapter,
            claimed=clean_scores(parsed.scores.tuned),
            claimed_base=clean_scores(parsed.scores.base),
            **_curves(parsed.events),
            measured=_measured(parsed),
            answers=parsed.answers,
            data=clean_data(parsed),
            **said,
        )
    finally:
        os.close(descriptor)


def _check_digest(descriptor: int, expected: str) -> None:
    digest = hashlib.sha256()
    at = 0
    while chunk := os.pread(descriptor, 2**20, at):
        digest.update(chunk)
        at += len(chunk)
    if digest.hexdigest() != expected:
        raise SubmissionError("archive.changing", "is being changed while it is graded.", "Grade again.")


def _sizes(expected: Expectation, limits: Limits) -> Callable[[str], int]:
    weights = expected.most_bytes()

    def size_of(name: str) -> int:
        if name in (ADAPTER, FULL_MODEL):
            return weights
        return limits.file_bytes if name.endswith(".jsonl") else limits.json_bytes

    return size_of


def _who(bundle: Bundle) -> dict[str, Any]:
    return {
        "student": clean(bundle.student, one_line=True)[:80],
        "name": clean(bundle.name, one_line=True)[:120],
        "lab": clean(bundle.lab, one_line=True)[:80],
        "run_id": clean(bundle.run_id, one_line=True)[:120],
        "outcome": clean(bundle.outcome, one_line=True)[:20],
    }


def _bundle_digests(bundle: Bundle, digests: dict[str, str]) -> list[Finding]:
    """Files that are not as they were packed: edited afterwards, which the later tiers judge."""
    changed = sorted(
        name for name in digests.keys() | bundle.files.keys()
        if name not in bundle.files or bundle.files[name].sha256 != digests.get(name)
    )  # fmt: skip
    return [
        Finding(
            code="bundle.changed",
            severity="wrong",
            message="was changed after it was packed.",
            where=clean(name)[:80],
        )
        for name in changed[:8]
    ]


def _spec(data: bytes, limits: Limits) -> RunSpec:
    spec = parse_document(data, RunSpec, "spec.json", limits)
    try:
        check_spec(spec)
    except SpecError as error:
        raise SubmissionError("spec.invalid", error.message, where="spec.json") from error
    return spec


def _settings(
    spec: RunSpec, texts: dict[str, bytes], expected: Expectation, limits: Limits
) -> LoraSettings | None:
    if spec.method == "full":
        if not expected.full_tensors:
            raise SubmissionError("spec.method", "full fine-tuning is not allowed.", where="spec.json")
        return None
    if ADAPTER_CONFIG not in texts:
        raise SubmissionError("bundle.missing", f"{ADAPTER_CONFIG} missing.")
    return parse_adapter_config(texts[ADAPTER_CONFIG], frozenset(expected.shape.linear_modules), limits)


def _weights(
    archive: int, entries: dict[str, Entry], spec: RunSpec, settings: LoraSettings | None, expected: Expectation,
    limits: Limits, folder: UnpackFolder,
) -> tuple[AdapterFacts, dict[str, str]]:  # fmt: skip
    name = FULL_MODEL if settings is None else ADAPTER
    if name not in entries:
        raise SubmissionError("bundle.missing", f"{name} missing.")
    digest = hashlib.sha256()
    with folder.create("weights.raw") as raw:

        def write(chunk: bytes) -> None:
            digest.update(chunk)
            os.write(raw, chunk)

        copy_out(archive, entries[name], write)
        file = read_header(raw, name, limits)
        layout, names = _layout(file, settings, expected, name)
        check_layout(names, file, layout, name)
        with folder.create("adapter.safetensors") as target:
            canonical = write_canonical(raw, file, names, target, name)
    folder.remove("weights.raw")
    facts = AdapterFacts(
        sha256=canonical,
        tensors=len(names),
        parameters=sum(tensor.count for tensor in file.tensors.values()),
        r=settings.r if settings else 0,
        lora_alpha=settings.lora_alpha if settings else 0.0,
        use_rslora=settings.use_rslora if settings else False,
        use_dora=settings.use_dora if settings else False,
    )
    return facts, {name: digest.hexdigest()}


def _layout(
    file: TensorFile, settings: LoraSettings | None, expected: Expectation, where: str
) -> tuple[dict[str, Shape], dict[str, str]]:
    if settings is not None:
        return lora_layout(expected.shape, settings), canonical_lora_names(file.tensors, where)
    return expected.full_tensors, {name: name for name in file.tensors}


def _parse(
    bundle: Bundle, spec: RunSpec, texts: dict[str, bytes], digests: dict[str, str], settings: LoraSettings | None,
    limits: Limits,
) -> Parsed:  # fmt: skip
    def document(name: str, kind: Any, default: Any = None) -> Any:
        return parse_document(texts[name], kind, name, limits) if name in texts else default

    return Parsed(
        bundle=bundle,
        spec=spec,
        events=parse_lines(texts["events.jsonl"], Event, "events.jsonl", limits),
        manifest=document("manifest.json", ManifestClaims),
        predictions=parse_lines(texts.get("predictions.jsonl", b""), Prediction, "predictions.jsonl", limits),
        scores=document("scores.json", Scores, Scores()),
        answers=document("answers.json", dict[str, float], {}),
        digests=digests,
        settings=settings,
    )


def _said(texts: dict[str, bytes], limits: Limits) -> tuple[list[Finding], dict[str, Any]]:
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


def _keep(folder: UnpackFolder, parsed: Parsed) -> None:
    """Write what later tiers and comparisons read: our own encoding of what was parsed, texts cleaned."""
    rows = [
        msgspec.json.encode(
            Prediction(**{name: clean(getattr(row, name)) for name in Prediction.__struct_fields__})
        )
        for row in parsed.predictions
    ]
    folder.write("predictions.jsonl", b"".join(row + b"\n" for row in rows))
    folder.write("events.jsonl", b"".join(msgspec.json.encode(event) + b"\n" for event in parsed.events))
    folder.write("spec.json", msgspec.json.encode(parsed.spec))


def _curves(events: list[Event]) -> dict[str, Any]:
    steps = trained_steps(events)
    evaluations = {event.step: event.loss for event in events if isinstance(event, Evaluation)}
    plans = [event for event in events if isinstance(event, Plan)]
    names = (
        "total_steps",
        "steps_per_epoch",
        "warmup_steps",
        "trainable_parameters",
        "total_parameters",
        "effective_batch",
        "train_rows",
    )
    return {
        "steps": tuple(Point(n, steps[n].loss, steps[n].learning_rate) for n in sorted(steps)[:20_000]),
        "evaluations": tuple(
            EvaluationPoint(step, evaluations[step]) for step in sorted(evaluations)[:5_000]
        ),
        "plan": {name: getattr(plans[-1], name) for name in names} if plans else {},
    }


def _measured(parsed: Parsed) -> dict[str, Any]:
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
