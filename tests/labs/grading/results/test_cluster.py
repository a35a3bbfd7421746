"""A real scheduler and real worker processes on loopback: one is killed in mid-task, and nothing is lost or different."""

import hashlib
import json
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from labs.grading.cluster import ClusterError, DaskExecutor
from labs.grading.cluster_worker import BlobError, BlobFolder
from labs.grading.evidence import Finding
from labs.grading.executor import LocalExecutor
from labs.grading.recompute_order import RecomputeSetup, RecomputeTask, RowSet
from labs.grading.weights import Weights
from labs.models import shape_of
from labs.pocket import MODEL_DIR
from labs.spec import RunSpec
from tests.labs.grading.dask_cluster import kill_in_mid_task

pytest.importorskip("distributed")


@pytest.fixture
def setup(tmp_path: Path) -> RecomputeSetup:
    """Two public and two hidden rows for the pocket model."""
    sets = []
    for name in ("public", "hidden"):
        rows = [
            {
                "id": f"{name}-{at}",
                "messages": [
                    {"role": "user", "content": f"{name} {at}?"},
                    {"role": "assistant", "content": "Yes."},
                ],
            }
            for at in range(2)
        ]
        path = tmp_path / f"{name}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        sets.append(RowSet(name=name, file=str(path)))  # type: ignore[arg-type]
    spec = RunSpec(task="labour-law-qa", method="lora", metrics=("exact_match",), max_new_tokens=4)
    return RecomputeSetup(base=str(MODEL_DIR), spec=spec, sets=tuple(sets))


def _tasks(made: Any, folder: Path, count: int) -> list[RecomputeTask]:
    """Random adapters on the query projection."""
    shape = shape_of(str(MODEL_DIR))
    wide, tall = shape.linear_modules["q_proj"]
    tasks = []
    for at in range(count):
        rng = np.random.default_rng(at)
        tensors = {
            f"layers.{layer}.q_proj.lora_{part}": rng.normal(size=size) * 0.3
            for layer in range(shape.num_hidden_layers)
            for part, size in (("A", (4, wide)), ("B", (tall, 4)))
        }
        path = folder / f"adapter-{at}.safetensors"
        path.write_bytes(made.safetensors_bytes(tensors))
        tasks.append(
            RecomputeTask(
                digest=hashlib.sha256(bytes([at])).hexdigest(), weights=Weights(file=str(path), r=4, lora_alpha=8),
                spec=RunSpec(method="lora", r=4, lora_alpha=8, target_modules=("q_proj",)),
                answers_to=str(folder / f"said-{at}.jsonl"), keys={"public": "p", "hidden": "h"},
            )
        )  # fmt: skip
    return tasks


@pytest.mark.trains
def test_a_worker_killed_in_mid_task_loses_nothing_and_changes_nothing(
    made: Any, cluster: Any, setup: RecomputeSetup, tmp_path: Path
) -> None:
    from labs.grading.recomputing.recompute import Recomputer

    tasks = _tasks(made, tmp_path, 4)
    killed: list[str] = []
    killer = threading.Thread(target=kill_in_mid_task, args=(cluster, "w0", killed))
    killer.start()
    executor = DaskExecutor(cluster.address, LocalExecutor(log=tmp_path / "local.log"))
    found = {}
    for task, outcome in executor.recompute(setup, tasks):
        assert not isinstance(outcome, Finding), outcome
        assert task.digest not in found
        found[task.digest] = outcome.tiers
    killer.join()

    assert killed, "the worker was never seen at work"
    assert cluster.processes["w0"].returncode == -signal.SIGKILL
    said = {task.digest: Path(task.answers_to).read_bytes() for task in tasks}
    assert found.keys() == {task.digest for task in tasks}

    here = Recomputer(setup)
    for task in tasks:
        assert here.recompute(task).tiers == found[task.digest]
        assert Path(task.answers_to).read_bytes() == said[task.digest]
    assert len(set(said.values())) > 1, "adapters that change nothing would prove nothing"
    # Bytes that were used once do not stay with the worker; the instructor's rows and base do.
    kept = {path.name for path in (tmp_path / "cluster" / "w1").rglob("blobs/*")}
    assert len(kept) == 2 + len([path for path in MODEL_DIR.iterdir() if _is_base(path)])


def _is_base(path: Path) -> bool:
    return path.suffix in (".safetensors", ".json", ".jinja", ".model", ".txt")


def test_no_scheduler_is_said_at_once(tmp_path: Path, setup: RecomputeSetup, made: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        executor = DaskExecutor(address, LocalExecutor(log=tmp_path / "local.log"), connect_seconds=0.5)
        with pytest.raises(ClusterError) as caught:
            list(executor.recompute(setup, _tasks(made, tmp_path, 1)))
    assert caught.value.code == "cluster.unreachable"


def test_bytes_over_the_cap_are_not_sent(tmp_path: Path, setup: RecomputeSetup, made: Any) -> None:
    executor = DaskExecutor("tcp://127.0.0.1:1", LocalExecutor(log=tmp_path / "local.log"), blob_bytes=16)
    with pytest.raises(ClusterError) as caught:
        list(executor.recompute(setup, _tasks(made, tmp_path, 1)))
    assert caught.value.code == "cluster.too_large"


def test_blobs_are_what_their_digest_says(tmp_path: Path) -> None:
    folder = BlobFolder(tmp_path)
    digest = hashlib.sha256(b"rows").hexdigest()
    assert folder.keep(digest, b"rows").read_bytes() == b"rows"
    for name, data in ((digest, b"other"), ("../../etc/passwd", b"x"), ("A" * 64, b"x")):
        with pytest.raises(BlobError):
            folder.keep(name, data)
    with pytest.raises(BlobError):
        folder.path("0" * 64)
    folder.drop(digest)
    with pytest.raises(BlobError):
        folder.path(digest)


def test_orders_and_answers_are_json_that_names_no_path_of_a_student(
    tmp_path: Path, setup: RecomputeSetup, made: Any
) -> None:
    executor = DaskExecutor("tcp://127.0.0.1:1", LocalExecutor(log=tmp_path / "local.log"))
    far, blobs = executor._far_setup(setup)
    (task,) = _tasks(made, tmp_path, 1)
    order, digests, data = executor._parcel(far, task)

    plain = msgspec.json.decode(order)
    assert plain["task"]["weights"]["file"] == digests[0] and plain["task"]["answers_to"] == "1"
    assert str(tmp_path) not in order.decode()
    assert [len(one) for one in data] == [Path(task.weights.file).stat().st_size]
    assert {one["file"] for one in plain["setup"]["setup"]["sets"]} <= blobs.keys()
