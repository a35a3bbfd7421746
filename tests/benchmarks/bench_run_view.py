"""A live run at 50 events a second: how long a key waits, and whether any is lost, against the same page at rest."""

import asyncio
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
_KEYS = 150


def measurements() -> Iterator[Row]:
    """The 95th percentile from a key to its action, while events come and while none do; both from one run."""
    with tempfile.TemporaryDirectory() as folder:
        live, rest, taken = asyncio.run(_measure(Path(folder)))
    yield Row(
        "key on a run page at 50 events/s, over the same page at rest (p95)", live, rest, live / rest, 1.5, "at_most",
        note=f"{taken} of {2 * _KEYS} keys taken",
    )  # fmt: skip


async def _measure(root: Path) -> tuple[float, float, int]:
    (root / "settings.toml").write_text("started = true\n", encoding="utf-8")
    app = FineTutorApp(Home(root), "en")
    app.worker_command = [sys.executable, str(FAKE), "normal", "--steps", "2000", "--delay", "0.02"]
    async with app.run_test(size=(120, 40)) as pilot:
        run = await app.run_monitor.submit(RunSpec(task="t", base_model="Qwen/Qwen3-0.6B"))
        page = ReplayPage(run, app.run_monitor)
        await app.push_screen(page)
        while app.run_monitor.current is None or app.run_monitor.current.step < 20:
            await pilot.pause(0.05)
        live, taken_live = await _keys(page)
        await app.run_monitor.stop()
        while app.run_monitor.is_busy:
            await pilot.pause(0.05)
        rest, taken_rest = await _keys(page)
    return _p95(live), _p95(rest), taken_live + taken_rest


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
