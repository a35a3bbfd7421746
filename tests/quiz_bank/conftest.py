"""Small banks written on the spot, and the examples of the format's own page."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from quiz_bank.bank import CONTENT, Bank, load_bank

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bank_with(tmp_path: Path) -> Callable[..., Bank]:
    """Makes a bank of one file with the shipped topics and tables beside it; ``name`` is the file's."""

    def make(text: str | bytes, name: str = "own.toml") -> Bank:
        folder = tmp_path / "bank"
        folder.mkdir(exist_ok=True)
        for shared in ("topics.toml", "tables.toml"):
            shutil.copy(CONTENT / shared, folder)
        data = text.encode() if isinstance(text, str) else text
        (folder / name).write_bytes(data)
        return load_bank([folder])

    return make


@pytest.fixture(scope="session")
def documented() -> str:
    """All examples of docs/content-format.md as one file."""
    page = (ROOT / "docs" / "content-format.md").read_text(encoding="utf-8")
    return "format_version = 1\n" + "\n".join(re.findall(r"```toml\n(.*?)```", page, re.DOTALL))


@pytest.fixture(scope="session")
def example_bank(documented: str, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """The bank of the documented examples: one item of every kind at least."""
    folder = tmp_path_factory.mktemp("examples")
    for shared in ("topics.toml", "tables.toml"):
        shutil.copy(CONTENT / shared, folder)
    (folder / "examples.toml").write_text(documented, encoding="utf-8")
    return load_bank([folder])
