"""Signatures in sacreBLEU's habit: ``bleu|refs:1|case:mixed|tok:zh|...``, all that would change the value."""

from functools import cache


@cache
def version_of(package: str) -> str:
    """The installed version of ``package``, or ``unknown`` in a source tree that was never installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def signature(name: str, *, libraries: tuple[str, ...] = (), **choices: object) -> str:
    """Join a metric's name, its choices in the order given, and the versions that computed it."""
    parts = [name]
    for key, value in choices.items():
        shown = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        parts.append(f"{key}:{str(shown).replace('|', '/')}")
    parts.extend(f"{library}:{version_of(library)}" for library in libraries)
    parts.append(f"finetutor:{version_of('finetutor')}")
    return "|".join(parts)


def parse_signature(text: str) -> dict[str, str]:
    """The choices of a signature as a dictionary; the metric's name is under ``name``."""
    name, *pairs = text.split("|")
    return {"name": name} | dict(pair.split(":", 1) for pair in pairs)
