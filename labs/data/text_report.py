"""A look as plain text for the terminal and for logs. Everything from files goes through ``clean`` first."""

from labs.data.findings import CheckReport, Finding
from labs.data.lengths import Lengths
from labs.data.masks import LabelMask
from labs.data.report import Look
from metrics.clean import clean

_BAR = 40
_MARKS = {"error": "x", "warning": "!", "info": "i"}


def check_text(report: CheckReport) -> str:
    """What a check found, the file first, then one line a finding."""
    detection = report.detection
    lines = [
        f"{clean(str(report.path), one_line=True)}: {report.rows:,} rows"
        + ("" if report.readable == report.rows else f", {report.readable:,} readable"),
        f"format: {detection.format or 'unknown'} ({detection.confidence:.0%}; {detection.reason})",
    ]
    if report.languages:
        lines.append(
            "languages: " + ", ".join(f"{name} {count:,}" for name, count in report.languages.items())
        )
    if report.labels:
        shown = ", ".join(
            f"{clean(share.value, one_line=True)[:30]} {share.rows:,}" for share in report.labels[:8]
        )
        lines.append(f"answers: {shown}")
    if report.lengths:
        found = report.lengths
        over = "" if found.max_length is None else f", {found.over:,} over {found.max_length}"
        lines.append(
            f"tokens: P50 {found.p50}, P95 {found.p95}, longest {found.longest}, {found.total:,} in all{over}"
        )
    if not report.counts:
        return "\n".join([*lines, "nothing found"])
    shown_codes: dict[str, int] = {}
    lines.append("")
    for finding in report.findings:
        shown_codes[finding.code] = shown_codes.get(finding.code, 0) + 1
        lines.append(finding_text(finding))
    more = [
        f"{code} {count - shown_codes.get(code, 0):,}"
        for code, count in report.counts.items()
        if count > shown_codes.get(code, 0)
    ]
    if more:
        lines.append("and more of the same: " + ", ".join(more))
    return "\n".join(lines)


def finding_text(finding: Finding) -> str:
    """One finding on one line: severity, place, code, message, next step."""
    place = "file" if finding.line is None else f"line {finding.line}"
    if finding.field:
        place += f" {clean(finding.field, one_line=True)}"
    hint = f" ({finding.hint})" if finding.hint else ""
    return (
        f"{_MARKS[finding.severity]} {place}: {finding.code}: {clean(finding.message, one_line=True)}{hint}"
    )


def look_text(look: Look) -> str:
    """The whole look."""
    parts = [check_text(look.check)]
    if look.lengths is not None:
        parts.append(lengths_text(look.lengths))
    if look.plan is not None:
        parts.append("\n".join(look.plan.formulas))
    parts += [mask_text(mask) for mask in look.masks]
    return "\n\n".join(parts)


def lengths_text(lengths: Lengths) -> str:
    """A histogram with its percentiles, and what a limit does."""
    most = max(bin.rows for bin in lengths.bins)
    width = len(str(lengths.bins[-1].high))
    lines = [
        f"tokens a row ({clean(lengths.tokenizer, one_line=True)}): mean {lengths.mean:.1f}, P50 {lengths.p50}, "
        f"P95 {lengths.p95}, P99 {lengths.p99}, longest {lengths.longest}"
    ]
    for bin in lengths.bins:
        bar = "#" * (-(-bin.rows * _BAR // most) if bin.rows else 0)
        lines.append(f"{bin.low:>{width}}-{bin.high - 1:<{width}} {bar} {bin.rows:,}")
    if lengths.max_length is not None:
        lines.append(
            f"max_length {lengths.max_length}: {lengths.over:,} rows are longer; cut (TRL) leaves {lengths.kept_if_cut:,} "
            f"tokens, dropped (Bailian) leaves {lengths.kept_if_dropped:,} of {lengths.total:,}"
        )
    return "\n".join(lines)


def mask_text(mask: LabelMask) -> str:
    """A row with what is learned in [brackets] and what is cut off after a bar."""
    out: list[str] = []
    before = "read"
    for token in mask.tokens:
        if token.state != before:
            out.append({"learned": "[", "read": "", "cut": ""}[token.state] if before != "learned" else "]")
            if (before == "learned" and token.state == "cut") or token.state == "cut":
                out.append(" | cut: ")
            before = token.state
        out.append(token.text)
    if before == "learned":
        out.append("]")
    end = "" if mask.ends_turn else "; the end of the answer is not learned"
    head = f"line {mask.line}: {mask.learned} of {len(mask.tokens)} tokens are learned ({mask.source}{end})"
    return f"{head}\n{clean(''.join(out))}"
