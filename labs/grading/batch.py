"""Grade a folder: find, take in, recompute, make the gradebook. Killed at any moment, it goes on where it was.

Every step's result is one file, replaced whole, under a key of all it was made from. A second start does what has no
valid result yet and nothing else; the gradebook is made from those files alone.
"""

import datetime
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from labs.errors import LabsError
from labs.grading.archives import Archive, find_archives
from labs.grading.evidence import Evidence, Finding, Tier, TierResult
from labs.grading.executor import Executor
from labs.grading.expectation import Expectation, expectation_of, hidden_rows
from labs.grading.grade import Gradebook
from labs.grading.gradebook import regrade
from labs.grading.intake import IntakeOrder, IntakeReport
from labs.grading.keys import RecomputeKeys, intake_key, recompute_setup
from labs.grading.limits import Limits
from labs.grading.own import own_findings
from labs.grading.recompute_order import RecomputeAnswer, RecomputeTask
from labs.grading.roster import Student
from labs.grading.rubric import QuizMarker
from labs.grading.store import GradeStore
from labs.grading.weights import Weights
from labs.submission.assignment import Assignment
from labs.submission.own import Draws

Stage = Literal["find", "intake", "recompute", "gradebook"]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far it is."""

    stage: Stage
    done: int
    total: int
    seconds_left: float | None = None
    """Of this stage, by its pace so far."""
    file: str = ""
    """What was done last."""


class GradingStoppedError(LabsError):
    """It was asked to stop. What is done is kept."""


def _go_on(progress: Progress) -> bool:
    return True


def grade_folder(
    assignment: Assignment,
    folder: Path,
    store: GradeStore,
    executor: Executor,
    *,
    now: Callable[[], datetime.datetime],
    roster: Mapping[str, Student] | None = None,
    receipts: Mapping[str, datetime.datetime] | None = None,
    quiz: QuizMarker | None = None,
    progress: Callable[[Progress], bool] = _go_on,
    limits: Limits | None = None,
) -> Gradebook:
    """Grade everything in ``folder`` and write the gradebook into ``store``.

    Args:
        now: UTC; for the audit log only.
        progress: called after each piece of work; False stops.

    Raises:
        LabsError: the assignment's own files are missing, or this machine's disk is full.
        GradingStoppedError: ``progress`` said so.
    """
    limits = limits or Limits()
    store.prepare()
    expected = expectation_of(assignment)
    hidden_rows(assignment)  # before any work: is it there, and is it the one that was pinned?
    archives = find_archives(folder, limits, dict(receipts or {}), leave_out=store.folder)
    store.record("begin", now=now(), detail={"assignment": assignment.id, "files": len(archives)})
    batch = _Batch(assignment, store, executor, now, progress, limits)
    batch.take_in(archives, expected)
    batch.recompute([archive.digest for archive in archives])
    book, changes = regrade(
        assignment, store, digests=[archive.digest for archive in archives], roster=roster, quiz=quiz
    )
    store.record("gradebook", now=now(), detail={"grades": len(book.grades), "changed": len(changes)})
    progress(Progress(stage="gradebook", done=1, total=1))
    return book


class _Batch:
    """One grading of one folder."""

    def __init__(
        self,
        assignment: Assignment,
        store: GradeStore,
        executor: Executor,
        now: Callable[[], datetime.datetime],
        progress: Callable[[Progress], bool],
        limits: Limits,
    ) -> None:
        self._assignment = assignment
        self._draws = Draws(assignment)
        self._store = store
        self._executor = executor
        self._now = now
        self._progress = progress
        self._limits = limits

    def take_in(self, archives: Sequence[Archive], expected: Expectation) -> None:
        """Take in what has no valid result yet."""
        key = intake_key(self._assignment, expected, self._limits)
        orders: dict[str, Archive] = {}
        for archive in archives:
            known = self._store.evidence(archive.digest)
            if (
                known is None
                or "intake" not in known.tiers
                or known.tiers["intake"].key != key
                or not self._is_whole(known)
            ):
                orders[archive.digest] = archive
            elif (known.file, known.received, known.received_from) != (
                archive.name,
                archive.received,
                archive.received_from,
            ):
                self._store.save_evidence(_renamed(known, archive))
        begin = time.monotonic()
        work = [
            IntakeOrder(
                archive=str(archive.path.absolute()), digest=archive.digest, expected=expected, limits=self._limits,
                folder=str(self._store.unpacked(archive.digest).absolute()),
            )
            for archive in orders.values()
        ]  # fmt: skip
        done = len(archives) - len(work)
        self._tell("intake", done, len(archives), begin, 0, "")
        for count, (order, report, isolation) in enumerate(self._executor.intake(work), 1):
            archive = orders[order.digest]
            evidence = self._evidence(archive, report, isolation, key)
            self._store.save_evidence(evidence)
            state = evidence.refused.code if evidence.refused else "taken"
            self._store.record(
                "intake",
                now=self._now(),
                digest=archive.digest,
                detail={"file": archive.name, "result": state},
            )
            self._tell("intake", done + count, len(archives), begin, count, archive.name)

    def recompute(self, digests: Sequence[str]) -> None:
        """Recompute the tiers that have no valid result yet."""
        setup = recompute_setup(self._assignment)
        keys = RecomputeKeys(self._assignment, setup)
        tasks: list[RecomputeTask] = []
        for digest in digests:
            evidence = self._store.evidence(digest)
            assert evidence is not None  # taken in above
            wanted = {
                tier: key for tier, key in keys.of(evidence).items()
                if tier not in evidence.tiers or evidence.tiers[tier].key != key
            }  # fmt: skip
            if "predictions" in wanted and "public" not in wanted:
                wanted["public"] = keys.of(evidence)["public"]  # compared with what the adapter says
            if wanted:
                tasks.append(self._task(evidence, wanted))
        # One kind of base after the other: each is unpacked once.
        tasks.sort(
            key=lambda task: (task.spec.quantization, task.spec.bnb_4bit_use_double_quant, task.digest)
        )
        begin = time.monotonic()
        done = len(digests) - len(tasks)
        self._tell("recompute", done, len(digests), begin, 0, "")
        for count, (task, outcome) in enumerate(self._executor.recompute(setup, tasks), 1):
            evidence = self._store.evidence(task.digest)
            assert evidence is not None
            self._store.save_evidence(_with_outcome(evidence, task, outcome))
            detail: dict[str, object] = {"file": evidence.file, "tiers": sorted(task.keys)}
            if isinstance(outcome, Finding):
                detail["failed"] = outcome.code
            self._store.record("recompute", now=self._now(), digest=task.digest, detail=detail)
            self._tell("recompute", done + count, len(digests), begin, count, evidence.file)

    def _task(self, evidence: Evidence, wanted: dict[Tier, str]) -> RecomputeTask:
        assert evidence.spec is not None and evidence.adapter is not None  # it has keys
        folder = self._store.unpacked(evidence.digest).absolute()
        adapter = evidence.adapter
        return RecomputeTask(
            digest=evidence.digest,
            weights=Weights(
                file=str(folder / "adapter.safetensors"), r=adapter.r, lora_alpha=adapter.lora_alpha,
                use_rslora=adapter.use_rslora, use_dora=adapter.use_dora,
            ),
            spec=evidence.spec,
            predictions=str(folder / "predictions.jsonl"),
            answers_to=str(folder / "public.jsonl"),
            losses=tuple(point.loss for point in evidence.steps[: self._assignment.evaluation.replay_steps]),
            claimed=evidence.claimed,
            keys=wanted,
        )  # fmt: skip

    def _evidence(self, archive: Archive, report: IntakeReport, isolation: str, key: str) -> Evidence:
        """Evidence of a bundle just taken in; tiers that ran the model stand until their keys say otherwise."""
        known = self._store.evidence(archive.digest)
        tiers = {} if known is None or report.refused else dict(known.tiers)
        wrong = any(finding.severity == "wrong" for finding in report.intake)
        state: Literal["passed", "failed"] = "failed" if report.refused or wrong else "passed"
        tiers["intake"] = TierResult(key=key, state=state, findings=report.intake)
        arithmetic = (*report.arithmetic, *self._own(report))
        if report.refused:
            tiers["arithmetic"] = TierResult(key=key, state="skipped")
        else:
            failed = any(finding.severity == "wrong" for finding in arithmetic)
            tiers["arithmetic"] = TierResult(
                key=key, state="failed" if failed else "passed", findings=arithmetic
            )
        return Evidence(
            digest=archive.digest, file=archive.name, bytes=archive.bytes, received=archive.received,
            received_from=archive.received_from, student=report.student, name=report.name, lab=report.lab, run_id=report.run_id,
            outcome=report.outcome, isolation=isolation, tiers=tiers, spec=report.spec, adapter=report.adapter,
            claimed=report.claimed, claimed_base=report.claimed_base, steps=report.steps, evaluations=report.evaluations,
            plan=report.plan, answers=report.answers, reflections=report.reflections, quiz=report.quiz,
            measured=report.measured,
        )  # fmt: skip

    def _own(self, report: IntakeReport) -> tuple[Finding, ...]:
        """What is the student's own; judged here, for the secret never reaches the child."""
        if report.spec is None:
            return ()
        student = self._assignment.aliases.get(report.student, report.student)
        return tuple(own_findings(report.spec, report.data, self._draws.of(student)))

    def _is_whole(self, evidence: Evidence) -> bool:
        """Whether what later tiers read is still there: a kill may come between two files."""
        if evidence.refused is not None:
            return True
        return (self._store.unpacked(evidence.digest) / "adapter.safetensors").is_file()

    def _tell(self, stage: Stage, done: int, total: int, begin: float, worked: int, file: str) -> None:
        left = (time.monotonic() - begin) / worked * (total - done) if worked else None
        told = Progress(stage=stage, done=done, total=total, seconds_left=left, file=file)
        if not self._progress(told):
            raise GradingStoppedError(
                "grading.stopped", "Stopped; what is done is kept.", "Start it again to go on."
            )


def _renamed(evidence: Evidence, archive: Archive) -> Evidence:
    return msgspec.structs.replace(
        evidence, file=archive.name, received=archive.received, received_from=archive.received_from
    )


def _with_outcome(evidence: Evidence, task: RecomputeTask, outcome: RecomputeAnswer | Finding) -> Evidence:
    tiers = dict(evidence.tiers)
    if isinstance(outcome, Finding):
        # Without a key: the next grading tries again, in case it was this machine's doing.
        failed = TierResult(key="", state="failed", findings=(outcome,))
        tiers |= dict.fromkeys(task.keys, failed)
    else:
        tiers |= outcome.tiers
    return msgspec.structs.replace(evidence, tiers=tiers)
