"""Write files into a fresh folder that nobody else can have prepared: no links followed, nothing overwritten."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class UnpackFolder:
    """A folder of our own making. File names are ours, never the archive's."""

    def __init__(self, folder: Path) -> None:
        """Make ``folder`` anew; what an interrupted attempt left is removed."""
        if folder.is_symlink():
            folder.unlink()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        self.folder = folder
        self._descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)

    @contextmanager
    def create(self, name: str) -> Iterator[int]:
        """A new file's descriptor, for writing and reading back."""
        descriptor = os.open(name, _FLAGS, 0o600, dir_fd=self._descriptor)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def write(self, name: str, data: bytes) -> None:
        """A new file with ``data``."""
        with self.create(name) as descriptor:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]

    def remove(self, name: str) -> None:
        """Remove a file again."""
        os.unlink(name, dir_fd=self._descriptor)

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._descriptor)
