"""``finetutor lab``, ``models`` and ``doctor``: results on stdout, progress on stderr, JSON where asked."""

import asyncio
import datetime
import io
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from labs.launcher import Launcher
from labs.runs import Run, create_run
from labs.spec import RunSpec
from tui.cli.lab_live import Live, follow
from tui.cli.lab_tables import compare, score_lines
from tui.cli.main import build_command
from tui.i18n import speak

FAKE = Path(__file__).parent / "fake_worker.py"
SPEC = RunSpec(lab="first-qlora", task="labour-law-qa")


def call(home: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command."""
    result = CliRunner().invoke(build_command(arguments), ["--home", str(home), *arguments])
    return result.exit_code, result.stdout, result.stderr


def scripted_run(home: Path, *arguments: str, spec: RunSpec = SPEC) -> Run:
    """A finished run by the scripted peer."""

    async def start() -> Run:
        handle = await Launcher(home / "runs", [sys.executable, str(FAKE), *arguments, "--delay", "0"]).start(
            spec
        )
        await handle.wait()
        return handle.run

    return asyncio.run(start())


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def shown(home: Path, out: io.StringIO, scenario: str) -> str:
    """What ``Live`` prints of a scripted run."""

    async def watch() -> None:
        handle = await Launcher(
            home / "runs", [sys.executable, str(FAKE), scenario, "--steps", "20", "--delay", "0"]
        ).start(SPEC)
        await follow(handle, Live(out), as_json=False)

    speak("en")
    asyncio.run(watch())
    return out.getvalue()


def test_a_pipe_gets_plain_lines(tmp_path: Path) -> None:
    text = shown(tmp_path, io.StringIO(), "normal")
    assert "\x1b" not in text and "\r" not in text
    assert "step 10/20" in text and "step 20/20" in text and "step 11/20" not in text
    assert "validation loss" in text and "trains on the CPU" in text


def test_a_terminal_gets_one_moving_bar(tmp_path: Path) -> None:
    text = shown(tmp_path, Terminal(), "normal")
    assert text.count("█░") >= 10, "every step redraws it"
    assert "\r\x1b[K" in text


def test_what_a_model_says_cannot_steer_the_terminal(tmp_path: Path) -> None:
    text = shown(tmp_path, io.StringIO(), "hostile")
    assert "\x1b" not in text and "\x07" not in text and "\u202e" not in text


def test_status_compare_and_eject_speak_of_runs(tmp_path: Path) -> None:
    first = scripted_run(tmp_path, "normal", "--steps", "4")
    second = scripted_run(
        tmp_path, "diverge", "--steps", "8", spec=msgspec.structs.replace(SPEC, learning_rate=0.5)
    )
    code, out, _ = call(tmp_path, "lab", "status", "--json")
    listed = msgspec.json.decode(out)
    assert code == 0
    assert {one["run"]: one["status"]["state"] for one in listed} == {
        first.id: "completed",
        second.id: "diverged",
    }
    code, out, _ = call(tmp_path, "lab", "compare", first.id, second.id, "--json")
    compared = msgspec.json.decode(out)
    assert code == 0
    assert compared["settings"] == {"learning_rate": [2e-4, 0.5]}, "only what differs"
    assert compared["results"]["final_loss"][1] is None, "no mean over a loss that is no number"
    assert compared["results"]["exact_match"] == [0.8, None]
    assert compare([first, second]).runs == (first.id, second.id)
    code, out, _ = call(
        tmp_path, "lab", "eject", first.id, "--out", str(tmp_path / "away"), "--format", "bailian", "--json"
    )
    assert code == 0 and all(Path(name).exists() for name in msgspec.json.decode(out)["files"])
    code, _, err = call(tmp_path, "lab", "eject", first.id, "--format", "word")
    assert code == 2 and "bailian" in err


def test_the_table_has_before_and_after(tmp_path: Path) -> None:
    speak("zh")
    lines = list(score_lines(scripted_run(tmp_path, "normal", "--steps", "2")))
    speak("en")
    assert lines[0].split() == ["指标", "基座", "微调后", "变化", "微调后的", "95%", "区间"]
    row = next(line.split() for line in lines if line.startswith("困惑度"))
    assert row[:5] == ["困惑度", "41.2", "3.1", "/", "13.3"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lab", "status", "nothing"], "run.unknown"),
        (["lab", "show", "nothing"], "first-qlora"),
        (["lab", "run", "nothing"], "first-qlora"),
        (["lab", "run", "first-qlora", "--set", "r=0"], "r: 0 is outside"),
        (["lab", "run", "first-qlora", "--set", "rank=4"], "rank"),
        (["lab", "resume", "nothing"], "run.unknown"),
        (["models", "info", "nothing/such"], "model.unknown"),
    ],
)
def test_what_cannot_be_is_said_in_one_line_with_a_next_step(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    code, out, err = call(tmp_path, *arguments)
    assert code == 2
    assert out == ""
    assert words in err and len(err.strip().splitlines()) == 1


def test_stop_tells_what_is_not_running(tmp_path: Path) -> None:
    run = create_run(tmp_path / "runs", SPEC, now=datetime.datetime.now(datetime.UTC))
    code, out, _ = call(tmp_path, "lab", "stop", run.id, "--json")
    assert code == 1
    assert msgspec.json.decode(out) == {"run": run.id, "stopped": False}


def test_models_and_doctor_speak_json(tmp_path: Path) -> None:
    code, out, _ = call(tmp_path, "models", "list", "--json")
    models = {one["name"]: one for one in msgspec.json.decode(out)}
    assert code == 0
    assert models["pocket"]["available"] and models["Qwen/Qwen3-0.6B"]["parameters"] == 596_049_920
    assert models["Qwen/Qwen3-8B"]["memory_gib"]["qlora"] < models["Qwen/Qwen3-8B"]["memory_gib"]["lora"]
    code, out, _ = call(tmp_path, "doctor", "--json")
    found = {one["code"]: one["state"] for one in msgspec.json.decode(out)}
    assert code == 0
    assert found["doctor.torch"] == found["doctor.pocket"] == "ok"
    assert not (tmp_path / "runs").exists(), "looking makes nothing"


def test_fault_21_a_download_without_a_network_does_not_wait_for_one(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from tui.cli.main import main; main()", "--home", str(tmp_path)]
    command += ["models", "pull", "Qwen/Qwen3-0.6B", "--endpoint"]
    # A port of this machine where nobody listens: refused at once; TEST-NET-1: no answer at all for two minutes.
    for endpoint in ("http://127.0.0.1:9", "http://192.0.2.1"):
        done = subprocess.run([*command, endpoint], capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and "model.network" in done.stderr


@pytest.mark.trains
def test_the_demo_trains_the_bundled_model_and_prints_the_table(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from tui.cli.main import main; main()", "--home", str(tmp_path), "lab", "run", "first-qlora"]  # fmt: skip
    changes = ["max_steps=3", "test_rows=6", "max_new_tokens=8", "eval_steps=0"]
    for change in changes:
        command += ["--set", change]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    assert done.returncode == 0, done.stderr
    assert "completed" in done.stdout
    named = {line.partition("  ")[0] for line in done.stdout.splitlines()}
    assert {"perplexity", "BLEU", "ROUGE-L", "exact match"} <= named
    assert "3 steps" in done.stderr and "step 3/3" in done.stderr, "plan and progress"
    resumed = call(tmp_path, "lab", "resume", "last")
    assert resumed[0] == 2 and "run.completed" in resumed[2]
