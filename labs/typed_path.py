"""A path as somebody typed it."""

import os
from pathlib import Path


def typed_path(text: str | Path) -> Path:
    """``text`` without spaces at its ends; ``~`` is the home of whoever it names, and stays as it is where nobody has that name.

    ``Path.expanduser`` raises there.
    """
    return Path(os.path.expanduser(str(text).strip()))  # noqa: PTH111


def is_folder(path: Path) -> bool:
    """Whether it is one; what cannot even be a name (too long, a NUL in it) is none. ``Path.is_dir`` raises there."""
    return os.path.isdir(path)  # noqa: PTH112
