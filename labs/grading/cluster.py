"""Grade on a Dask cluster: the same orders as on one machine, so the same gradebook, byte for byte.

Bundles are taken in on the instructor's machine, where they lie: what travels are canonical tensors and parsed answers,
as bytes under their SHA-256, never archives, never pickled objects. See docs/instructors.en.md for how to start one.
"""

import hashlib
import queue
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from labs.errors import LabsError
from labs.grading.cluster_worker import FarAnswer, FarOrder, FarSetup, blob_plugin, do, file_digest
from labs.grading.evidence import Finding
from labs.grading.executor import Executor
from labs.grading.intake import IntakeOrder, IntakeReport
from labs.grading.limits import MIB
from labs.grading.recompute_order import RecomputeAnswer, RecomputeSetup, RecomputeTask, RowSet
from labs.rows import TASKS
from labs.runs import write_atomically

GPU = "GPU"
"""Name of the Dask resource that a worker with a GPU declares: ``dask worker ... --resources GPU=1``."""
_BASE_FILES = ("*.safetensors", "*.json", "*.jinja", "*.model", "*.txt")
_RESUBMITS = 3


class ClusterError(LabsError):
    """The cluster cannot be used: ``cluster.unreachable``, ``cluster.no_workers``, ``cluster.too_large``, ..."""


