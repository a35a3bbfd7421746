"""``finetutor quiz undo | mark`` and ``progress restore | mend-clock``: putting things right."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from quiz_bank import backups
from quiz_bank.opening import recover
from quiz_bank.personal import scheduler_of
from quiz_bank.replay import future_reviews, rebuild
from quiz_bank.store_errors import StoreError
from tui.cli.main import home_of
from tui.cli.output import Json, LangOption, choose_language, print_json
from tui.cli.quiz_home import store_of
from tui.cli.quiz_output import bank_of, fail
from tui.i18n import t


def undo_command(context: typer.Context, lang: LangOption = None, json: Json = False) -> None:
    """Take back the last answer: card, log and counts are as they were before it."""
    choose_language(lang)
    with store_of(context, bank_of(context)) as store:
        undone = store.undo()
    if undone is None:
        raise fail(t("quiz_cli.nothing_to_undo"), 1)
    if json:
        print_json(undone)
    else:
        print(t("quiz_cli.undone", item=undone.item))


def mark_command(
    context: typer.Context,
    item: Annotated[str, typer.Argument(help="Id of a question or card.")],
    suspend: Annotated[
        bool | None, typer.Option("--suspend/--resume", help="Ask it no more, or ask it again.")
    ] = None,
    flag: Annotated[bool | None, typer.Option("--flag/--unflag", help="Something is wrong with it.")] = None,
    note: Annotated[str | None, typer.Option(help="Why.")] = None,
    json: Json = False,
) -> None:
    """Suspend or flag an item, with a note."""
    with store_of(context, bank_of(context)) as store:
        store.mark(item, suspended=suspend, flagged=flag, note=note)
        state = store.item(item)
    if json:
        print_json(state)


def restore_command(
    context: typer.Context,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start afresh instead of from a backup.")] = False,
    lang: LangOption = None,
) -> None:
    """Put the newest good backup in the place of the progress; what is there is set aside, never deleted."""
    choose_language(lang)
    home = home_of(context)
    backup = None if fresh else backups.newest_good(home.backups)
    if backup is None and not fresh:
        raise fail(t("quiz_cli.no_backup", folder=home.backups), 1)
    try:
        aside = recover(home.progress_db, backup, now=datetime.now(UTC))
    except StoreError as error:
        raise fail(str(error), 1) from error
    if aside is not None:
        print(t("quiz_cli.set_aside", path=aside))
    print(t("quiz_cli.restored", name=backup.name) if backup else t("quiz_cli.fresh"))


def mend_clock_command(context: typer.Context, lang: LangOption = None, json: Json = False) -> None:
    """Bring back cards that a clock far ahead has sent away: such reviews count as made now."""
    choose_language(lang)
    now = datetime.now(UTC)
    with store_of(context, bank_of(context)) as store:
        found = future_reviews(store, now)
        changed = rebuild(store, scheduler_of(store), not_after=now) if found else 0
    if json:
        print_json({"future": found, "changed": changed})
    else:
        print(t("quiz_cli.clock_mended", n=changed))
