"""What training needs of the world around it: somewhere to report, and someone who may ask it to stop."""

from typing import Any, Protocol

from labs.events import Event


class Reporter(Protocol):
    """Takes events."""

    def say(self, kind: type[Event], **fields: Any) -> Event:
        """Report one event; ``seq``, ``t`` and ``v`` are filled in."""

    def seconds(self) -> float:
        """Since the run was taken."""


class StopSignal(Protocol):
    """Says whether to stop after this step."""

    @property
    def should_stop(self) -> bool:
        """Stop after this step."""

    @property
    def stop_reason(self) -> str:
        """Empty, ``asked`` or ``parent_gone``."""