class DaskExecutor:
    """An ``Executor`` whose recomputations run on the workers of a Dask scheduler."""

    def __init__(
        self,
        address: str,
        local: Executor,
        *,
        blob_bytes: int = 256 * MIB,
        seconds: float = 900.0,
        patience: float = 120.0,
        connect_seconds: float = 10.0,
    ) -> None:
        """Remember the scheduler; the connection is made when there is work.

        Args:
            address: ``tcp://host:8786``, ``tls://...`` (certificates as in Dask's configuration).
            local: takes the bundles in, on this machine.
            blob_bytes: most that is sent of one file; a larger base model must lie on the workers.
            seconds: wall clock one recomputation may take.
            patience: seconds to go on without any worker.
            connect_seconds: until a scheduler must have answered.
        """
        self._address = address
        self._local = local
        self._blob_bytes = blob_bytes
        self._seconds = seconds
        self._patience = patience
        self._connect_seconds = connect_seconds

    def intake(self, orders: Sequence[IntakeOrder]) -> Iterator[tuple[IntakeOrder, IntakeReport, str]]:
        """See ``Executor``; on this machine."""
        return self._local.intake(orders)

    def recompute(
        self, setup: RecomputeSetup, tasks: Sequence[RecomputeTask]
    ) -> Iterator[tuple[RecomputeTask, RecomputeAnswer | Finding]]:
        """See ``Executor``. A task whose worker dies goes to another one, up to Dask's ``allowed-failures``.

        Raises:
            ClusterError: no task can be done there.
        """
        if not tasks:
            return
        far, blobs = self._far_setup(setup)
        client = self._connect()
        try:
            client.register_plugin(blob_plugin(far.digest, blobs))
            yield from self._spread(client, far, tasks)
        finally:
            client.close()

    def _connect(self) -> Any:
        try:
            from distributed import Client
        except ImportError as error:
            raise ClusterError(
                "cluster.no_dask", "a cluster needs Dask.", "pip install 'finetutor[cluster]' brings it."
            ) from error
        try:
            # Answers are JSON in bytes: what this machine takes from a worker is never unpickled.
            return Client(
                self._address,
                timeout=self._connect_seconds,
                set_as_default=False,
                deserializers=["dask", "msgpack", "error"],
            )
        except (OSError, ValueError) as error:
            raise ClusterError(
                "cluster.unreachable",
                f"no scheduler answers at {self._address}.",
                "Start `dask scheduler` first.",
            ) from error

    def _spread(
        self, client: Any, far: FarSetup, tasks: Sequence[RecomputeTask]
    ) -> Iterator[tuple[RecomputeTask, RecomputeAnswer | Finding]]:
        ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        waiting = list(reversed(tasks))
        running: dict[str, tuple[RecomputeTask, Any, int]] = {}
        resources = self._resources(client)

        def submit(task: RecomputeTask, attempt: int) -> None:
            order, digests, data = self._parcel(far, task)
            key = f"recompute-{task.digest}-{attempt}"
            future = client.submit(
                do, order, digests, *data, key=key, pure=False, retries=_RESUBMITS, resources=resources
            )
            running[key] = (task, future, attempt)
            future.add_done_callback(ended.put)

        try:
            while waiting or running:
                # A window, so that this machine never holds the weights of the whole class.
                while waiting and len(running) < 2 * max(_threads(client), 1) + 2:
                    submit(waiting.pop(), 0)
                future = self._next(client, ended)
                known = running.pop(future.key, None)
                if known is None:
                    continue
                task, _, attempt = known
                if future.status in ("cancelled", "lost") and attempt < _RESUBMITS:
                    submit(task, attempt + 1)
                    continue
                yield task, _outcome(future, task)
                future.release()
        finally:
            for _, future, _ in running.values():
                future.cancel()

    def _next(self, client: Any, ended: "queue.SimpleQueue[Any]") -> Any:
        """The next task that ended.

        Raises:
            ClusterError: ``cluster.no_workers``.
        """
        alone_since: float | None = None
        while True:
            try:
                return ended.get(timeout=1.0)
            except queue.Empty:
                now = time.monotonic()
                alone_since = (alone_since or now) if _threads(client) == 0 else None
                if alone_since is not None and now - alone_since > self._patience:
                    raise ClusterError(
                        "cluster.no_workers",
                        f"the scheduler at {self._address} has had no worker for {self._patience:g} s.",
                        "Start `dask worker`; what is done is kept, the same command goes on.",
                    ) from None

    def _resources(self, client: Any) -> dict[str, float] | None:
        """Tasks wait for a GPU each where any worker has one."""
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        return {GPU: 1} if any(worker.get("resources", {}).get(GPU) for worker in workers) else None

    def _parcel(self, far: FarSetup, task: RecomputeTask) -> tuple[bytes, tuple[str, ...], list[bytes]]:
        weights = self._bytes(Path(task.weights.file))
        said = self._bytes(Path(task.predictions)) if task.predictions else None
        data = [weights] if said is None else [weights, said]
        digests = tuple(hashlib.sha256(one).hexdigest() for one in data)
        order = FarOrder(
            setup=far,
            task=msgspec.structs.replace(
                task, weights=msgspec.structs.replace(task.weights, file=digests[0]),
                predictions="" if said is None else digests[1], answers_to="1" if task.answers_to else "",
            ),
            seconds=self._seconds,
        )  # fmt: skip
        return msgspec.json.encode(order), digests, data

    def _far_setup(self, setup: RecomputeSetup) -> tuple[FarSetup, dict[str, bytes]]:
        blobs: dict[str, bytes] = {}

        def blob(path: Path) -> str:
            data = self._bytes(path)
            digest = hashlib.sha256(data).hexdigest()
            blobs[digest] = data
            return digest

        sets: list[RowSet] = []
        databases: dict[str, str] = {}
        for one in setup.sets:
            folder = Path(one.folder) if one.folder else None
            if folder is not None and folder.parent != TASKS and (folder / "database.sql").is_file():
                databases[one.name] = blob(folder / "database.sql")
            name = folder.name if folder is not None and folder.parent == TASKS else ""
            sets.append(msgspec.structs.replace(one, file=blob(Path(one.file)), folder=name))
        base = Path(setup.base)
        files = sorted({path for pattern in _BASE_FILES for path in base.glob(pattern) if path.is_file()})
        digests = {path.name: file_digest(path) for path in files}
        if sum(path.stat().st_size for path in files) <= self._blob_bytes:
            blobs |= {digests[path.name]: path.read_bytes() for path in files}
        far = FarSetup(
            setup=msgspec.structs.replace(setup, base=str(base), sets=tuple(sets)), base=digests, databases=databases
        )  # fmt: skip
        return far, blobs

    def _bytes(self, path: Path) -> bytes:
        size = path.stat().st_size
        if size > self._blob_bytes:
            raise ClusterError(
                "cluster.too_large", f"{path} has {size:,} bytes; at most {self._blob_bytes:,} are sent.",
                "Grade on one machine, without --scheduler.",
            )  # fmt: skip
        return path.read_bytes()


def _threads(client: Any) -> int:
    """Of all workers together; 0 while there is none."""
    return sum(client.nthreads().values())


def _outcome(future: Any, task: RecomputeTask) -> RecomputeAnswer | Finding:
    if future.status != "finished":
        # Dask gave up on it: it ended one worker after the other.
        return Finding(
            code="cluster.worker_died", severity="wrong", message="the workers that computed it again died, one after the other."
        )  # fmt: skip
    answer = msgspec.json.decode(future.result(), type=FarAnswer)
    if answer.fatal is not None:
        raise ClusterError(*answer.fatal)
    if answer.finding is not None:
        return answer.finding
    if answer.answer is None or answer.answer.digest != task.digest:
        raise ClusterError("cluster.failed", "a worker answered something else than it was asked.")
    if task.answers_to and answer.said:
        write_atomically(Path(task.answers_to), answer.said)
    return answer.answer
