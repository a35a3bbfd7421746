"""Bailian's rules for training files, as data with the date they were read: they move, so the date is part of them.

Source: help.aliyun.com, "text-generation-tuning-data-upload-rules", "fine-tuning-api-guide" and
"model-training-on-console" as they stood on ``AS_OF``.
"""

import datetime
from pathlib import Path

from labs.data.examples import Example
from labs.data.findings import Collector
from labs.data.formats import Format

AS_OF = datetime.date(2026, 11, 22)
CONSOLE_MAX_BYTES = {
    Format.BAILIAN_SFT: 200 * 2**20,
    Format.BAILIAN_DPO: 200 * 2**20,
    Format.BAILIAN_CPT: 300 * 2**20,
}
API_MAX_BYTES = 300 * 2**20
NAME_MAX_CHARACTERS = 120
MIN_ROWS = {Format.BAILIAN_SFT: 1000, Format.BAILIAN_DPO: 100}
CPT_MIN_TOKENS = 50_000_000
ROLES = frozenset({"system", "user", "assistant", "tool"})
_DATED = f"as of {AS_OF}"


def is_bailian(format: Format | None) -> bool:
    """Whether ``format`` is one of Bailian's."""
    return format in CONSOLE_MAX_BYTES


def check_row(example: Example, line: int, into: Collector) -> None:
    """Add what Bailian would refuse or ignore in one row."""
    answers = [at for at, turn in enumerate(example.turns) if turn.role == "assistant"]
    for at, turn in enumerate((*example.turns, *example.chosen, *example.rejected)):
        field = f"turn {at + 1}"
        if turn.role not in ROLES:
            into.add(
                "bailian.role",
                "error",
                f"Bailian has no role {turn.role[:40]!r}",
                line=line,
                field=field,
                hint=_DATED,
            )
        for key in ("name", "weight"):
            if key in turn.extra:
                into.add(
                    "bailian.key",
                    "warning",
                    f"{key} is not supported",
                    line=line,
                    field=f"{field}.{key}",
                    hint=f"convert --to bailian-sft drops it; {_DATED}",
                )
        weight = turn.extra.get("loss_weight")
        if weight is not None:
            number = isinstance(weight, int | float) and not isinstance(weight, bool)
            if turn.role != "assistant" or not number or not 0 <= weight <= 1:
                into.add(
                    "bailian.loss-weight",
                    "error",
                    "loss_weight is a number from 0 to 1 on an assistant turn",
                    line=line,
                    field=f"{field}.loss_weight",
                    hint=_DATED,
                )
        if turn.role == "assistant":
            last = not answers or at >= answers[-1]
            _check_thinking(turn.content, last, line, field, into)
    _check_tools(example, line, into)
    if (example.chosen or example.rejected) and example.turns and example.turns[-1].role != "user":
        into.add("bailian.dpo-last", "error", "messages must end with the user", line=line, hint=_DATED)


def _check_thinking(content: str, last: bool, line: int, field: str, into: Collector) -> None:
    if "<think>" not in content and "</think>" not in content:
        return
    if not last:
        into.add(
            "bailian.think-place",
            "error",
            "<think> is allowed in the last assistant turn only",
            line=line,
            field=field,
            hint=_DATED,
        )
    body, closed, _ = content.partition("\n</think>\n\n")
    if (
        not content.startswith("<think>\n")
        or not closed
        or "<think>" in body[7:]
        or content.count("</think>") != 1
    ):
        into.add(
            "bailian.think-form",
            "error",
            r"thinking is written <think>\n...\n</think>\n\n at the start",
            line=line,
            field=field,
            hint=f"keep its newlines; {_DATED}",
        )


def _check_tools(example: Example, line: int, into: Collector) -> None:
    called: set[str] = set()
    for at, turn in enumerate(example.turns):
        calls = turn.extra.get("tool_calls")
        if isinstance(calls, list):
            called |= {str(call.get("id")) for call in calls if isinstance(call, dict)}
        if turn.role == "tool" and str(turn.extra.get("tool_call_id")) not in called:
            into.add(
                "bailian.tool-id",
                "error",
                "tool_call_id matches no earlier tool call",
                line=line,
                field=f"turn {at + 1}",
                hint=_DATED,
            )


def check_file(path: Path, format: Format, rows: int, tokens: int | None, into: Collector) -> None:
    """Add what Bailian says about the file as a whole: kind, size, name, rows, and tokens for pre-training."""
    if path.suffix.lower() != ".jsonl":
        into.add(
            "bailian.kind",
            "error",
            "Bailian takes JSON lines (.jsonl)",
            hint=f"finetutor data convert; {_DATED}",
        )
    size = path.stat().st_size
    limit = CONSOLE_MAX_BYTES[format]
    if size > limit:
        into.add(
            "bailian.size",
            "error",
            f"{size / 2**20:.1f} MiB, the console takes {limit // 2**20} MB a file",
            hint=f"split it; the API takes {API_MAX_BYTES // 2**20} MB; {_DATED}",
        )
    if len(path.name) > NAME_MAX_CHARACTERS:
        into.add(
            "bailian.name",
            "error",
            f"the name has {len(path.name)} characters, {NAME_MAX_CHARACTERS} are allowed",
            hint=_DATED,
        )
    wanted = MIN_ROWS.get(format)
    if wanted is not None and rows < wanted:
        into.add("bailian.rows", "warning", f"{rows} rows; Bailian advises at least {wanted}", hint=_DATED)
    if format is Format.BAILIAN_CPT and tokens is not None and tokens < CPT_MIN_TOKENS:
        into.add(
            "bailian.tokens",
            "warning",
            f"{tokens:,} tokens; Bailian advises at least {CPT_MIN_TOKENS:,}",
            hint=_DATED,
        )
