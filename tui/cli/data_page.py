"""A look as one web page: nothing in it runs or loads, everything from the file is escaped, and a policy says so."""

import base64
import hashlib
from html import escape

from labs.data.findings import CheckReport
from labs.data.lengths import Lengths
from labs.data.masks import LabelMask
from labs.data.report import Look
from metrics.clean import clean
from tui.cli.data_text import (
    amount,
    counted,
    finding_name,
    lengths_label,
    limit_text,
    mask_head,
    place_text,
    plan_lines,
)
from tui.i18n import language, t
from tui.library_words import in_words

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


def look_html(look: Look) -> str:
    """The page as a string, in the language of now; write it as UTF-8."""
    style_hash = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style_hash}'; base-uri 'none'; form-action 'none'"
    check = look.check
    title = _text(t("data_command.rows", file=clean(check.path.name, one_line=True), n=amount(check.rows)))
    body = [f"<h1>{title}</h1>", _table(_facts(check)), _heading("findings"), _findings(check)]
    if look.lengths is not None:
        body += [_heading("lengths"), _lengths(look.lengths)]
    if look.plan is not None:
        steps = (f"<li>{_text(line)}</li>" for line in plan_lines(look.plan))
        body += [_heading("plan"), "<ul>", *steps, "</ul>"]
    if look.masks:
        body.append(_heading("masks"))
        body += [_mask(mask) for mask in look.masks]
    return (
        f'<!doctype html>\n<html lang="{language()}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body>{''.join(body)}</body></html>\n"
    )


def _text(value: object) -> str:
    return escape(clean(str(value)))


def _heading(name: str) -> str:
    return f"<h2>{_text(t(f'data_command.page_{name}'))}</h2>"


def _facts(check: CheckReport) -> dict[str, str]:
    detection = check.detection
    form = detection.format or t("data_command.unknown")
    facts = {
        "format": f"{form} ({detection.confidence:.0%}): {in_words(detection.reason)}",
        "encoding": check.encoding or "Parquet",
        "readable": t("data_command.page_readable_of", n=f"{check.readable:,}", all=f"{check.rows:,}"),
        "languages": counted(check.languages) or t("data_command.page_none"),
    }
    if check.labels:
        facts["answers"] = counted({share.value: share.rows for share in check.labels[:8]})
    return facts


def _table(facts: dict[str, str]) -> str:
    rows = (
        f"<tr><th>{_text(t(f'data_command.page_{name}'))}</th><td>{_text(value)}</td></tr>"
        for name, value in facts.items()
    )
    return f"<table>{''.join(rows)}</table>"


def _findings(check: CheckReport) -> str:
    if not check.findings:
        return f"<p>{_text(t('data_command.page_nothing'))}</p>"
    rows = []
    for finding in check.findings:
        severity = t(f"data_command.severity_{finding.severity}")
        hint = f"<br><small>{_text(in_words(finding.hint))}</small>" if finding.hint else ""
        rows.append(
            f'<tr><td class="{finding.severity}">{_text(severity)}</td><td>{_text(place_text(finding))}</td>'
            f"<td>{_text(finding_name(finding.code))}</td><td>{_text(in_words(finding.message))}{hint}</td></tr>"
        )
    named = {finding_name(code): count for code, count in check.counts.items()}
    return f"<p>{_text(counted(named))}</p><table>{''.join(rows)}</table>"


def _lengths(lengths: Lengths) -> str:
    most = max(bin.rows for bin in lengths.bins)
    height, step = 160, 36
    bars = []
    for at, bin in enumerate(lengths.bins):
        tall = round(bin.rows / most * height)
        x, y = at * step, height - tall
        tip = t("data_command.page_bin", low=bin.low, high=bin.high - 1, rows=bin.rows)
        bars.append(
            f'<rect x="{x}" y="{y + 14}" width="{step - 4}" height="{tall}"><title>{_text(tip)}</title></rect>'
            f'<text x="{x}" y="{height + 28}">{bin.low}</text>'
        )
    label = lengths_label(lengths)
    said = t("data_command.page_tokens", label=label, total=f"{lengths.total:,}")
    text = f"<p>{_text(said)}</p>"
    if lengths.max_length is not None:
        text += f"<p>{_text(limit_text(lengths))}</p>"
    return (
        f'{text}<svg role="img" aria-label="{escape(label)}" width="100%" '
        f'viewBox="0 0 {len(lengths.bins) * step} {height + 36}">{"".join(bars)}</svg>'
    )


def _mask(mask: LabelMask) -> str:
    runs: list[tuple[str, list[str]]] = []
    for token in mask.tokens:
        if not runs or runs[-1][0] != token.state:
            runs.append((token.state, []))
        runs[-1][1].append(token.text)
    spans = "".join(f'<span class="{state}">{_text("".join(texts))}</span>' for state, texts in runs)
    return f'<p>{_text(mask_head(mask))}</p><div class="mask">{spans}</div>'
