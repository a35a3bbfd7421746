"""Entry point: ``python -m labs.worker`` imports the libraries, then waits for one order on stdin."""

import os
import sys

# Before any library can print: keep the real stdout for events alone, and send everything else to stderr.
_events_fd = os.dup(1)
os.dup2(2, 1)


def main() -> int:
    """Import, wait for the order, do it. Exit code 0 whenever the outcome was said in an event."""
    from labs.worker.control import Control
    from labs.worker.libraries import import_libraries, quieten
    from labs.worker.work import work

    control = Control()
    control.listen_for_sigterm()
    quieten()
    missing = import_libraries()
    order = control.wait_for_order(sys.stdin.fileno())
    if order is None:
        return 0
    return work(order, control, os.fdopen(_events_fd, "wb", buffering=0), missing)


if __name__ == "__main__":
    sys.exit(main())
