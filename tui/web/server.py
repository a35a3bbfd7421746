"""What textual-serve lacks: a token without which nothing answers, a check of the Host header, and a page that asks no other host.

Its own page loads a font from fonts.googleapis.com and its server answers anybody who reaches the port.
"""

import asyncio
import hmac
import ipaddress
import shlex
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp_jinja2
import jinja2
from aiohttp import web
from textual_serve.server import Server

HERE = Path(__file__).parent
# xterm.js sets styles on elements; scripts, fonts and sockets come from this server alone.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self' {socket}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def app_command(home: Path, lang: str | None) -> str:
    """The shell command that starts one app for one browser window."""
    words = [sys.executable, "-c", "from tui.cli.main import main; main()", "--home", str(home)]
    return shlex.join([*words, *(["--lang", lang] if lang else [])])


class TokenServer(Server):
    """Serves the app under ``/<token>/`` and nothing anywhere else."""

    def __init__(self, command: str, token: str, host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        super().__init__(
            command, host=host, port=port, title="FineTutor", public_url=f"http://{shown}:{port}"
        )
        self.templates_path = HERE / "templates"
        self._token = token
        self._windows: set[asyncio.Task[Any]] = set()
        """What serves a browser window, for as long as it is open."""

    @property
    def address(self) -> str:
        """What to open in the browser."""
        return f"{self.public_url}/{self._token}/"

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(self.templates_path), autoescape=True)
        app.add_routes(
            [
                web.get("/{token}/", self.handle_index, name="index"),
                web.get("/{token}/ws", self.handle_websocket, name="websocket"),
                web.get("/{token}/download/{key}", self.handle_download, name="download"),
                web.static(f"/{self._token}/static", self.statics_path, name="static"),
                web.static(f"/{self._token}/own", HERE / "static", name="own"),
            ]
        )
        app.on_shutdown.append(self._close_windows)
        return app

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One browser window with its app."""
        task = asyncio.current_task()
        assert task is not None
        self._windows.add(task)
        try:
            window: web.WebSocketResponse = await super().handle_websocket(request)
            return window
        finally:
            self._windows.discard(task)

    async def _close_windows(self, app: web.Application) -> None:
        """End the apps, which tell their runs; the server would wait a minute for the browsers to go by themselves."""
        for task in self._windows:
            task.cancel()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse a wrong token, and any other name for this server: a foreign page may point its own name here."""
        given = request.path.split("/")[1] if request.path.count("/") > 1 else ""
        named = urlsplit(f"//{request.headers.get('Host', '')}").hostname
        origin = request.headers.get("Origin")
        foreign = origin is not None and origin != self.public_url
        known = named == self.host or (is_loopback(self.host) and named is not None and is_loopback(named))
        if self.host in ("0.0.0.0", "::"):  # noqa: S104 (asked for by the owner, who has been warned)
            known, foreign = True, False
        if not hmac.compare_digest(given.encode(), self._token.encode()) or not known or foreign:
            raise web.HTTPNotFound
        response = await handler(request)
        if not response.prepared:
            socket = self.public_url.replace("http", "ws", 1)
            response.headers["Content-Security-Policy"] = _POLICY.format(socket=socket)
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page."""
        base = f"{self.public_url}/{self._token}"
        context = {
            "static": f"{base}/static",
            "own": f"{base}/own",
            "socket": base.replace("http", "ws", 1) + "/ws",
            "font_size": max(8, min(int(request.query.get("fontsize", "16")), 40))
            if request.query.get("fontsize", "16").isdigit()
            else 16,
        }
        return aiohttp_jinja2.render_template("app_index.html", request, context)

    async def on_startup(self, app: web.Application) -> None:
        """Nothing to print: the command has said where we are."""
