"""The launcher against a scripted worker: what a screen sees in good runs and bad ones."""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labs.errors import RunError, SpecError
from labs.events import Evaluation, Finished, Plan, Sample, Scored, Started, Step, Warned
from labs.handle import NOISE_LIMIT
from labs.launcher import Launcher
from labs.runs import Run, create_run, list_runs
from labs.spec import RunSpec

FAKE = Path(__file__).parent / "fake_worker.py"
SPEC = RunSpec(lab="first-qlora", task="labour-law")


def launcher(runs_dir: Path, *arguments: str) -> Launcher:
    return Launcher(runs_dir, [sys.executable, str(FAKE), *arguments])


async def test_a_run_is_followed_from_its_start_to_its_scores(tmp_path: Path) -> None:
    handle = await launcher(tmp_path, "normal", "--steps", "8", "--delay", "0").start(SPEC, {"steps": 8})
    events = [event async for event in handle.events()]
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished) and events[-1].outcome == "completed"
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.step for event in events if isinstance(event, Step)] == list(range(1, 9))
    for kind in (Plan, Evaluation, Sample, Scored):
        assert any(isinstance(event, kind) for event in events)
    assert (await handle.wait()).outcome == "completed"
    run = handle.run
    assert run.status().state == "completed"
    assert run.answers() == {"steps": 8}
    assert run.spec == SPEC
    assert run.events() == events, "a screen replayed from the folder sees what the live one saw"
    assert run.scores().tuned["exact_match"].value > run.scores().base["exact_match"].value
    assert [row.base != row.tuned for row in run.predictions()] == [True] * 3


async def test_a_warm_worker_takes_the_run_that_is_started(tmp_path: Path) -> None:
    starter = launcher(tmp_path, "normal", "--steps", "2", "--delay", "0")
    await starter.warm()
    assert starter.is_warm
    assert list_runs(tmp_path) == [], "warming makes no run"
    handle = await starter.start(SPEC)
    assert not starter.is_warm
    assert (await handle.wait()).outcome == "completed"


async def test_closing_lets_the_warm_worker_go(tmp_path: Path) -> None:
    starter = launcher(tmp_path)
    await starter.warm()
    await starter.close()
    assert not starter.is_warm


async def test_stop_keeps_the_adapter(tmp_path: Path) -> None:
    handle = await launcher(tmp_path, "slow", "--steps", "500").start(SPEC)
    async for event in handle.events():
        if isinstance(event, Step) and event.step == 2:
            await handle.stop()
    finished = await handle.wait()
    assert (finished.outcome, finished.code) == ("cancelled", "stopped")
    assert (handle.run.adapter / "adapter_config.json").exists()


