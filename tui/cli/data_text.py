"""Checks and looks as plain text for the terminal and for logs. Everything from files goes through ``clean`` first."""

from collections.abc import Iterator, Mapping

from labs.data.findings import CheckReport, Finding, LengthSummary
from labs.data.lengths import Lengths, Plan
from labs.data.masks import LabelMask
from labs.data.report import Look
from metrics.clean import clean
from tui.i18n import language, t, t_or
from tui.library_words import in_words

_BAR = 40
_MARKS = {"error": "x", "warning": "!", "info": "i"}


def check_text(report: CheckReport) -> str:
    """What a check found, the file first, then one line a finding."""
    lines = [*_head(report)]
    if not report.counts:
        return "\n".join([*lines, t("data_command.nothing")])
    shown_codes: dict[str, int] = {}
    lines.append("")
    for finding in report.findings:
        shown_codes[finding.code] = shown_codes.get(finding.code, 0) + 1
        lines.append(finding_text(finding))
    more = {code: count - shown_codes.get(code, 0) for code, count in report.counts.items()}
    if any(more.values()):
        named = {finding_name(code): count for code, count in more.items() if count}
        lines.append(t("data_command.more", names=counted(named)))
    return "\n".join(lines)


def _head(report: CheckReport) -> Iterator[str]:
    file = clean(str(report.path), one_line=True)
    read = "" if report.readable == report.rows else t("data_command.readable", n=f"{report.readable:,}")
    yield t("data_command.rows", file=file, n=amount(report.rows)) + read
    detection = report.detection
    name = detection.format or t("data_command.unknown")
    yield t(
        "data_command.format",
        name=name,
        sure=f"{detection.confidence:.0%}",
        reason=in_words(detection.reason),
    )
    if report.languages:
        yield t("data_command.languages", names=counted(report.languages))
    if report.labels:
        yield t(
            "data_command.answers", names=counted({share.value: share.rows for share in report.labels[:8]})
        )
    if report.lengths:
        yield _summary(report.lengths)


def _summary(found: LengthSummary) -> str:
    over = ""
    if found.max_length is not None:
        over = t("data_command.over", n=f"{found.over:,}", max=found.max_length)
    values = {"p50": found.p50, "p95": found.p95, "longest": found.longest, "total": f"{found.total:,}"}
    return t("data_command.tokens", **values) + over


def amount(number: int) -> int | str:
    """A number for a text: 1 as it is, since one row has words of its own; others with their thousands apart."""
    return 1 if number == 1 else f"{number:,}"


def counted(counts: Mapping[str, int]) -> str:
    """``zh 116, en 45``, each name on one line and short."""
    named = (f"{clean(name, one_line=True)[:30]} {rows:,}" for name, rows in counts.items())
    return "，".join(named) if language() == "zh" else ", ".join(named)


def finding_name(code: str) -> str:
    """A finding in words, where the language has them; the messages themselves name their finding in English."""
    if language() == "en":
        return code
    return t_or(f"data.found_{code.replace('.', '_').replace('-', '_')}", code)


def place_text(finding: Finding) -> str:
    """Line and field, or the file."""
    if finding.line is None:
        return t("data_command.whole_file")
    field = f" {clean(in_words(finding.field), one_line=True)}" if finding.field else ""
    return t("data.line", n=finding.line) + field


def finding_text(finding: Finding) -> str:
    """One finding on one line: severity, place, code, message, next step."""
    hint = in_words(finding.hint)
    if hint:
        hint = f"（{hint}）" if language() == "zh" else f" ({hint})"
    message = clean(in_words(finding.message) + hint, one_line=True)
    name = finding_name(finding.code)
    if name == finding.code:
        return f"{_MARKS[finding.severity]} {place_text(finding)}: {name}: {message}"
    return t(
        "data_command.finding",
        sign=_MARKS[finding.severity],
        place=place_text(finding),
        name=name,
        code=finding.code,
        message=message,
    )


def look_text(look: Look) -> str:
    """The whole look."""
    parts = [check_text(look.check)]
    if look.lengths is not None:
        parts.append(_lengths_text(look.lengths))
    if look.plan is not None:
        parts.append("\n".join(plan_lines(look.plan)))
    parts += [_mask_text(mask) for mask in look.masks]
    return "\n\n".join(parts)


def lengths_label(lengths: Lengths) -> str:
    """Mean and percentiles."""
    return t(
        "data_command.lengths",
        tokenizer=clean(lengths.tokenizer, one_line=True),
        mean=f"{lengths.mean:.1f}",
        p50=lengths.p50,
        p95=lengths.p95,
        p99=lengths.p99,
        longest=lengths.longest,
    )


def limit_text(lengths: Lengths) -> str:
    """What max_length does to the rows."""
    return t(
        "data_command.limit",
        max=lengths.max_length,
        n=amount(lengths.over),
        cut=f"{lengths.kept_if_cut:,}",
        dropped=f"{lengths.kept_if_dropped:,}",
        total=f"{lengths.total:,}",
    )


def _lengths_text(lengths: Lengths) -> str:
    most = max(bin.rows for bin in lengths.bins)
    width = len(str(lengths.bins[-1].high))
    lines = [lengths_label(lengths)]
    for bin in lengths.bins:
        bar = "#" * (-(-bin.rows * _BAR // most) if bin.rows else 0)
        lines.append(f"{bin.low:>{width}}-{bin.high - 1:<{width}} {bar} {bin.rows:,}")
    if lengths.max_length is not None:
        lines.append(limit_text(lengths))
    return "\n".join(lines)


def plan_lines(plan: Plan) -> Iterator[str]:
    """The formulas of steps and price, their left sides in the language of now."""
    for formula in plan.formulas:
        name, equals, rest = formula.partition(" = ")
        yield t_or(f"data_command.plan_{name.replace(' ', '-')}", name) + equals + rest


def mask_head(mask: LabelMask) -> str:
    """How many tokens of a row are learned, and how that was found."""
    end = "" if mask.ends_turn else t("data_command.mask_no_end")
    source = t_or(f"data.source_{mask.source.replace(' ', '_')}", mask.source)
    place = t("data.line", n=mask.line)
    return (
        t("data_command.mask", place=place, learned=mask.learned, all=len(mask.tokens), source=source) + end
    )


def _mask_text(mask: LabelMask) -> str:
    """A row with what is learned in [brackets] and what is cut off after a bar."""
    out: list[str] = []
    before = "read"
    for token in mask.tokens:
        if token.state != before:
            if before == "learned":
                out.append("]")
            if token.state != "read":
                out.append("[" if token.state == "learned" else t("data_command.mask_cut"))
            before = token.state
        out.append(token.text)
    if before == "learned":
        out.append("]")
    return f"{mask_head(mask)}\n{clean(''.join(out))}"
