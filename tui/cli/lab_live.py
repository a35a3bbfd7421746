"""A run as it goes, for the command line: a bar on a terminal, plain lines in a pipe, JSON lines for scripts."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator
from typing import TextIO

import msgspec

from labs.events import Checkpoint, Evaluation, Event, Finished, Phase, Plan, Sample, Step, Warned, encode
from labs.handle import RunHandle
from metrics.clean import clean
from tui.i18n import t, t_or

PLAIN_EVERY = 10
"""Steps between two lines in a pipe."""


class Live:
    """Prints events to ``out`` (stderr: results alone belong on stdout)."""

    def __init__(self, out: TextIO = sys.stderr) -> None:
        self._out = out
        self._bar = out.isatty()
        self._open_line = False
        self._total = 0

    def show(self, event: Event) -> None:
        """Print one event, or nothing."""
        if isinstance(event, Plan):
            self._total = event.total_steps
            self._line(
                "  "
                + t(
                    "lab_cli.plan_device",
                    device=event.device,
                    dtype=event.compute_dtype,
                    threads=event.threads,
                )
            )
            for line in note_lines(event):
                self._line("  " + line)
        elif isinstance(event, Step):
            self._step(event)
        elif isinstance(event, Phase):
            system = t(f"lab_cli.{event.system}") if event.system else ""
            text = t(f"lab_cli.phase_{event.name}", done=event.done, total=event.total, system=system)
            self._line(text, over=event.name == "generate" and 0 < event.done < event.total)
        elif isinstance(event, Evaluation) and event.loss is not None:
            values = {"step": event.step, "loss": event.loss, "perplexity": event.perplexity or 0.0}
            self._line(t("lab_cli.evaluation", **values))
        elif isinstance(event, Sample):
            texts = {"prompt": clean(event.prompt, one_line=True), "text": clean(event.text, one_line=True)}
            self._line(t("lab_cli.sample", **texts))
        elif isinstance(event, Checkpoint):
            self._line(t("lab_cli.checkpoint", step=event.step, mib=event.mib))
        elif isinstance(event, Warned):
            self._line(clean(f"! {event.message} {event.hint}".rstrip()))

    def say(self, text: str) -> None:
        """One line of our own."""
        self._line(text)

    def _step(self, event: Step) -> None:
        values = {
            "step": event.step,
            "total": self._total,
            "loss": "NaN" if event.loss is None else f"{event.loss:.3f}",
            "lr": event.learning_rate,
            "rate": event.tokens_per_second,
            "left": f"{int(event.eta_s) // 60}:{int(event.eta_s) % 60:02d}",
        }
        text = t("lab_cli.step", **values)
        if self._bar:
            filled = round(20 * event.step / max(1, self._total))
            self._line("█" * filled + "░" * (20 - filled) + " " + text, over=event.step < self._total)
        elif event.step % PLAIN_EVERY == 0 or event.step in (1, self._total) or event.loss is None:
            self._line(text)

    def _line(self, text: str, *, over: bool = False) -> None:
        """Print; with ``over`` the next line takes this one's place (on a terminal; a pipe drops it)."""
        if over and not self._bar:
            return
        if self._open_line:
            self._out.write("\r\x1b[K")
        self._out.write(text if over else text + "\n")
        self._out.flush()
        self._open_line = over


def note_lines(plan: Plan) -> Iterator[str]:
    """The plan's notes in the language of now; a code that has no text yet is said in English."""
    fields = msgspec.to_builtins(plan)
    for number, note in enumerate(plan.notes):
        code = plan.note_codes[number] if number < len(plan.note_codes) else ""
        yield t_or(f"lab_cli.note_{code}", clean(note, one_line=True), **fields)


async def follow(handle: RunHandle, live: Live, *, as_json: bool) -> Finished:
    """Show a run until it ends. The first Ctrl-C stops it and keeps the adapter; a second one lets go."""
    loop = asyncio.get_running_loop()
    asked = 0

    def on_signal() -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            live.say(t("lab_cli.stopping"))
            stopping.append(loop.create_task(handle.stop()))
        else:
            handle.kill()

    stopping: list[asyncio.Task[None]] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, on_signal)
    async for event in handle.events():
        if as_json:
            sys.stdout.write(encode(event).decode())
            sys.stdout.flush()
        else:
            live.show(event)
    return await handle.wait()
