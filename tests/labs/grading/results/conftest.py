"""The made class that the tests of results share."""

from typing import Any

import pytest

from tests.labs.grading.results import made_class


@pytest.fixture(scope="session")
def made() -> Any:
    """The module ``made_class``."""
    return made_class
