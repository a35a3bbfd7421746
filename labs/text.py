"""A text in both languages of the program."""

from typing import Literal

import msgspec

Language = Literal["en", "zh"]


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same sentence in English and in Simplified Chinese."""

    en: str
    zh: str

    def within(self, language: Language) -> str:
        """The text in ``language``."""
        return self.zh if language == "zh" else self.en