async def test_a_bad_spec_never_reaches_a_worker(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        await launcher(tmp_path).start(RunSpec(task="labour-law", r=0))
    assert caught.value.field == "r"
    assert list_runs(tmp_path) == []


async def test_only_one_run_trains_on_a_home_unless_asked(tmp_path: Path) -> None:
    first = await launcher(tmp_path, "slow", "--steps", "500").start(SPEC)
    async for event in first.events():
        if isinstance(event, Step):
            break
    with pytest.raises(RunError) as caught:
        await launcher(tmp_path).start(SPEC)
    assert caught.value.code == "run.busy"
    assert first.run.id in str(caught.value), "the holder is named"
    beside = await launcher(tmp_path, "normal", "--steps", "2").start(SPEC, parallel=True)
    assert (await beside.wait()).outcome == "completed"
    await first.stop()
    await first.wait()


async def test_fault_1_a_killed_worker_leaves_a_whole_log_and_the_status_interrupted(tmp_path: Path) -> None:
    handle = await launcher(tmp_path, "killed", "--steps", "8", "--delay", "0").start(SPEC)
    seen = [event async for event in handle.events()]
    ending = seen[-1]
    assert await handle.wait() == ending
    assert isinstance(ending, Finished) and ending.outcome == "interrupted"
    assert ending.step == 3
    assert handle.run.status().state == "interrupted"
    assert handle.run.events() == seen[:-1], "what the app adds is never written into the worker's log"
    resumed = await launcher(tmp_path, "normal", "--steps", "8", "--delay", "0").resume(handle.run.id)
    again = [event async for event in resumed.events()]
    assert isinstance(again[0], Started) and again[0].resumed_from == 2
    assert [event.step for event in again if isinstance(event, Step)] == [3, 4, 5, 6, 7, 8]
    await resumed.wait()
    assert resumed.run.status().state == "completed"


async def test_fault_1_a_later_process_with_the_same_pid_is_not_the_worker(tmp_path: Path) -> None:
    handle = await launcher(tmp_path, "normal", "--steps", "2", "--delay", "0").start(SPEC)
    await handle.wait()
    lines = handle.run.events_file.read_bytes().splitlines(keepends=True)
    worker = next(event.pid for event in handle.run.events() if isinstance(event, Started))
    without_end = b"".join(lines[:-1])
    handle.run.events_file.write_bytes(without_end.replace(b'"pid":%d' % worker, b'"pid":%d' % os.getpid()))
    assert handle.run.status().state == "interrupted"


async def test_fault_6_a_full_disk_is_named_though_the_log_could_not_take_it(tmp_path: Path) -> None:
    handle = await launcher(tmp_path, "full", "--steps", "8", "--delay", "0").start(SPEC)
    seen = [event async for event in handle.events()]
    ending = seen[-1]
    assert isinstance(ending, Finished) and (ending.outcome, ending.code) == ("failed", "disk_full")
    assert await handle.wait() == ending
    assert handle.run.status().state == "interrupted", "the file knows no end, and the run can be resumed"


async def test_fault_8_the_worker_stops_by_itself_when_its_parent_is_gone(tmp_path: Path) -> None:
    handle = await launcher(tmp_path, "slow", "--steps", "500").start(SPEC)
    async for event in handle.events():
        if isinstance(event, Step):
            break
    process = handle._process
    assert process is not None and process.stdin is not None
    process.stdin.close()
    assert (await handle.wait()).outcome == "cancelled"
    assert handle.run.status().state == "cancelled"


async def test_fault_8_another_process_reattaches_by_run_id(tmp_path: Path) -> None:
    starter = launcher(tmp_path, "slow", "--steps", "500")
    handle = await starter.start(SPEC)
    async for event in handle.events():
        if isinstance(event, Step):
            break
    other = Launcher(tmp_path).attach(handle.run.id)
    assert other.run.status().state == "running"
    steps = 0
    async for event in other.events():
        steps += isinstance(event, Step)
        if steps == 3:
            await other.stop()
    assert (await other.wait()).outcome == "cancelled"
    assert (await handle.wait()).outcome == "cancelled"


async def test_fault_18_a_diverged_run_says_so_and_its_loss_is_a_gap(tmp_path: Path) -> None:
    handle = await launcher(tmp_path, "diverge", "--steps", "8", "--delay", "0").start(SPEC)
    events = [event async for event in handle.events()]
    assert isinstance(events[-1], Finished) and events[-1].outcome == "diverged"
    assert [event.loss for event in events if isinstance(event, Step)][-1] is None
    await handle.wait()


@pytest.mark.parametrize(("scenario", "outcome"), [("oom", "failed"), ("killed", "interrupted")])
async def test_fault_20_memory_that_runs_out_leads_to_a_smaller_setting(
    tmp_path: Path, scenario: str, outcome: str
) -> None:
    handle = await launcher(tmp_path, scenario, "--steps", "8", "--delay", "0").start(SPEC)
    finished = await handle.wait()
    assert finished.outcome == outcome
    assert finished.proposal == {"per_device_train_batch_size": 4, "gradient_accumulation_steps": 2}
    assert handle.run.spec == SPEC, "the run is preserved as it was"


async def test_fault_26_a_flood_on_stdout_is_bounded_and_marked(tmp_path: Path) -> None:
    handle = await launcher(tmp_path, "flood", "--steps", "2", "--delay", "0").start(SPEC)
    events = [event async for event in handle.events()]
    assert isinstance(events[-1], Finished) and events[-1].outcome == "completed"
    assert any(isinstance(event, Warned) and event.code == "output_truncated" for event in events)
    await handle.wait()
    assert handle.noise_bytes > 10_000_000
    log = handle.run.log_file.read_bytes()
    assert len(log) < NOISE_LIMIT + 1000
    assert b"dropped" in log


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
async def test_a_log_that_takes_no_more_does_not_hold_the_worker_up(tmp_path: Path) -> None:
    waiting = create_run(tmp_path, SPEC, now=datetime.now(UTC))
    waiting.log_file.symlink_to("/dev/full")
    handle = await launcher(tmp_path, "flood", "--steps", "2", "--delay", "0").resume(waiting.id)
    assert (await asyncio.wait_for(handle.wait(), 60)).outcome == "completed"


async def test_fault_27_a_segfault_in_the_worker_leaves_the_parent_alive(tmp_path: Path) -> None:
    handle = await launcher(tmp_path, "crash", "--steps", "8", "--delay", "0").start(SPEC)
    finished = await asyncio.wait_for(handle.wait(), 20)
    assert finished.outcome == "interrupted"
    assert "SIGSEGV" in finished.message
    assert Run(handle.run.folder).status().state == "interrupted"


async def test_two_who_warm_at_once_share_one_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starter = launcher(tmp_path)
    begun: list[asyncio.subprocess.Process] = []
    spawn = starter._spawn

    async def counted() -> asyncio.subprocess.Process:
        begun.append(await spawn())
        return begun[-1]

    monkeypatch.setattr(starter, "_spawn", counted)
    await asyncio.gather(starter.warm(), starter.warm())
    assert len(begun) == 1
    await starter.close()
