"""The real worker in a process of its own: killed, orphaned, cut off from names, and asked questions."""

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from labs.chat import ChatEnded, ChatReady, Piece
from labs.events import Finished, Started, Step
from labs.launcher import Launcher, worker_environment
from labs.orders import Ask, Chat
from labs.process import is_running
from labs.runs import Run
from labs.spec import RunSpec

pytestmark = pytest.mark.trains
Make = Callable[..., RunSpec]

# Any look-up of a host's name ends the process: nothing of ours may need one (trap 2: TRL's trainer does).
NO_NAMES = """
import os, runpy, socket, sys
def refuse(host, *rest, **named):
    os.write(2, f"looked up {host}".encode())
    os._exit(99)
socket.getaddrinfo = refuse
print("a library's greeting on stdout")
sys.argv = ["labs.worker"]
runpy.run_module("labs.worker", run_name="__main__", alter_sys=True)
"""


async def test_fault_1_a_kill_in_mid_step_and_a_resumption_end_as_an_uninterrupted_run(
    tiny_spec: Make, train_here: Any, tmp_path: Path
) -> None:
    spec = tiny_spec(max_steps=60, save_steps=4)
    launcher = Launcher(
        tmp_path / "killed", [sys.executable, "-c", NO_NAMES], environment={"HF_HUB_OFFLINE": "0"}
    )
    handle = await launcher.start(spec)
    seen: list[Any] = []
    async for event in handle.events():
        seen.append(event)
        if isinstance(event, Step) and event.step == 10:
            started = next(one for one in seen if isinstance(one, Started))
            assert is_running(started.pid, started.identity)
            os.kill(started.pid, signal.SIGKILL)
    ending = await handle.wait()
    assert ending.outcome == "interrupted", handle.run.log()
    assert handle.run.status().state == "interrupted"
    lines = handle.run.events_file.read_bytes()
    assert lines.endswith(b"\n") and len(handle.run.events()) == lines.count(b"\n")
    reached = max(event.step for event in handle.run.events() if isinstance(event, Step))
    assert 10 <= reached < 60

    resumed = train_here(spec, resume=handle.run)
    begun = [event for event in resumed.run.events() if isinstance(event, Started)]
    assert begun[-1].resumed_from is not None and begun[-1].resumed_from % 4 == 0
    whole = train_here(spec)
    losses = {event.step: event.loss for event in resumed.run.events() if isinstance(event, Step)}
    assert list(losses) == list(range(1, 61))
    assert list(losses.values()) == pytest.approx(whole.losses, abs=1e-6)


def test_fault_8_the_app_is_killed_and_its_worker_saves_and_goes(tiny_spec: Make, tmp_path: Path) -> None:
    spec_file = tmp_path / "spec.json"
    spec_file.write_bytes(msgspec.json.encode(tiny_spec(max_steps=100_000)))
    parent = (
        "import asyncio, os, pathlib, signal, sys, msgspec\n"
        "from labs.events import Step\nfrom labs.launcher import Launcher\nfrom labs.spec import RunSpec\n"
        "async def main():\n"
        "    spec = msgspec.json.decode(pathlib.Path(sys.argv[1]).read_bytes(), type=RunSpec)\n"
        "    handle = await Launcher(pathlib.Path(sys.argv[2])).start(spec)\n"
        "    async for event in handle.events():\n"
        "        if isinstance(event, Step) and event.step == 3:\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", parent, str(spec_file), str(tmp_path / "runs")], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    run = Run(next(path.parent for path in (tmp_path / "runs").glob("*/spec.json")))

    async def ending() -> Finished:
        return await Launcher(tmp_path / "runs").attach(run.id).wait()

    finished = asyncio.run(asyncio.wait_for(ending(), 60))
    assert (finished.outcome, finished.code) == ("cancelled", "parent_gone")
    assert (run.adapter / "adapter_model.safetensors").exists()
    assert list((run.folder / "checkpoints").glob("step-*")), "it can be resumed"


def test_prompts_are_answered_by_base_and_tuned_as_they_come(tiny_spec: Make, train_here: Any) -> None:
    from labs.chat import _decoder
    from labs.worker.chat import chat
    from labs.worker.control import Control

    spec = tiny_spec(method="lora", max_steps=30, learning_rate=5e-2)
    done = train_here(spec)
    control, pipe = Control(), io.BytesIO()
    for question in (Ask(id=1, prompt="how is overtime paid", max_new_tokens=12), None):
        control.questions.put(question)
    assert chat(Chat(folder=str(done.run.folder), spec=spec), control, pipe) == 0
    events = [_decoder.decode(line) for line in pipe.getvalue().splitlines()]
    assert isinstance(events[0], ChatReady) and isinstance(events[-1], ChatEnded)
    pieces = [event for event in events if isinstance(event, Piece)]
    assert [piece.system for piece in pieces if piece.done] == ["base", "tuned"]
    base, tuned = ("".join(p.text for p in pieces if p.system == system) for system in ("base", "tuned"))
    assert tuned and base != tuned
    assert len(pieces) > 4, "they come in pieces"


def test_a_worker_without_an_order_just_goes(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", "from labs.worker.control import Control\nimport sys\nsys.exit(Control().wait_for_order(0) is not None)"],
        stdin=subprocess.DEVNULL,
        env=worker_environment(),
        check=False,
    )  # fmt: skip
    assert finished.returncode == 0
