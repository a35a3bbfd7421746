"""The common Han characters: each gets a token of its own and is met in copying exercises.

`characters.txt` holds them by how often jieba's word list counts them, most frequent first.
"""

from functools import cache
from importlib.resources import files


@cache
def characters() -> str:
    """About 1600 characters, most frequent first."""
    return (
        files("labs.pocket.corpus").joinpath("characters.txt").read_text(encoding="utf-8").replace("\n", "")
    )
