"""The app in a browser: answered only with the token and by the right name, and asking no other host for anything."""

import asyncio
import base64
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from labs.runs import list_runs
from tui.web.server import is_loopback

ROOT = Path(__file__).parents[2]


@pytest.fixture
def port() -> Iterator[int]:
    """A port that the system gives to nobody else meanwhile: bound but not listened on, a server may have it."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@pytest.fixture
def served(tmp_path: Path, port: int) -> Iterator[str]:
    """The address of an app served over a home of its own."""
    (tmp_path / "settings.toml").write_text("started = true\nlanguage = 'en'\n", encoding="utf-8")
    command = [sys.executable, "-c", "from tui.cli.main import main; main()", "--home", str(tmp_path), "web"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--port", str(port), "--json"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert said["loopback"] is True
        yield said["url"]
        process.terminate()
        process.communicate(timeout=20)


# The app with a worker that plays a script, behind our own server.
SCRIPTED = """
import shlex, sys
from tui.web.server import TokenServer
app = "import sys; from pathlib import Path; from tui.app import FineTutorApp; from tui.home import Home; "
app += "app = FineTutorApp(Home(Path(sys.argv[1])), 'en'); "
app += "app.worker_command = [sys.executable, sys.argv[2], 'slow', '--steps', '60']; app.run()"
command = shlex.join([sys.executable, "-c", app, sys.argv[1], sys.argv[2]])
server = TokenServer(command, "token", "127.0.0.1", int(sys.argv[3]))
print(server.address, flush=True)
server.serve()
"""


@pytest.fixture
def scripted_server(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """A server of an app whose runs a scripted worker plays; its first line is its address."""
    (tmp_path / "settings.toml").write_text("started = true\nlanguage = 'en'\n", encoding="utf-8")
    fake = ROOT / "tests" / "labs" / "fake_worker.py"
    command = [sys.executable, "-c", SCRIPTED, str(tmp_path), str(fake), str(port)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield process
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture
def served_scripted(scripted_server: subprocess.Popen[str]) -> str:
    """Its address."""
    assert scripted_server.stdout is not None
    return scripted_server.stdout.readline().strip()


async def reached(client: aiohttp.ClientSession, url: str, **options: Any) -> aiohttp.ClientResponse:
    """The answer, as soon as the server listens."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await client.get(url, **options)
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.05)


async def test_the_page_asks_no_other_host_and_needs_the_token(served: str) -> None:
    host = served.split("/")[2]
    async with aiohttp.ClientSession() as client:
        page = await reached(client, served)
        text = await page.text()
        assert page.status == 200
        assert set(re.findall(r"(?:https?|wss?)://([^/\"]+)", text)) == {host}
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        for path in re.findall(r"http://[^\"]+", text):
            answer = await client.get(path)
            assert answer.status == 200, path
            if path.endswith(".css"):
                assert not re.search(r"url\([\"']?(?:https?:)?//|@import", await answer.text())
        for wrong in (
            f"http://{host}/",
            f"http://{host}/wrong/",
            f"http://{host}/wrong/static/js/textual.js",
        ):
            assert (await client.get(wrong)).status == 404
        # A foreign page that points its own name at this address, or that opens our socket.
        assert (await client.get(served, headers={"Host": "evil.example"})).status == 404
        assert (await client.get(served, headers={"Origin": "http://evil.example"})).status == 404


