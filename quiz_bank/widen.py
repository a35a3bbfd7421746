"""Turns what an author may write into what the types say: short forms made long, every string made harmless.

Follows the types themselves, so that a new field of type ``Text`` needs no word here.
"""

from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from quiz_bank.questions import Phrase
from quiz_bank.text import Text, harmless


@cache
def _described(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


def widen(raw: Any, kind: Any) -> Any:
    """``raw`` (from TOML) in the long form of ``kind``: ``prompt = "x"`` becomes both languages, and so on."""
    return _widen(raw, _described(kind))


def _widen(raw: Any, kind: inspect.Type) -> Any:
    if isinstance(raw, str):
        raw = harmless(raw)
    if isinstance(kind, inspect.UnionType):
        chosen = _arm(raw, kind)
        return raw if chosen is None else _widen(raw, chosen)
    if isinstance(kind, inspect.StructType):
        return _widen_struct(raw, kind)
    if isinstance(kind, inspect.VarTupleType | inspect.ListType) and isinstance(raw, list):
        return [_widen(part, kind.item_type) for part in raw]
    if isinstance(kind, inspect.DictType) and isinstance(raw, dict):
        return {name: _widen(part, kind.value_type) for name, part in raw.items()}
    return raw


def _widen_struct(raw: Any, kind: inspect.StructType) -> Any:
    if isinstance(raw, str) and (kind.cls is Text or issubclass(kind.cls, Phrase)):
        return {"en": raw, "zh": raw}
    if not isinstance(raw, dict):
        return raw
    wide = dict(raw)
    if issubclass(kind.cls, Phrase) and "text" in wide and "en" not in wide and "zh" not in wide:
        wide["en"] = wide["zh"] = wide.pop("text")
    for field in kind.fields:
        if field.encode_name in wide:
            wide[field.encode_name] = _widen(wide[field.encode_name], field.type)
    return wide


def _arm(raw: Any, kind: inspect.UnionType) -> inspect.Type | None:
    """The arm of a union that ``raw`` is written in, or None where it is a plain value."""
    structs = [arm for arm in kind.types if isinstance(arm, inspect.StructType)]
    if isinstance(raw, dict):
        for arm in structs:
            if arm.tag_field is None or raw.get(arm.tag_field) == arm.tag:
                return arm
    if isinstance(raw, list):
        return next(
            (arm for arm in kind.types if isinstance(arm, inspect.VarTupleType | inspect.ListType)), None
        )
    if isinstance(raw, str) and not any(isinstance(arm, inspect.StrType) for arm in kind.types):
        return next((arm for arm in structs if arm.cls is Text), None)
    return None


def typed(raw: Any, kind: Any) -> Any:
    """``raw`` as ``kind``.

    Raises:
        msgspec.ValidationError: with the path of the field.
    """
    return msgspec.convert(widen(raw, kind), kind, strict=True)
