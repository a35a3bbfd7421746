"""Trying prompts on a run: what a worker with a ``chat`` order says, and a handle to ask it."""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from labs.events import System
from labs.launcher import Launcher
from labs.orders import Ask, Chat
from labs.runs import Run


class ChatReady(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="chat_ready"):
    """The models are loaded; questions are answered from now on."""


class Piece(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="chat_piece"):
    """The next characters of an answer; with ``done`` the answer is complete."""

    id: int
    system: System
    text: str
    done: bool = False


class ChatEnded(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="chat_ended"):
    """There will be no more answers; ``code`` is ``ok`` or what went wrong."""

    code: str
    message: str = ""
    hint: str = ""


ChatEvent = ChatReady | Piece | ChatEnded

_decoder: msgspec.json.Decoder[ChatEvent] = msgspec.json.Decoder(ChatEvent)


def encode_chat(event: ChatEvent) -> bytes:
    """One line with its newline."""
    return msgspec.json.encode(event) + b"\n"


class ChatHandle:
    """A worker that answers prompts with a run's base and tuned model."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._asked = 0
        self._reading = asyncio.Lock()
        """Held by the one who waits for the worker's words: an answer, or the close that comes into it."""

    @classmethod
    async def open(cls, launcher: Launcher, run: Run) -> "ChatHandle":
        """Hand a worker the run. It loads the models in the background; ask at once if you like."""
        process = await launcher.take_worker()
        handle = cls(process)
        await handle._send(Chat(folder=str(run.folder), spec=run.spec))
        return handle

    async def ask(
        self, prompt: str, systems: tuple[System, ...] = ("base", "tuned"), max_new_tokens: int = 96
    ) -> AsyncIterator[Piece | ChatEnded]:
        """Ask and yield pieces of the answers as they come, one system after the other.

        The last one has ``done``, or is a ``ChatEnded`` that says why there will be no more.
        """
        self._asked += 1
        await self._send(Ask(id=self._asked, prompt=prompt, systems=systems, max_new_tokens=max_new_tokens))
        left = len(systems)
        assert self._process.stdout is not None
        while left:
            async with self._reading:
                line = await self._process.stdout.readline()
            if not line:
                code = await self._process.wait()
                yield ChatEnded(code="crashed", message=f"The worker ended (exit code {code}).")
                return
            try:
                event = _decoder.decode(line)
            except msgspec.DecodeError:
                continue
            if isinstance(event, ChatEnded):
                yield event
                return
            if isinstance(event, Piece) and event.id == self._asked:
                left -= event.done
                yield event

    async def close(self) -> None:
        """Let the worker go; a question under way is abandoned."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._process.returncode is None:
            # It has nothing to save, and while it loads its models it would not hear a gentler word for long.
            self._process.kill()
        async with self._reading:
            while self._process.stdout is not None and await self._process.stdout.read(65536):
                continue
        await self._process.wait()

    async def _send(self, message: Chat | Ask) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(message) + b"\n")
        await self._process.stdin.drain()
