"""A look as one web page: nothing in it runs or loads, everything from the file is escaped, and a policy says so."""

import base64
import hashlib
from html import escape

from labs.data.findings import Finding
from labs.data.lengths import Lengths
from labs.data.masks import LabelMask
from labs.data.report import Look
from metrics.clean import clean

_STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans SC",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2328;background:#fff}
h1{font-size:1.3rem;overflow-wrap:anywhere}h2{font-size:1.05rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}td,th{padding:.25rem .6rem;border-bottom:1px solid #d8dee4;text-align:left;vertical-align:top;overflow-wrap:anywhere}
.error{color:#b3261e}.warning{color:#8a5a00}.info{color:#57606a}
.mask{white-space:pre-wrap;overflow-wrap:anywhere;background:#f6f8fa;padding:.8rem;border-radius:.4rem;font:13px/1.7 ui-monospace,"Noto Sans Mono CJK SC",monospace}
.learned{background:#b7e4c7}.read{color:#57606a}.cut{text-decoration:line-through;color:#b3261e}
svg text{font-size:11px;fill:#57606a}svg rect{fill:#2f6f9f}
@media (prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}td,th{border-color:#30363d}.mask{background:#161b22}.learned{background:#1f5134}.error,.cut{color:#ff8a80}.warning{color:#e3b341}}
"""


def look_html(look: Look, lang: str = "en") -> str:
    """The page as a string; write it as UTF-8."""
    style_hash = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style_hash}'; base-uri 'none'; form-action 'none'"
    check = look.check
    title = f"{_text(check.path.name)}: {check.rows:,} rows"
    detection = check.detection
    facts = [
        ("format", f"{detection.format or 'unknown'} ({detection.confidence:.0%}): {detection.reason}"),
        ("encoding", check.encoding or "Parquet"),
        ("readable", f"{check.readable:,} of {check.rows:,}"),
        ("languages", ", ".join(f"{name} {count:,}" for name, count in check.languages.items()) or "none"),
    ]
    if check.labels:
        facts.append(
            ("answers", ", ".join(f"{share.value[:30]} {share.rows:,}" for share in check.labels[:8]))
        )
    body = [f"<h1>{title}</h1>", _table(facts), "<h2>Findings</h2>", _findings(check.findings, check.counts)]
    if look.lengths is not None:
        body += ["<h2>Tokens a row</h2>", _lengths(look.lengths)]
    if look.plan is not None:
        body += ["<h2>Steps</h2><ul>", *(f"<li>{_text(line)}</li>" for line in look.plan.formulas), "</ul>"]
    if look.masks:
        body.append("<h2>What is learned</h2>")
        body += [_mask(mask) for mask in look.masks]
    return (
        f'<!doctype html>\n<html lang="{escape(lang)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body>{''.join(body)}</body></html>\n"
    )


def _text(value: object) -> str:
    return escape(clean(str(value)))


def _table(rows: list[tuple[str, str]]) -> str:
    return (
        "<table>" + "".join(f"<tr><th>{_text(a)}</th><td>{_text(b)}</td></tr>" for a, b in rows) + "</table>"
    )


def _findings(findings: tuple[Finding, ...], counts: dict[str, int]) -> str:
    if not findings:
        return "<p>Nothing found.</p>"
    rows = []
    for finding in findings:
        place = "file" if finding.line is None else f"line {finding.line} {finding.field}"
        hint = f"<br><small>{_text(finding.hint)}</small>" if finding.hint else ""
        rows.append(
            f'<tr><td class="{finding.severity}">{finding.severity}</td><td>{_text(place)}</td>'
            f"<td>{_text(finding.code)}</td><td>{_text(finding.message)}{hint}</td></tr>"
        )
    summary = ", ".join(f"{code} {count:,}" for code, count in counts.items())
    return f"<p>{_text(summary)}</p><table>{''.join(rows)}</table>"


def _lengths(lengths: Lengths) -> str:
    most = max(bin.rows for bin in lengths.bins)
    height, step = 160, 36
    bars = []
    for at, bin in enumerate(lengths.bins):
        tall = round(bin.rows / most * height)
        x, y = at * step, height - tall
        bars.append(
            f'<rect x="{x}" y="{y + 14}" width="{step - 4}" height="{tall}"><title>{bin.low} to {bin.high - 1}: '
            f'{bin.rows}</title></rect><text x="{x}" y="{height + 28}">{bin.low}</text>'
        )
    width = len(lengths.bins) * step
    label = f"mean {lengths.mean:.1f}, P50 {lengths.p50}, P95 {lengths.p95}, P99 {lengths.p99}, longest {lengths.longest}"
    text = f"<p>{_text(label)}; {_text(lengths.tokenizer)}, {lengths.total:,} tokens</p>"
    if lengths.max_length is not None:
        text += (
            f"<p>max_length {lengths.max_length}: {lengths.over:,} rows are longer. Cut (TRL): {lengths.kept_if_cut:,} "
            f"tokens left. Dropped (Bailian): {lengths.kept_if_dropped:,}.</p>"
        )
    return (
        f'{text}<svg role="img" aria-label="{escape(label)}" width="100%" viewBox="0 0 {width} {height + 36}">'
        f"{''.join(bars)}</svg>"
    )


def _mask(mask: LabelMask) -> str:
    runs: list[tuple[str, list[str]]] = []
    for token in mask.tokens:
        if not runs or runs[-1][0] != token.state:
            runs.append((token.state, []))
        runs[-1][1].append(token.text)
    spans = "".join(f'<span class="{state}">{_text("".join(texts))}</span>' for state, texts in runs)
    end = "" if mask.ends_turn else "; the end of the answer is not learned"
    head = f"line {mask.line}: {mask.learned} of {len(mask.tokens)} tokens are learned ({mask.source}{end})"
    return f'<p>{_text(head)}</p><div class="mask">{spans}</div>'
