"""Who does the work: children and worker processes on this machine. A cluster offers the same two calls."""

import os
import queue
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from labs.errors import LabsError
from labs.grading.child import OUT_OF_DISK
from labs.grading.confinement import isolation, run_confined
from labs.grading.evidence import Finding
from labs.grading.intake import IntakeOrder, IntakeReport
from labs.grading.recompute_order import RecomputeAnswer, RecomputeSetup, RecomputeTask
from labs.grading.worker_handle import RecomputeError, RecomputeWorker, WorkerError
from metrics.clean import clean

T = TypeVar("T")
CHILD = (sys.executable, "-m", "labs.grading.child")


class Executor(Protocol):
    """Does orders in whatever sequence suits it and hands each back with what came of it.

    Files are named by path on this machine; an executor elsewhere takes their bytes along. A generator that is
    closed early stops its work.
    """

    def intake(self, orders: Sequence[IntakeOrder]) -> Iterator[tuple[IntakeOrder, IntakeReport, str]]:
        """Take bundles in; the text is the isolation that held the child."""

    def recompute(
        self, setup: RecomputeSetup, tasks: Sequence[RecomputeTask]
    ) -> Iterator[tuple[RecomputeTask, RecomputeAnswer | Finding]]:
        """Recompute; a Finding says why a submission could not be.

        Raises:
            WorkerError: none can be.
        """


class LocalExecutor:
    """A child process a bundle, and ``workers`` processes that keep the base model."""

    def __init__(
        self,
        *,
        log: Path,
        workers: int = 1,
        children: int = 2,
        seconds: float = 900.0,
        command: Sequence[str] = CHILD,
    ) -> None:
        """Remember how; nothing is started.

        Args:
            log: what the workers' libraries print is appended there.
            seconds: wall clock one recomputation may take.
            command: the child that takes a bundle in.
        """
        self._log = log
        self._workers = workers
        self._children = children
        self._seconds = seconds
        self._command = tuple(command)

    def intake(self, orders: Sequence[IntakeOrder]) -> Iterator[tuple[IntakeOrder, IntakeReport, str]]:
        """See ``Executor``."""
        with ThreadPoolExecutor(self._children, "intake") as pool:
            futures = {pool.submit(take_in_confined, order, self._command): order for order in orders}
            try:
                for future in as_completed(futures):
                    yield futures[future], future.result(), isolation()[0]
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def recompute(
        self, setup: RecomputeSetup, tasks: Sequence[RecomputeTask]
    ) -> Iterator[tuple[RecomputeTask, RecomputeAnswer | Finding]]:
        """See ``Executor``."""
        if not tasks:
            return
        waiting: queue.SimpleQueue[RecomputeTask | None] = queue.SimpleQueue()
        for task in tasks:
            waiting.put(task)
        done: queue.SimpleQueue[Callable[[], tuple[RecomputeTask, RecomputeAnswer | Finding]]] = (
            queue.SimpleQueue()
        )
        count = min(self._workers, len(tasks))
        threads = max(1, (os.cpu_count() or 1) // count)
        workers = [
            RecomputeWorker(setup, log=self._log, seconds=self._seconds, threads=threads)
            for _ in range(count)
        ]
        waiters = [
            threading.Thread(target=_work, args=(worker, waiting, done), daemon=True, name=f"recompute-{at}")
            for at, worker in enumerate(workers)
        ]
        for _ in workers:
            waiting.put(None)
        for waiter in waiters:
            waiter.start()
        try:
            for _ in tasks:
                yield done.get()()
        finally:
            while not waiting.empty():
                waiting.get()
            for worker in workers:
                waiting.put(None)
                worker.kill()
            for waiter in waiters:
                waiter.join()


def take_in_confined(order: IntakeOrder, command: Sequence[str] = CHILD) -> IntakeReport:
    """Run the child for one bundle. Whatever becomes of it, there is a report with a named reason.

    Raises:
        LabsError: ``grading.disk``: this machine cannot write what was unpacked.
    """
    ended = run_confined(command, msgspec.json.encode(order), order.limits, cwd=Path(order.folder).parent)
    if ended.timed_out:
        return _refused(
            order, "intake.timeout", f"took more than {order.limits.seconds:g} s and was stopped."
        )
    if ended.flooded:
        return _refused(order, "intake.flooded", "said too much and was stopped.")
    if ended.code == OUT_OF_DISK:
        raise LabsError(
            "grading.disk",
            f"Cannot unpack: {clean(ended.errors.decode('utf-8', 'replace'))[-300:]}",
            "Free some space.",
        )
    if ended.code != 0:
        return _refused(order, "intake.crashed", f"the process that read it ended ({ended.code}).")
    try:
        return msgspec.json.decode(ended.output, type=IntakeReport)
    except msgspec.DecodeError:
        return _refused(order, "intake.crashed", "the process that read it gave no answer.")


def _refused(order: IntakeOrder, code: str, message: str) -> IntakeReport:
    shutil.rmtree(order.folder, ignore_errors=True)
    return IntakeReport(intake=(Finding(code=code, severity="refused", message=message),))


def _work(
    worker: RecomputeWorker,
    waiting: "queue.SimpleQueue[RecomputeTask | None]",
    done: "queue.SimpleQueue[Callable[[], tuple[RecomputeTask, RecomputeAnswer | Finding]]]",
) -> None:
    while (task := waiting.get()) is not None:
        try:
            outcome: RecomputeAnswer | Finding = worker.recompute(task)
        except RecomputeError as error:
            outcome = Finding(
                code=error.code, severity="wrong", message=clean(error.message, one_line=True)[:300]
            )
        except BaseException as error:
            # A worker that cannot even start ends the batch: said in the thread that waits, not in this one.
            done.put(_raiser(error))
            return
        done.put(_giver((task, outcome)))
    worker.stop()


def _giver(value: T) -> Callable[[], T]:
    return lambda: value


def _raiser(error: BaseException) -> Callable[[], tuple[RecomputeTask, RecomputeAnswer | Finding]]:
    def raise_it() -> tuple[RecomputeTask, RecomputeAnswer | Finding]:
        raise error

    return raise_it


__all__ = ["CHILD", "Executor", "LocalExecutor", "WorkerError", "take_in_confined"]
