"""Read a zip archive that somebody may have made to hurt us: every field is checked, nothing is unpacked by name.

Format: PKWARE APPNOTE 6.3.9, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end). Zip64,
encryption, comments, data before or after the archive and split archives are refused: no bundle has them.
"""

import os
import stat
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from labs.grading.limits import KIB, Limits
from labs.submission.bundle import KNOWN
from labs.submission.errors import SubmissionError

_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED = 0, 8
_CHUNK = 64 * KIB
_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".npy", ".npz", ".joblib", ".h5")
_ARCHIVES = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "rar",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x80\x02": "a pickle",
    b"\x80\x04": "a pickle",
}


class Entry(msgspec.Struct, frozen=True):
    """One regular file of an archive, checked but not yet read."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    start: int
    """Offset of its data."""


def open_archive(path: Path, limits: Limits) -> int:
    """Open ``path`` for reading without following a link; the caller closes the descriptor.

    Raises:
        SubmissionError: ``archive.not_regular``, ``archive.too_large``, ``archive.unreadable``.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if path.is_symlink():
            raise SubmissionError("archive.not_regular", "is a symbolic link.") from error
        raise SubmissionError("archive.unreadable", f"cannot be opened: {error.strerror}.") from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise SubmissionError("archive.not_regular", "is no regular file.")
    if status.st_size > limits.archive_bytes:
        os.close(descriptor)
        raise SubmissionError(
            "archive.too_large", f"{status.st_size:,} bytes; at most {limits.archive_bytes:,}."
        )
    return descriptor


def read_entries(descriptor: int, limits: Limits, *, size_of: Callable[[str], int]) -> list[Entry]:
    """The archive's files, in the order of its directory.

    Args:
        size_of: the most bytes a file of that name may have.

    Raises:
        SubmissionError: ``archive.*`` or ``entry.*``, for the first thing that is wrong.
    """
    size = os.fstat(descriptor).st_size
    head = os.pread(descriptor, 512, 0)
    _refuse_other_formats(head, size)
    end_at = size - _END.size
    if end_at < 0:
        raise SubmissionError("archive.truncated", f"has {size} bytes; that is no zip archive.")
    end = _END.unpack(os.pread(descriptor, _END.size, end_at))
    if end[0] != b"PK\x05\x06":
        raise SubmissionError(
            "archive.truncated", "does not end as a zip archive: it is cut off or has something appended.",
            "Make it again with `finetutor lab submit`.",
        )  # fmt: skip
    _, disk, first_disk, here, count, length, start, comment = end
    if disk or first_disk or here != count or comment or 0xFFFFFFFF in (length, start) or count == 0xFFFF:
        raise SubmissionError("archive.unsupported", "is split, commented or zip64.")
    if count > limits.entries:
        raise SubmissionError("archive.too_many", f"{count} entries; at most {limits.entries}.")
    if start + length != end_at:
        raise SubmissionError("archive.directory", "its directory does not lie where its end says.")
    directory = os.pread(descriptor, length, start)
    entries: list[Entry] = []
    names: set[str] = set()
    at = free = 0
    for _ in range(count):
        if at + _CENTRAL.size > len(directory):
            raise SubmissionError("archive.directory", "its directory is cut off.")
        fields = _CENTRAL.unpack_from(directory, at)
        lengths = fields[10], fields[11], fields[12]
        raw = directory[at + _CENTRAL.size : at + _CENTRAL.size + lengths[0]]
        at += _CENTRAL.size + sum(lengths)
        entry, free = _checked_entry(descriptor, fields, raw, free, start, limits, size_of)
        if entry is None:
            continue
        if entry.name in names:
            raise SubmissionError("entry.duplicate", "occurs twice.", where=entry.name)
        names.add(entry.name)
        entries.append(entry)
    if at != length:
        raise SubmissionError("archive.directory", "its directory has a different length than it says.")
    return entries


def _refuse_other_formats(head: bytes, size: int) -> None:
    for magic, kind in _ARCHIVES.items():
        if head.startswith(magic):
            raise SubmissionError("archive.not_zip", f"is {kind}; only zip is taken.")
    if head[257:262] == b"ustar":
        raise SubmissionError("archive.not_zip", "is a tar archive; only zip is taken.")
    if size and not head.startswith(b"PK"):
        raise SubmissionError("archive.not_zip", "does not begin as a zip archive.")


