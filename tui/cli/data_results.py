"""What converting, cleaning, repairing, splitting, augmenting and looking for leaks came to, line by line."""

from collections.abc import Iterator
from pathlib import Path

from labs.data.augment import AugmentReport
from labs.data.clean import CleanReport
from labs.data.convert import ConvertReport
from labs.data.leakage import LeakReport
from labs.data.repair import RepairReport
from labs.data.split import SplitReport
from metrics.clean import clean
from tui.cli.data_run import shown
from tui.cli.data_text import amount, counted, finding_name
from tui.i18n import t
from tui.library_words import in_words

_SHOWN = 160
_MOST_STRATA = 50


def converted_lines(done: ConvertReport, target: Path) -> Iterator[str]:
    """What was written, and what was left behind."""
    yield t(
        "data_command.converted",
        source=done.source_format,
        target=done.target_format,
        n=amount(done.written),
        file=shown(target),
    )
    for name, rows in done.dropped.items():
        yield t("data_command.dropped", name=clean(in_words(name), one_line=True), n=amount(rows))
    for skipped in done.skipped:
        yield t(
            "data_command.skipped", line=skipped.line, message=clean(in_words(skipped.message), one_line=True)
        )
    if done.skipped_rows > len(done.skipped):
        yield t("data_command.skipped_all", n=f"{done.skipped_rows:,}")
    if done.exact:
        yield t("data_command.exact")


def cleaned_lines(done: CleanReport, target: Path) -> Iterator[str]:
    """How many rows are left, and why the others are gone."""
    yield t("data_command.kept", n=f"{done.kept:,}", all=f"{done.rows:,}", file=shown(target))
    for reason, rows in done.removed.items():
        yield t("data_command.removed", reason=finding_name(reason), n=f"{rows:,}")
    for change, rows in done.changed.items():
        yield t("data_command.changed", change=finding_name(change), n=f"{rows:,}")
    yield t("data_command.removals", file=shown(done.removals))


def repaired_line(done: RepairReport, target: Path) -> str:
    """What came back, and what is lost for good."""
    return t(
        "data_command.repaired",
        codec=done.codec,
        changed=f"{done.changed:,}",
        lines=f"{done.lines:,}",
        restored=f"{done.restored:,}",
        damaged=f"{done.damaged:,}",
        bytes=f"{done.lost_bytes:,}",
        file=shown(target),
    )


def split_lines(done: SplitReport, group: str | None) -> Iterator[str]:
    """Rows and groups a split, then the strata."""
    for name, file in done.files.items():
        yield t(
            "data_command.split",
            name=name,
            n=f"{done.rows[name]:,}",
            groups=f"{done.groups[name]:,}",
            file=shown(file),
        )
    for stratum, parts in sorted(done.strata.items())[:_MOST_STRATA]:
        yield f"  {clean(stratum, one_line=True)[:40]}: {counted(parts)}"
    if done.without_group:
        yield t("data_command.without_group", n=amount(done.without_group), group=group)


def leak_lines(found: LeakReport) -> Iterator[str]:
    """Counts by pair of splits and kind, then the pairs themselves."""
    for pair, kinds in found.counts.items():
        named = {t(f"data.leak_{kind}"): rows for kind, rows in kinds.items()}
        yield f"{clean(pair, one_line=True)}: {counted(named) or t('data_command.shared_nothing')}"
    for leak in found.pairs:
        yield ""
        yield t(
            "data_command.leak",
            kind=t(f"data.leak_{leak.kind}"),
            similarity=f"{leak.similarity:.2f}",
            split=clean(leak.split, one_line=True),
            line=leak.line,
            other=clean(leak.other, one_line=True),
            other_line=leak.other_line,
        )
        for text in (leak.text, leak.other_text):
            yield f"  {clean(text, one_line=True)[:_SHOWN]}"


def augmented_lines(done: AugmentReport, target: Path) -> Iterator[str]:
    """Rows added by each rule, and those held back."""
    yield t("data_command.augmented", rows=f"{done.rows:,}", added=f"{done.added:,}", file=shown(target))
    for name, rows in done.by_rule.items():
        yield f"  {name}: {rows:,}"
    if done.repeated or done.held_out:
        yield t("data_command.not_written", repeated=f"{done.repeated:,}", held_out=f"{done.held_out:,}")
