"""The learner's store and blueprints, for commands: opened with what there is to say on stderr."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from quiz_bank.bank import Bank
from quiz_bank.blueprints import Blueprint
from quiz_bank.intervals import Estimate
from quiz_bank.store import Store
from quiz_bank.store_errors import StoreError
from tui.cli.quiz_asking import opened
from tui.cli.quiz_output import fail
from tui.i18n import t


@contextmanager
def store_of(context: typer.Context, bank: Bank) -> Iterator[Store]:
    """The store, closed afterwards; what keeps it from opening or being written ends the command."""
    try:
        with opened(context, bank) as store:
            yield store
    except StoreError as error:
        raise fail(str(error), 1) from error


def blueprint_of(bank: Bank, name: str | None) -> Blueprint:
    """The blueprint named, or the bank's first."""
    if not bank.blueprints:
        raise fail("the bank has no blueprints", 1)
    if name is None:
        return next(iter(bank.blueprints.values()))
    if name not in bank.blueprints:
        raise fail(f"no blueprint {name!r}; there are {', '.join(bank.blueprints)}")
    return bank.blueprints[name]


def percent(estimate: Estimate) -> str:
    """``82 ± 6 %``, eight columns wide; the space before the sign is English."""
    return t("app.percent", n=f"{100 * estimate.value:>3.0f} ±{100 * estimate.half_width:>2.0f}")
