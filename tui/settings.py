"""The learner's choices in ``settings.toml``: read leniently, written whole or not at all, comments kept."""

import os
import tempfile
import tomllib
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

from tui.i18n import Language

ThemeName = Literal["dark", "light", "ansi"]


class SettingsError(Exception):
    """``settings.toml`` cannot be read or written; ``code`` is ``unreadable`` or ``unwritable``."""

    def __init__(self, code: str, path: Path, why: str) -> None:
        self.code, self.path, self.why = code, path, why
        super().__init__(f"{path}: {why}; mend or remove the file, or choose another place with --home")


class Settings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a learner has chosen; a missing entry is its default, an unknown one is kept in the file."""

    language: Language | None = None
    """None: as the locale says."""
    theme: ThemeName = "dark"
    exam_date: date | None = None
    minutes_a_day: int = 20
    new_cards_a_day: int = 10
    blueprint: str | None = None
    """The exam whose shares weigh readiness; None: the bank's first."""
    exam_notes: bool = True
    """Whether an answer also says what an exam expects where that differs from the truth."""
    started: bool = False
    """Whether the three questions of the first start have been answered."""


def load_settings(path: Path) -> Settings:
    """Read the file; without one, the defaults. Raises SettingsError naming the entry that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("unreadable", path, str(error)) from error
    try:
        return msgspec.convert(tomllib.loads(text), Settings)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError("unreadable", path, str(error)) from error


def save_settings(path: Path, settings: Settings) -> None:
    """Write the entries into the file, keeping its comments and entries of others; atomic. Raises SettingsError."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        document = tomlkit.document()
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise SettingsError("unreadable", path, str(error)) from error
    written = msgspec.to_builtins(settings, builtin_types=(date,))
    for name in Settings.__struct_fields__:
        if name in written:
            document[name] = written[name]
        elif name in document:
            del document[name]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".settings-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(tomlkit.dumps(document))
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SettingsError("unwritable", path, error.strerror or str(error)) from error
