"""Text of questions, cards and errors as it is shown: cleaned, ``$…$`` as Unicode, ``code`` and ``**stress**`` styled.

That is all the markup there is: brackets stay brackets.
"""

import re

from textual.content import Content

from metrics.clean import clean
from quiz_bank.text import Text
from tui.formula import plain
from tui.i18n import language, t

_MARK = re.compile(r"`(?P<code>[^`\n]+)`|\*\*(?P<stress>[^*\n]+)\*\*|(?P<dollar>\\\$)")
CODE_STYLE = "$primary"


def said(text: Text) -> str:
    """``text`` in the language of now, cleaned."""
    return clean(text[language()])


def label(key: str, **values: object) -> str:
    """The text of ``key`` with the colon of the language of now behind it."""
    return t(key, **values) + t("study.colon")


def prose(text: Text | str, style: str = "") -> Content:
    """``text`` (in the language of now) ready to show; ``style`` is under the whole of it."""
    source = said(text) if isinstance(text, Text) else clean(text)
    parts: list[Content | str | tuple[str, str]] = []
    at = 0
    for found in _MARK.finditer(source):
        parts.append(plain(source[at : found.start()]))
        if found.group("code") is not None:
            parts.append((found.group("code"), CODE_STYLE))
        elif found.group("stress") is not None:
            parts.append((plain(found.group("stress")), "bold"))
        else:
            parts.append("$")
        at = found.end()
    parts.append(plain(source[at:]))
    content = Content.assemble(*parts)
    return content.stylize_before(style) if style else content
