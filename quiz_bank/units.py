"""Units that convert, and the words for large numbers that people type."""

import re
import unicodedata

_FAMILIES: tuple[tuple[str, dict[str, float]], ...] = (
    (
        "bytes",
        {"bit": 0.125, "B": 1.0}
        | {f"{prefix}B": 1000.0**power for power, prefix in enumerate("KMGTP", start=1)}
        | {f"{prefix}iB": 1024.0**power for power, prefix in enumerate("KMGTP", start=1)},
    ),
    ("share", {"%": 0.01, "‰": 0.001}),
    ("time", {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "days": 86400.0}),
)
_FACTOR = {unit: (family, factor) for family, units in _FAMILIES for unit, factor in units.items()}

_SPELLINGS = {
    "bit": ("bits", "比特", "位"),
    "B": ("byte", "bytes", "字节"),
    "KB": ("千字节",),
    "MB": ("兆字节",),
    "GB": ("吉字节",),
    "%": ("percent", "per cent", "pct", "百分之"),
    "ms": ("millisecond", "milliseconds", "毫秒"),
    "s": ("sec", "secs", "second", "seconds", "秒", "秒钟"),
    "min": ("mins", "minute", "minutes", "分钟", "分"),
    "h": ("hr", "hrs", "hour", "hours", "小时", "时"),
    "days": ("day", "d", "天", "日"),
}
_BY_SPELLING = {
    spelling.casefold(): unit for unit, spellings in _SPELLINGS.items() for spelling in spellings
} | {unit.casefold(): unit for unit in _FACTOR if unit not in ("bit", "B")}

MAGNITUDES = {
    "k": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "g": 1e9,
    "t": 1e12,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "千": 1e3,
    "万": 1e4,
    "十万": 1e5,
    "百万": 1e6,
    "千万": 1e7,
    "亿": 1e8,
    "十亿": 1e9,
    "百亿": 1e10,
    "千亿": 1e11,
    "万亿": 1e12,
}
"""What multiplies a number when it stands right after it."""


def canonical(unit: str) -> str | None:
    """The unit as ``convert`` knows it, or None for a plain word such as "parameters"."""
    unit = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", unit)).strip()
    if unit in _FACTOR:
        return unit
    return _BY_SPELLING.get(unit.casefold())


def family(unit: str) -> str:
    """``bytes``, ``share`` or ``time``."""
    return _FACTOR[unit][0]


def convert(value: float, source: str, target: str) -> float | None:
    """``value`` in ``source`` units, in ``target`` units; None where the two do not measure the same thing."""
    from_family, from_factor = _FACTOR[source]
    to_family, to_factor = _FACTOR[target]
    return value * from_factor / to_factor if from_family == to_family else None