async def test_a_card_is_answered_over_the_socket(served: str) -> None:
    async with aiohttp.ClientSession() as client:
        await reached(client, served)
        async with client.ws_connect(served.replace("http", "ws", 1) + "ws?width=80&height=24") as window:
            seen = b""

            async def until(wanted: bytes) -> None:
                nonlocal seen
                while wanted not in seen:
                    message = await asyncio.wait_for(window.receive(), 30)
                    assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT)
                    if message.type is aiohttp.WSMsgType.BINARY:
                        seen += message.data

            await window.send_json(["resize", {"width": 80, "height": 24}])
            await until(b"new items")
            for key, wanted in (
                ("s", b"Flashcards"),
                ("\x1b[B\r", b"Show answer"),
                (" ", b"Again"),
                ("3", b"Undo"),
            ):
                seen = b""
                await window.send_json(["stdin", key])
                await until(wanted)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_a_server_that_ends_leaves_no_app_and_no_worker(
    scripted_server: subprocess.Popen[str], served_scripted: str, tmp_path: Path, number: int
) -> None:
    async with aiohttp.ClientSession() as client:
        await reached(client, served_scripted)
        async with client.ws_connect(served_scripted.replace("http", "ws", 1) + "ws") as window:
            seen = b""
            for key, wanted in (
                ("", b"new items"),
                ("l", b"Your first QLoRA run"),
                ("\r", b"Contents"),
                ("\r", b"How many parameters"),
                ("\x1b[1;5C", b"learning_rate"),
                ("\r", b"still open"),
                ("\r", b"training"),
            ):
                await window.send_json(["stdin", key] if key else ["resize", {"width": 80, "height": 24}])
                while wanted not in seen:
                    message = await asyncio.wait_for(window.receive(), 40)
                    assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT)
                    seen += message.data if message.type is aiohttp.WSMsgType.BINARY else b""
                seen = b""
            (run,) = list_runs(tmp_path / "runs")
            scripted_server.send_signal(number)
            async with asyncio.timeout(60):
                while run.status().state == "running":
                    await (asyncio.sleep(0.05) if window.closed else window.receive())
    assert run.status().state == "cancelled"
    assert (run.adapter / "adapter_config.json").exists()
    # The lock goes with the process that holds it.
    lock = (tmp_path / "progress.db.lock").open("rb")
    await asyncio.wait_for(asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX), 30)
    lock.close()


def test_an_app_whose_server_has_died_ends_in_its_own_way(started: Path) -> None:
    app = (
        "import sys; from pathlib import Path; from tui.app import FineTutorApp; from tui.home import Home; "
    )
    app += "app = FineTutorApp(Home(Path(sys.argv[1])), 'en'); app.run(); sys.exit(app.return_code)"
    with subprocess.Popen(
        [sys.executable, "-c", app, str(started)],
        cwd=ROOT,
        env={**os.environ, "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        seen = b""
        while b"new items" not in seen:
            assert process.poll() is None
            seen += os.read(process.stdout.fileno(), 65536)
        process.stdout.close()
        process.stdin.write(b"D\x00\x00\x00\x01l")  # what it draws now meets nobody
        process.stdin.close()
        assert process.wait(20) == 128 + signal.SIGHUP


def test_only_loopback_addresses_are_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "localhost", "::1", "127.9.9.9")))
    assert not any(map(is_loopback, ("0.0.0.0", "192.168.1.4", "::", "example.org")))


