"""What the data page shows of a file: findings, lengths, label mask, repeats, leaks, conversion, as blocks of text."""

from collections.abc import Callable, Iterable
from itertools import groupby

from textual.content import Content

from labs.data.convert import ConvertReport
from labs.data.findings import CheckReport, Finding
from labs.data.leakage import LeakReport
from labs.data.lengths import Lengths
from labs.data.masks import LabelMask
from metrics.clean import clean
from tui.i18n import language, t, t_or
from tui.library_words import in_words
from tui.screens.lab_text import cell, number, one_line
from tui.widgets.blocks import BLANK, Block

_SIGN = {"error": ("✗", "$error"), "warning": ("!", "$warning"), "info": ("·", "$muted")}
_WEIGHT = {"error": 0, "warning": 1, "info": 2}
REPEATS = ("row.duplicate", "row.near-same", "row.contradiction")
MOST_PAIRS = 30


def finding_blocks(report: CheckReport) -> Iterable[Block]:
    """The file in a few figures, then every kind of finding with its first places."""
    found = report.detection
    sure = (
        f"{found.format.value} ({t('app.percent', n=f'{100 * found.confidence:.0f}')})"
        if found.format
        else t("data.no_format")
    )
    yield _fact(
        "rows",
        number(report.rows)
        + (f"  {t('data.readable', n=number(report.readable))}" if report.readable != report.rows else ""),
    )
    yield _fact("format", sure)
    yield _fact(
        "languages", ", ".join(f"{one_line(name)} {number(rows)}" for name, rows in report.languages.items())
    )
    if report.encoding:
        yield _fact("encoding", report.encoding)
    if report.labels:
        yield _fact(
            "labels",
            ", ".join(f"{one_line(share.value)} {number(share.rows)}" for share in report.labels[:8]),
        )
    yield BLANK
    if not report.findings:
        yield Block(Content.styled("✓ " + t("data.clean"), "$success"))
    yield from _grouped(report, lambda finding: True)


def repeat_blocks(report: CheckReport) -> Iterable[Block]:
    """Duplicates, rows that all but repeat, and one question with two answers."""
    if not any(code in report.counts for code in REPEATS):
        yield Block(Content.styled("✓ " + t("data.no_repeats"), "$success"))
    yield from _grouped(report, lambda finding: finding.code in REPEATS)


def _grouped(report: CheckReport, wanted: Callable[[Finding], bool]) -> Iterable[Block]:
    findings = sorted(filter(wanted, report.findings), key=lambda one: (_WEIGHT[one.severity], one.code))
    for code, group in groupby(findings, key=lambda one: one.code):
        first, *rest = group
        sign, style = _SIGN[first.severity]
        head = Content.assemble((_name(first), "bold"), (f"  ×{report.counts[code]:,}", "$muted"))
        yield Block(head, Content.styled(f"{sign} ", style))
        for finding in (first, *rest[:4]):
            yield Block(_place(finding), indent=4)
        if first.hint:
            yield Block(Content.styled("→ " + one_line(in_words(first.hint)), "$muted"), indent=4)


def _name(finding: Finding) -> str:
    key = finding.code.replace(".", "_").replace("-", "_")
    return t_or(f"data.found_{key}", one_line(finding.code))


def _place(finding: Finding) -> Content:
    where = t("data.line", n=f"{finding.line:,}") if finding.line is not None else t("data.whole_file")
    field = f" {one_line(in_words(finding.field))}" if finding.field else ""
    return Content.assemble((where + field + "  ", "$muted"), one_line(in_words(finding.message)))


