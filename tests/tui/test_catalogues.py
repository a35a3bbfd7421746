"""Both languages say everything: same files, same keys, same values to fill in; and no page has words of its own."""

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import tui
from tui.i18n import LOCALE_DIR, Catalogue

TUI = Path(tui.__file__).parent
SOURCES = sorted(path for path in TUI.rglob("*.py") if "cli" not in path.relative_to(TUI).parts)
DRAWN = [
    path for path in SOURCES if path.parent.name in ("screens", "widgets", "answering", "homepage", "exam")
]
AREAS = sorted(path.stem for path in (LOCALE_DIR / "en").glob("*.toml"))
WORD = re.compile(r"[A-Za-z]{2,}|[\u4e00-\u9fff]")
# Names of the languages in themselves, and the sign between them.
OWN_NAMES = {"English", "中文", "EN", "中"}
CALLS = {
    "Static",
    "Label",
    "Content",
    "styled",
    "assemble",
    "update",
    "notify",
    "Entry",
    "Block",
    "Button",
    "Checkbox",
}


def entries(language: str, area: str) -> dict[str, str]:
    """One file of texts."""
    return tomllib.loads((LOCALE_DIR / language / f"{area}.toml").read_text(encoding="utf-8"))


def fields(text: str) -> set[str]:
    """Names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_areas() -> None:
    assert sorted(path.stem for path in (LOCALE_DIR / "zh").glob("*.toml")) == AREAS


@pytest.mark.parametrize("area", AREAS)
def test_an_area_has_the_same_entries_and_values_in_both_languages(area: str) -> None:
    en, zh = entries("en", area), entries("zh", area)
    # Chinese has one form for one and many.
    assert {key for key in en if not key.endswith("_one")} == {key for key in zh if not key.endswith("_one")}
    for key, text in zh.items():
        assert text.strip(), key
        assert fields(text) == fields(en[key]), key


@pytest.mark.parametrize("area", AREAS)
def test_chinese_entries_are_chinese(area: str) -> None:
    en, zh = entries("en", area), entries("zh", area)
    for key, text in zh.items():
        words = re.sub(r"\{[^}]*\}", "", text)
        if re.search(r"[A-Za-z]{4,} [A-Za-z]{3,} [A-Za-z]{2,}", words):
            assert re.search(r"[\u4e00-\u9fff]", words), f"{area}.{key}: {text!r} beside {en[key]!r}"


def used_keys(path: Path) -> Iterator[str]:
    """Keys that the module asks for by a plain string: ``t("a.b")``, ``Command("a.b", …)``, ``TITLE_KEY = "a.b"``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            if name in ("t", "Command"):
                yield node.args[0].value
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == "TITLE_KEY" for target in targets):
                yield node.value.value


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TUI)))
def test_every_text_that_is_asked_for_is_there(path: Path) -> None:
    for language in ("en", "zh"):
        catalogue = Catalogue(language)
        missing = [key for key in used_keys(path) if not catalogue.has(key)]
        assert not missing


def shown_literals(path: Path) -> Iterator[tuple[int, str]]:
    """Strings that a page would show as they stand in its source."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in CALLS:
            continue
        if name in ("assemble", "Content", "Block", "Static", "Label", "Entry"):
            # An entry's first argument is its id, a block's fourth the action of a click.
            shown = list(
                node.args[1:] if name == "Entry" else node.args[:2] if name == "Block" else node.args
            )
        else:
            shown = node.args[:1]
        shown += [keyword.value for keyword in node.keywords if keyword.arg in ("placeholder", "title")]
        for argument in shown:
            part = argument.elts[0] if isinstance(argument, ast.Tuple) and argument.elts else argument
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and WORD.search(part.value):
                yield node.lineno, part.value
            if isinstance(part, ast.JoinedStr):
                for piece in part.values:
                    if isinstance(piece, ast.Constant) and WORD.search(str(piece.value)):
                        yield node.lineno, str(piece.value)


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: str(path.relative_to(TUI)))
def test_no_page_shows_words_that_are_not_in_the_catalogues(path: Path) -> None:
    found = [(line, text) for line, text in shown_literals(path) if text not in OWN_NAMES]
    assert not found


def test_how_to_answer_fits_the_narrowest_window() -> None:
    from rich.cells import cell_len

    for area in ("study", "exam"):
        for language in ("en", "zh"):
            for key, text in entries(language, area).items():
                if key.startswith("how_"):
                    assert cell_len(text) <= 80 - 6, (language, key)


def test_none_and_one_have_words_of_their_own_where_the_catalogue_has_them() -> None:
    words = Catalogue("en")
    assert words.text("study.review_done", n=0) == "Nothing is due today or tomorrow."
    assert "Tomorrow: 2" in words.text("study.review_done", n=2)
    assert words.text("quiz_cli.too_little", n=1).endswith("1 more answer needed")
    # A figure that comes as text has been put into words already.
    assert "0" in words.text("study.review_done", n="0")


def test_chinese_has_no_space_before_a_percent_sign() -> None:
    for area in AREAS:
        assert not [key for key, text in entries("zh", area).items() if re.search(r"[\d}] %", text)], area
