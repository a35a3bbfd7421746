"""A live run at 50 events a second: how long a key waits, and whether any is lost, against the same page at rest."""

import asyncio
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from labs.spec import RunSpec
from tests.benchmarks.measure import Row
from tui.app import FineTutorApp
from tui.home import Home
from tui.screens.run_replay import ReplayPage

FAKE = Path(__file__).parents[1] / "labs" / "fake_worker.py"
_ROUNDS = 6
_KEYS = 25
"""A round and side."""


def measurements() -> Iterator[Row]:
    """The 95th percentile from a key to its action, while events come and while none do; both from one run."""
    with tempfile.TemporaryDirectory() as folder:
        live, rest, taken = asyncio.run(_measure(Path(folder)))
    yield Row(
        "key on a run page at 50 events/s, over the same page at rest (p95)", live, rest, live / rest, 1.5, "at_most",
        note=f"{taken} of {2 * _ROUNDS * _KEYS} keys taken, in turn",
    )  # fmt: skip


async def _measure(root: Path) -> tuple[float, float, int]:
    (root / "settings.toml").write_text("started = true\n", encoding="utf-8")
    app = FineTutorApp(Home(root), "en")
    app.worker_command = [sys.executable, str(FAKE), "normal", "--steps", "20000", "--delay", "0.02"]
    live: list[float] = []
    rest: list[float] = []
    taken = 0
    async with app.run_test(size=(120, 40)) as pilot:
        run = await app.run_monitor.submit(RunSpec(task="t", base_model="Qwen/Qwen3-0.6B"))
        page = ReplayPage(run, app.run_monitor)
        await app.push_screen(page)
        while app.run_monitor.current is None or app.run_monitor.current.step < 20:
            await pilot.pause(0.05)
        worker = run.status().pid
        assert worker is not None
        # In turn, so that whatever else this machine does falls on both; a worker that is held sends nothing.
        for _ in range(_ROUNDS):
            for waits, number in ((live, signal.SIGCONT), (rest, signal.SIGSTOP)):
                os.kill(worker, number)
                await pilot.pause(0.3)
                some, kept = await _keys(page)
                waits += some
                taken += kept
        os.kill(worker, signal.SIGCONT)
        await app.run_monitor.stop()
        while app.run_monitor.is_busy:
            await pilot.pause(0.05)
    return _p95(live), _p95(rest), taken


async def _keys(page: ReplayPage) -> tuple[list[float], int]:
    """Seconds from each key to its action; a key that does nothing within a second is not taken."""
    from textual.events import Key

    waits, taken = [], 0
    for _ in range(_KEYS):
        before, start = page.log_shown, time.perf_counter()
        page.app.post_message(Key("g", "g"))
        while page.log_shown == before and time.perf_counter() - start < 1:  # noqa: ASYNC110
            await asyncio.sleep(0.0005)  # the page says nothing of its own when it acts: look
        taken += page.log_shown != before
        waits.append(time.perf_counter() - start)
        await asyncio.sleep(0.013)
    return waits, taken


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
