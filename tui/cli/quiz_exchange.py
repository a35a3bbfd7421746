"""What an import or export came to, as lines."""

from collections import Counter
from collections.abc import Iterator

from metrics.clean import clean
from quiz_bank.exchange.exporting import Exported
from quiz_bank.exchange.importing import Imported


def import_lines(result: Imported, *, dry_run: bool, skip_broken: bool) -> Iterator[str]:
    """The report of an import: what was written, what was left out and why."""
    for refusal in result.refused:
        where = f"{result.source}:{refusal.line}" if refusal.line else str(result.source)
        word = "broken" if refusal.broken else "left out"
        yield clean(f"{where}: {word}: {refusal.item}: {refusal.reason}", one_line=True)
    for loss in result.losses:
        yield clean(f"{result.source}:{loss.line or ''}: lost: {loss.item}: {loss.reason}", one_line=True)
    for found in result.findings:
        yield clean(str(found), one_line=True)
    counts = f"{result.questions} questions, {result.cards} cards"
    if result.deck is not None:
        yield f"{counts} -> {result.deck}"
    elif dry_run and result.usable:
        yield f"{counts} would be imported"
    else:
        nothing = "nothing would be imported" if dry_run else "nothing was imported"
        yield f"{nothing} ({counts} could be read); mend the file{'' if skip_broken else ', or use --skip-broken'}"


def export_lines(result: Exported) -> Iterator[str]:
    """The report of an export: losses by kind, with the items they concern."""
    by_kind = Counter(loss.what for loss in result.losses)
    for what, count in by_kind.most_common():
        items = [loss.item for loss in result.losses if loss.what == what][:3]
        yield clean(f"lost: {what}: {count} ({', '.join(items)}{' ...' if count > 3 else ''})", one_line=True)
    yield f"{result.questions} questions, {result.cards} cards -> {result.file} ({result.format})"
