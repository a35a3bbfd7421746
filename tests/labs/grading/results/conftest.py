"""The made class, loaded by path: test folders are no packages."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest


def _load() -> Any:
    spec = importlib.util.spec_from_file_location("made_class", Path(__file__).parent / "made_class.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def made() -> Any:
    """The module ``made_class``."""
    return _load()
