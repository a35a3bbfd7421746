"""A real scheduler and real worker processes on loopback, and a way to kill one at work. Loaded by path."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
QUIET = {
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


class Cluster:
    """A scheduler and workers, each a process."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self.processes = {
            "scheduler": self._start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-show")
        }
        for at in range(workers):
            self.processes[f"w{at}"] = self._start(
                "worker", self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--name", f"w{at}",
                "--local-directory", str(folder / f"w{at}"),
            )  # fmt: skip

    def _start(self, kind: str, *options: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options, "--no-dashboard"],
            cwd=self.folder,
            env={**os.environ, **QUIET, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / f"{kind}.log").open("ab"),
        )

    def kill(self, name: str) -> None:
        """As the kernel would, out of memory."""
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes[name].wait()

    def close(self) -> None:
        """End everything that was started here."""
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()


def kill_in_mid_task(cluster: Cluster, name: str, killed: list[str]) -> None:
    """Wait until the worker has a task in hand and its own process runs, then kill it."""
    from distributed import Client

    pause = threading.Event()
    with Client(cluster.address, timeout=30, set_as_default=False) as client:
        for _ in range(1200):
            workers = client.scheduler_info(n_workers=-1)["workers"]
            address = next((key for key, one in workers.items() if one["name"] == name), None)
            held = client.processing().get(address, ()) if address is not None else ()
            if (
                held
                and (cluster.folder / name).is_dir()
                and list((cluster.folder / name).rglob("worker.log"))
            ):
                killed.extend(str(key) for key in held)
                cluster.kill(name)
                return
            pause.wait(0.05)
