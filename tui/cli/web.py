"""``finetutor web``: the app in a browser on this machine."""

import secrets
import sys
from typing import Annotated

import typer

from tui.cli.main import home_of
from tui.cli.output import print_json


def command(
    context: typer.Context,
    host: Annotated[
        str, typer.Option(help="Address to listen on; other machines only if you change it.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8765,
    lang: Annotated[
        str | None, typer.Option(help="en or zh; otherwise the settings, then the locale.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the address as JSON.")] = False,
) -> None:
    """Serve the app to a browser until Ctrl+C. The address holds a token: who has it can use your progress and start runs."""
    from tui.web.server import TokenServer, app_command, is_loopback

    server = TokenServer(app_command(home_of(context).root, lang), secrets.token_urlsafe(24), host, port)
    if not is_loopback(host):
        print(
            f"Warning: {host} can be reached from other machines. Whoever has the address below uses your progress "
            "and starts runs here, and nothing on the way is encrypted.",
            file=sys.stderr,
        )
    if json:
        print_json({"url": server.address, "loopback": is_loopback(host)})
    else:
        print(server.address)
    sys.stdout.flush()
    try:
        server.serve()
    except OSError as error:
        print(f"{host}:{port}: {error.strerror or error}; choose another with --port", file=sys.stderr)
        raise typer.Exit(1) from error