def length_blocks(lengths: Lengths, width: int) -> Iterable[Block]:
    """Percentiles and a histogram of tokens a row."""
    yield _fact(
        "rows",
        number(lengths.rows) + (f"  {t('data.skipped', n=lengths.skipped)}" if lengths.skipped else ""),
    )
    yield _fact("tokens", f"{number(lengths.total)}   {t('data.mean')} {lengths.mean:.1f}")
    yield _fact(
        "percentiles",
        f"P50 {lengths.p50}   P95 {lengths.p95}   P99 {lengths.p99}   {t('data.longest')} {lengths.longest}",
    )
    if lengths.max_length is not None:
        yield _fact("too_long", t("data.over", n=number(lengths.over), max=lengths.max_length))
    yield BLANK
    most = max(one.rows for one in lengths.bins)
    room = max(width - 26, 10)
    for one in lengths.bins:
        eighths = round(8 * room * one.rows / most)
        bar = "█" * (eighths // 8) + (" ▏▎▍▌▋▊▉"[eighths % 8] if eighths % 8 else "")
        head = cell(f"{one.low}–{one.high - 1}", 12, right=True)
        yield Block(
            Content.assemble(
                (head.plain, "$muted"), " ", (bar or ("▏" if one.rows else ""), "$primary"), f" {one.rows:,}"
            ),
            code=True,
        )


def mask_blocks(masks: Iterable[LabelMask]) -> Iterable[Block]:
    """Rows token by token: learned tokens stand out and are underlined, cut ones are struck through."""
    yield Block(Content.assemble(
        (t("data.read"), "$muted"), "   ", (t("data.learned"), "bold underline $success"), "   ", (t("data.cut"), "strike $error")
    ))  # fmt: skip
    styles = {"read": "$muted", "learned": "bold underline $success", "cut": "strike $error"}
    for mask in masks:
        source = t_or(f"data.source_{mask.source.replace(' ', '_')}", one_line(mask.source))
        share = t("data.learned_of", n=mask.learned, all=len(mask.tokens), source=source)
        yield BLANK
        yield Block(Content.assemble((t("data.line", n=mask.line), "bold"), (f"  {share}", "$muted")))
        parts = [(one_line_token(token.text), styles[token.state]) for token in mask.tokens]
        yield Block(Content.assemble(*parts), indent=2)
        if not mask.ends_turn:
            yield Block(Content.styled("! " + t("data.no_end"), "$warning"), indent=2)


def one_line_token(text: str) -> str:
    """A token as it stands in the row, its newlines shown."""
    return clean(text.replace("\n", "↵"))


def leak_blocks(report: LeakReport) -> Iterable[Block]:
    """Counts by kind, then the pairs."""
    if not any(report.counts.values()):
        yield Block(Content.styled("✓ " + t("data.no_leaks"), "$success"))
    for splits, kinds in report.counts.items():
        for kind, count in kinds.items():
            style = "$warning" if kind == "template" else "$error"
            yield Block(
                Content.assemble(
                    (f"{one_line(splits)}  ", "$muted"), (t(f"data.leak_{kind}"), style), f"  {count:,}"
                )
            )
    for leak in report.pairs[:MOST_PAIRS]:
        yield BLANK
        head = f"{t(f'data.leak_{leak.kind}')}  {leak.split}:{leak.line} ↔ {leak.other}:{leak.other_line}  {leak.similarity:.2f}"
        yield Block(Content.styled(one_line(head), "$muted"))
        for text in (leak.text, leak.other_text):
            yield Block(Content(one_line(text)), indent=2)


def converted_blocks(report: ConvertReport, target: str) -> Iterable[Block]:
    """What was written, and what was left behind."""
    done = t(
        "data.converted",
        n=number(report.written),
        source=report.source_format.value,
        target=report.target_format.value,
    )
    yield Block(Content.styled("✓ " + done, "$success"))
    yield Block(Content(one_line(target)), indent=2)
    if report.exact:
        yield Block(Content.styled(t("data.exact"), "$muted"))
    for name, rows in report.dropped.items():
        yield Block(
            Content(t("data.dropped", name=one_line(in_words(name)), n=number(rows))),
            Content.styled("! ", "$warning"),
        )
    for skipped in report.skipped[:20]:
        yield Block(
            Content.assemble((t("data.line", n=skipped.line) + "  ", "$muted"), one_line(skipped.message)),
            Content.styled("✗ ", "$error"),
        )


def _fact(name: str, value: str) -> Block:
    width = 10 if language() == "zh" else 12
    return Block(Content(value), Content.styled(cell(t(f"data.{name}"), width).plain, "$muted"))
