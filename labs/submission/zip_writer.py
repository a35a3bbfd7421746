"""Write a zip whose bytes depend on its content alone: fixed time, fixed rights, no compression, names in order."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)


def write_zip(target: Path, files: Mapping[str, bytes | Path]) -> None:
    """Write ``files`` in the order of their names.

    Nothing is deflated: zlib's output differs between its versions, and weights do not shrink anyway.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            content = files[name]
            archive.writestr(info, content.read_bytes() if isinstance(content, Path) else content)