def test_another_address_is_warned_about(tmp_path: Path, port: int) -> None:
    command = [sys.executable, "-c", "from tui.cli.main import main; main()", "--home", str(tmp_path), "web"]
    process = subprocess.Popen(
        [*command, "--host", "0.0.0.0", "--port", str(port)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None and process.stdout is not None
    assert b"can be reached from other machines" in process.stderr.readline()
    process.terminate()
    process.communicate(timeout=20)


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[str]:
    """A headless browser's debugging address."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    options = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--remote-debugging-port=0",
    ]
    options += [f"--user-data-dir={tmp_path / 'browser'}", "--window-size=1000,700", "about:blank"]
    with subprocess.Popen(
        [CHROMIUM, *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        said = (re.search(r"DevTools listening on ws://([^/]+)/", line) for line in process.stderr)
        yield f"http://{next(filter(None, said))[1]}"
        process.terminate()
        process.communicate(timeout=20)


class Tab:
    """One page of the browser over its debugging protocol: what it asks for, what its terminal shows, its keys."""

    def __init__(self, window: aiohttp.ClientWebSocketResponse) -> None:
        self.window = window
        self.asked: list[str] = []
        self.received = self.before = b""
        self._number = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, client: aiohttp.ClientSession, chromium: str, url: str) -> AsyncIterator["Tab"]:
        """A tab on the app, its keys going to the terminal."""
        await reached(client, url)
        tabs = await (await reached(client, f"{chromium}/json")).json()
        address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
        async with client.ws_connect(address, max_msg_size=0) as window:
            tab = cls(window)
            await tab.call("Network.enable")
            await tab.call("Page.enable")
            await tab.call("Page.navigate", url=url)
            await tab.until(b"new items")
            await tab.call("Runtime.evaluate", expression="document.querySelector('textarea').focus()")
            yield tab

    async def call(self, method: str, **parameters: object) -> dict[str, object]:
        self._number += 1
        await self.window.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            message = await self._take()
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message["result"]

    async def until(self, wanted: bytes) -> None:
        while wanted not in self.received:
            await self._take()
        self.before, self.received = self.received, b""

    async def key(self, key: str, text: str = "", modifiers: int = 0) -> None:
        await self.call(
            "Input.dispatchKeyEvent", type="keyDown", key=key, text=text, modifiers=modifiers, **_code(key)
        )
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key, **_code(key))

    async def _take(self) -> dict[str, object]:
        message = json.loads((await asyncio.wait_for(self.window.receive(), 40)).data)
        if message.get("method") == "Network.requestWillBeSent":
            self.asked.append(message["params"]["request"]["url"])
        if message.get("method") == "Network.webSocketFrameReceived":
            payload = message["params"]["response"]["payloadData"]
            binary = message["params"]["response"]["opcode"] == 2
            self.received += base64.b64decode(payload) if binary else payload.encode()
        return message


def _code(key: str) -> dict[str, object]:
    codes = {"ArrowDown": 40, "ArrowRight": 39, "Enter": 13, " ": 32}
    return {"windowsVirtualKeyCode": codes.get(key, ord(key.upper()[0])), "code": key if len(key) > 1 else ""}


async def test_a_card_is_answered_in_chromium_and_no_other_host_is_asked(served: str, chromium: str) -> None:
    async with aiohttp.ClientSession() as client, Tab.open(client, chromium, served) as tab:
        await tab.key("s", "s")
        await tab.until(b"Flashcards")
        await tab.key("ArrowDown")
        await tab.key("Enter", "\r")
        await tab.until(b"Show answer")
        await tab.key(" ", " ")
        await tab.until(b"Again")
        await tab.key("3", "3")
        await tab.until(b"Undo")
        hosts = {url.split("/")[2] for url in tab.asked if not url.startswith(("data:", "about:"))}
        assert hosts == {served.split("/")[2]}
        shown = await tab.call("Runtime.evaluate", expression="document.body.className")
        assert "-first-byte" in shown["result"]["value"]


async def test_a_run_is_started_in_chromium_and_moves(served_scripted: str, chromium: str) -> None:
    async with aiohttp.ClientSession() as client, Tab.open(client, chromium, served_scripted) as tab:
        await tab.key("l", "l")
        await tab.until(b"Your first QLoRA run")
        await tab.key("Enter", "\r")
        await tab.until(b"Contents")
        await tab.key("Enter", "\r")
        await tab.until(b"How many parameters")
        await tab.key("ArrowRight", modifiers=2)
        await tab.until(b"learning_rate")
        await tab.key("Enter", "\r")
        await tab.until(b"still open")
        await tab.key("Enter", "\r")
        await tab.until(b"training")
        steps = set()
        while len(steps) < 5:  # the step counter, drawn again and again
            await tab.until(b"/60")
            steps.add(tab.before.split(b"/60")[0][-3:])