def _checked_entry(
    descriptor: int, fields: tuple[int, ...], raw: bytes, free: int, directory_start: int,
    limits: Limits, size_of: Callable[[str], int],
) -> tuple[Entry | None, int]:  # fmt: skip
    """One file and the first offset behind it; None for the folder ``adapter/``."""
    _, made_by, _, flags, method, _, _, crc, packed, size, *_, attributes, offset = fields
    if fields[0] != b"PK\x01\x02":  # type: ignore[comparison-overlap]
        raise SubmissionError("archive.directory", "its directory holds something else than files.")
    name = _checked_name(raw)
    mode = attributes >> 16
    if made_by >> 8 == 3 and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise SubmissionError("entry.not_regular", "is a link or a device.", where=name)
    if flags & 0x2041:
        raise SubmissionError("entry.encrypted", "is encrypted.", where=name)
    if method not in (_STORED, _DEFLATED):
        raise SubmissionError("entry.method", f"is packed by method {method}.", where=name)
    local = os.pread(descriptor, _LOCAL.size, offset)
    if len(local) < _LOCAL.size or local[:4] != b"PK\x03\x04":
        raise SubmissionError("entry.header", "has no header where the directory says.", where=name)
    header = _LOCAL.unpack(local)
    if header[9] != len(raw) or os.pread(descriptor, header[9], offset + _LOCAL.size) != raw:
        raise SubmissionError("entry.header", "is named otherwise in its own header.", where=name)
    streamed = bool(header[2] & 8)
    if header[3] != method or (not streamed and header[6:9] != (crc, packed, size)):
        raise SubmissionError("entry.header", "its own header contradicts the directory.", where=name)
    start = offset + _LOCAL.size + header[9] + header[10]
    if offset < free or start + packed > directory_start:
        raise SubmissionError("entry.overlap", "shares bytes with another entry.", where=name)
    if name == "adapter/" and not size and not packed:
        return None, start
    _refuse_by_name(name)
    if stat.S_ISDIR(mode):
        raise SubmissionError("entry.not_regular", "is a folder.", where=name)
    if size > size_of(name):
        raise SubmissionError("entry.too_large", f"{size:,} bytes; at most {size_of(name):,}.", where=name)
    if method == _STORED and packed != size:
        raise SubmissionError("entry.header", "is stored, but its two sizes differ.", where=name)
    if size > 64 * KIB and size > limits.ratio * max(packed, 1):
        raise SubmissionError(
            "entry.ratio", f"unpacks to {size // max(packed, 1)} times its size.", where=name
        )
    return Entry(name, method, crc, packed, size, start), start + packed


def _checked_name(raw: bytes) -> str:
    try:
        name = raw.decode("ascii")
    except UnicodeDecodeError:
        raise SubmissionError("entry.name", f"an entry's name is not plain: {raw[:80]!r}.") from None
    if not name or any(ord(c) < 32 or c in '\\:*?"<>|\x7f' for c in name):
        raise SubmissionError("entry.name", f"an entry's name is not plain: {name[:80]!r}.")
    if name.startswith(("/", "./")) or ".." in name.split("/") or "//" in name:
        raise SubmissionError("entry.path", f"an entry points elsewhere: {name[:80]!r}.")
    return name


def _refuse_by_name(name: str) -> None:
    if name in KNOWN:
        return
    if name.lower().endswith(_PICKLES):
        raise SubmissionError("entry.pickle", "may hold code; weights come as safetensors.", where=name[:80])
    raise SubmissionError("entry.unknown", "is no file of a bundle.", where=name[:80])


def copy_out(descriptor: int, entry: Entry, write: Callable[[bytes], None]) -> None:
    """Hand the unpacked bytes to ``write`` in chunks, never more than the directory announced.

    Raises:
        SubmissionError: ``entry.damaged`` (checksum, deflate), ``entry.size``.
    """
    inflate = zlib.decompressobj(-15) if entry.method == _DEFLATED else None
    crc = produced = 0
    at, left = entry.start, entry.packed
    pending = b""
    while True:
        if not pending and left:
            pending = os.pread(descriptor, min(_CHUNK, left), at)
            if not pending:
                raise SubmissionError("entry.damaged", "is cut off.", where=entry.name)
            at += len(pending)
            left -= len(pending)
        if inflate is None:
            out, pending = pending, b""
        else:
            try:
                out = inflate.decompress(pending, _CHUNK)
            except zlib.error as error:
                raise SubmissionError("entry.damaged", f"{error}.", where=entry.name) from error
            pending = inflate.unconsumed_tail
        produced += len(out)
        if produced > entry.size:
            raise SubmissionError("entry.size", "unpacks to more than it announces.", where=entry.name)
        crc = zlib.crc32(out, crc)
        write(out)
        if not out and not pending and not left:
            break
    if produced != entry.size:
        raise SubmissionError("entry.size", "unpacks to less than it announces.", where=entry.name)
    if inflate is not None and (not inflate.eof or inflate.unused_data):
        raise SubmissionError(
            "entry.damaged", "its packed bytes do not end where they should.", where=entry.name
        )
    if crc != entry.crc:
        raise SubmissionError("entry.damaged", "its checksum is wrong.", where=entry.name)


def read_entry(descriptor: int, entry: Entry) -> bytes:
    """One file in memory; its size is capped by ``read_entries``.

    Raises:
        SubmissionError: as ``copy_out``.
    """
    parts: list[bytes] = []
    copy_out(descriptor, entry, parts.append)
    return b"".join(parts)
