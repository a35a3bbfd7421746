"""Asking a run's models: leaving while they answer ends the answer, never the app."""

import asyncio
import sys

from labs.chat import ChatEnded, ChatHandle, Piece, encode_chat

FIRST = encode_chat(Piece(id=1, system="base", text="Six")).decode()
DEAF = f"""
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print({FIRST!r}, end="", flush=True)
while True:
    signal.pause()
"""


async def test_closing_ends_an_answer_that_is_still_awaited() -> None:
    """The peer begins an answer, says no more and hears no SIGTERM, as a worker that loads its models may not."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DEAF,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    handle, begun = ChatHandle(process), asyncio.Event()
    said: list[Piece | ChatEnded] = []

    async def ask() -> None:
        async for piece in handle.ask("How long?"):
            said.append(piece)
            begun.set()

    asking = asyncio.create_task(ask())
    await begun.wait()
    await handle.close()
    await asking
    assert [type(piece) for piece in said] == [Piece, ChatEnded]
    assert process.returncode is not None
