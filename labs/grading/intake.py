"""Take in one bundle, in a child: parse its bytes, write what was parsed anew, say what was found."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from labs.check_spec import check_spec
from labs.errors import SpecError
from labs.events import Evaluation, Event, Plan
from labs.grading.adapter_config import LoraSettings
from labs.grading.arithmetic import arithmetic_findings, trained_steps
from labs.grading.cleaned import (
    clean_data,
    clean_finding,
    clean_measured,
    clean_said,
    clean_scores,
    clean_spec,
    clean_who,
)
from labs.grading.evidence import AdapterFacts, EvaluationPoint, Finding, Point
from labs.grading.expectation import Expectation
from labs.grading.intake_weights import settings_of, take_weights
from labs.grading.limits import Limits
from labs.grading.parsed import ManifestClaims, Parsed
from labs.grading.strict_json import parse_document, parse_lines
from labs.grading.unpack import UnpackFolder
from labs.grading.zip_reader import open_archive, read_entries, read_entry
from labs.runs import Prediction, Scores
from labs.spec import RunSpec
from labs.submission.bundle import (
    ADAPTER,
    BUNDLE,
    FULL_MODEL,
    MINIMUM,
    REQUIRED,
    Bundle,
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
        known |= clean_who(bundle)
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
        settings = settings_of(spec, texts, expected, limits)
        adapter, weights_digest = take_weights(descriptor, entries, settings, expected, limits, folder)
        digests |= weights_digest
        notes = _bundle_digests(bundle, digests)
        parsed = _parse(bundle, spec, texts, digests, settings, limits)
        more, said = clean_said(texts, limits)
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
            measured=clean_measured(parsed),
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
