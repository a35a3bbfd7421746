"""Do one order and say how it ended, whatever happens."""

import contextlib
import os
import traceback
from pathlib import Path
from typing import Any, BinaryIO

from labs.errors import LabsError
from labs.events import Finished
from labs.lock import training_lock
from labs.orders import Chat, Order, Train
from labs.proposal import smaller_setting
from labs.training.failures import ending_of
from labs.worker.control import Control
from labs.worker.stream import EventStream, redirect_output


def work(order: Order, control: Control, pipe: BinaryIO, missing: str) -> int:
    """Carry out ``order`` in its folder.

    Args:
        pipe: events go there as well as into the folder.
        missing: a library that could not be imported; then the run only says so.

    Returns:
        The process's exit code: 0 where the last event tells the outcome.
    """
    folder = Path(order.folder)
    redirect_output(folder / "run.log")
    os.chdir(folder)
    if isinstance(order, Chat):
        from labs.worker.chat import chat

        return chat(order, control, pipe)
    stream = EventStream(folder / "events.jsonl", pipe)
    ending: dict[str, Any]
    try:
        with contextlib.ExitStack() as held:
            if not order.parallel:
                held.enter_context(training_lock(folder.parent, folder.name))
            ending = _train(order, control, stream, missing)
    except BaseException as error:
        # Also what is no Exception: tokenizers' PanicException, KeyboardInterrupt. The run must say how it ended.
        traceback.print_exc()
        ending = ending_of(error)
    if ending["code"] == "out_of_memory":
        ending["proposal"] = smaller_setting(order.spec)
        changes = ", ".join(f"{name}={value}" for name, value in ending["proposal"].items())
        ending["hint"] = f"Try {changes}." if changes else "Choose a smaller model."
    try:
        stream.say(Finished, seconds=round(stream.seconds(), 3), **ending)
        stream.sync()
    except OSError:
        traceback.print_exc()
        return 1
    return 0


def _train(order: Train, control: Control, stream: EventStream, missing: str) -> dict[str, Any]:
    if missing:
        raise LabsError(
            "missing_dependency",
            f"{missing} is not installed.",
            "pip install 'finetutor[labs]' brings what labs need.",
        )
    from labs.training.run import train

    return train(order, control, stream)
