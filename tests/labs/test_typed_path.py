"""Paths as they are typed: whatever it is, a path comes of it, and a question about it has an answer."""

from pathlib import Path

import pytest

from labs.models import local_folder
from labs.typed_path import is_folder, typed_path


def test_a_home_is_put_in_where_there_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert typed_path(" ~/runs ") == tmp_path / "runs"
    assert typed_path("~nobody-of-this-name/runs") == Path("~nobody-of-this-name/runs")


@pytest.mark.parametrize("text", ["x" * 300, "~nobody-of-this-name/x", "a\x00b", ""])
def test_what_cannot_be_a_folder_is_none(text: str) -> None:
    assert not is_folder(typed_path(text + "/x"))
    assert local_folder(text + "/x") is None
