"""The scheduler as this learner has it: fitted weights, wanted retention and exam, all kept with the progress."""

from datetime import datetime

import msgspec

from quiz_bank.scheduling import DEFAULT_RETENTION, Scheduler
from quiz_bank.store import Store

_WEIGHTS = "fsrs_weights"
_RETENTION = "desired_retention"
_FUZZ_SEED = 0


def scheduler_of(store: Store, exam: datetime | None = None) -> Scheduler:
    """The learner's scheduler.

    Args:
        exam: UTC moment of the exam, from the settings; the store's ranking follows it.
    """
    if not store.read_only:
        store.set_exam(exam)
    retention = store.get_meta(_RETENTION)
    return Scheduler(
        weights(store),
        desired_retention=float(retention) if retention else DEFAULT_RETENTION,
        fuzz_seed=_FUZZ_SEED,
        exam=exam,
    )


def weights(store: Store) -> tuple[float, ...] | None:
    """The 21 weights fitted to this learner; None while the defaults hold."""
    kept = store.get_meta(_WEIGHTS)
    return msgspec.json.decode(kept, type=tuple[float, ...]) if kept else None


def keep_weights(store: Store, fitted: tuple[float, ...] | None) -> None:
    """Use these weights from now on; None goes back to the defaults."""
    if fitted is not None:
        Scheduler(fitted)  # raises ValueError for weights that py-fsrs would not take
    store.set_meta(_WEIGHTS, msgspec.json.encode(fitted).decode() if fitted else None)


def keep_retention(store: Store, wanted: float) -> None:
    """Aim at this retrievability, 0.7 to 0.97, when a card is due."""
    if not 0.7 <= wanted <= 0.97:
        raise ValueError(f"desired retention must be between 0.7 and 0.97, not {wanted}")
    store.set_meta(_RETENTION, repr(wanted))
