"""XML from anywhere, parsed without entities: a document type is refused before it can expand to gigabytes."""

from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from quiz_bank.exchange.drafts import ImportFormatError

_MAX_DEPTH = 200


class _RefusedError(Exception):
    """The document has something that no quiz needs."""


def parse_xml(path: Path, text: str) -> tuple[Element, list[int]]:
    """The tree, and the lines at which the children ``<question>`` of its root begin.

    Raises:
        ImportFormatError: not XML, or XML with a document type, entities or absurd nesting.
    """
    builder = TreeBuilder()
    lines: list[int] = []
    depth = 0
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise _RefusedError(f"nested deeper than {_MAX_DEPTH}")
        if depth == 2 and tag == "question":
            lines.append(parser.CurrentLineNumber)
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def refuse(*_: object) -> None:
        raise _RefusedError("a document type (DTD) with its entities")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError as error:
        raise ImportFormatError(path, error.lineno, f"not XML: {expat.ErrorString(error.code)}") from error
    except _RefusedError as error:
        raise ImportFormatError(path, parser.CurrentLineNumber, f"refused: {error}") from error
    return builder.close(), lines
