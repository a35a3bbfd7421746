"""sacreBLEU's 13a, zh and char tokenizers: the same tokens, without a cache entry for every line ever seen.

Equality with sacreBLEU's own objects is property-tested; only the loop over characters in ``zh`` is replaced,
by one regular expression built from the same ranges.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Literal

from metrics.errors import MetricError, require
from metrics.scripts import script_of

Tokenize = Literal["auto", "13a", "zh", "char", "intl", "none"]
_REMEMBERED = 250_000
"""Texts whose tokens are kept at once: some 200 MB of short texts."""
_memory: ContextVar[dict[str, dict[str, list[str]]] | None] = ContextVar("tokens", default=None)
_OF_SCRIPT: dict[str, Tokenize] = {"spaced": "13a", "zh": "zh", "unspaced": "char"}


def choose(tokenize: Tokenize, texts: Iterable[str]) -> tuple[Tokenize, tuple[str, ...]]:
    """The tokenizer that ``auto`` stands for over these texts, and a warning where a fixed one does not suit."""
    script = script_of(texts)
    if tokenize == "auto":
        return _OF_SCRIPT[script], ()
    if script != "spaced" and tokenize in {"13a", "intl", "none"}:
        return tokenize, (
            f"tokenize={tokenize} does not split text without spaces: a sentence counts as one word",
        )
    return tokenize, ()


def tokenizer(name: Tokenize) -> Callable[[str], list[str]]:
    """The function from text to tokens that ``name`` stands for.

    Raises:
        MetricError: ``unknown-option`` for another name.
    """
    split = _tokenizer(name)
    memory = _memory.get()
    if memory is None:
        return split
    known = memory.setdefault(name, {})

    def remembered(text: str) -> list[str]:
        tokens = known.get(text)
        if tokens is None:
            tokens = split(text)
            if len(known) < _REMEMBERED:
                known[text] = tokens
        return tokens

    return remembered


@contextmanager
def remembering() -> Iterator[None]:
    """Keep tokens while several metrics read the same texts; forgotten at the end, bounded in between."""
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


@cache
def _tokenizer(name: Tokenize) -> Callable[[str], list[str]]:
    if name == "char":
        return lambda text: list("".join(text.split()))
    if name == "none":
        return str.split
    if name == "intl":
        intl = require(
            "sacrebleu.tokenizers.tokenizer_intl", "the intl tokenizer"
        ).TokenizerV14International()
        return lambda text: str(intl(text.rstrip())).split()
    if name not in {"13a", "zh"}:
        raise MetricError(
            "unknown-option", f"no tokenizer {name!r}", "Take auto, 13a, zh, char, intl or none"
        )
    rules = require("sacrebleu.tokenizers.tokenizer_re", "BLEU's tokenizer").TokenizerRegexp()._re
    (symbols, _), (before, split_before), (after, split_after), (dash, split_dash) = rules
    spread = {i: f" {chr(i)} " for i in range(33, 128) if symbols.match(chr(i))}
    # The rule for symbols also "spreads" the space; leaving that out changes nothing once lines are split.
    any_symbol = re.compile(f"[{re.escape(''.join(map(chr, spread)))}]").search

    def western(line: str) -> list[str]:
        if any_symbol(line):
            line = line.translate(spread)
        if "." in line or "," in line:
            line = after.sub(split_after, before.sub(split_before, line))
        if "-" in line:
            line = dash.sub(split_dash, line)
        return line.split()

    if name == "13a":

        def tokens_13a(text: str) -> list[str]:
            line = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
            if "&" in line:
                line = (
                    line.replace("&quot;", '"')
                    .replace("&amp;", "&")
                    .replace("&lt;", "<")
                    .replace("&gt;", ">")
                )
            return western(f" {line} ")

        return tokens_13a
    chinese = _chinese_class()

    def tokens_zh(text: str) -> list[str]:
        return western(chinese.sub(r" \g<0> ", text.strip()))

    return tokens_zh


def _chinese_class() -> re.Pattern[str]:
    """sacreBLEU's ranges as a character class.

    Its two bounds beyond the BMP are written ``'\\u20000'``, which Python reads as U+2000 and a zero, and
    comparisons of one character with that string make it U+2001..U+2A6D: curly quotes and dashes split too.
    """
    ranges = require("sacrebleu.tokenizers.tokenizer_zh", "BLEU's Chinese tokenizer")._UCODE_RANGES
    pieces = []
    for start, end in ranges:
        low = ord(start) if len(start) == 1 else ord(start[0]) + 1
        pieces.append(f"{re.escape(chr(low))}-{re.escape(end[0])}")
    return re.compile(f"[{''.join(pieces)}]")
