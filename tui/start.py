"""Starting and ending the app on a terminal. Textual is imported only once the terminal is known to be usable."""

import sys

from tui.home import Home
from tui.terminal import why_not_here


def run_app(home: Home, lang: str | None = None) -> int:
    """Run the app until it is left; the exit code is 128 + n after signal n.

    Without a usable terminal: says so on stderr, names the plain commands, and returns 2.
    """
    reason = why_not_here()
    if reason is not None:
        print(reason, file=sys.stderr)
        return 2
    from tui.app import FineTutorApp
    from tui.i18n import language_of

    app = FineTutorApp(home, language_of(lang))
    app.run()
    return app.return_code or 0
