"""What one submission may cost, in bytes, entries and seconds."""

import msgspec

KIB, MIB = 2**10, 2**20


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Caps for the child that parses a submission. The defaults fit a LoRA of a 7B model."""

    archive_bytes: int = 512 * MIB
    file_bytes: int = 16 * MIB
    """Unpacked size of any file but the adapter."""
    json_bytes: int = MIB
    """Of a file that is one JSON document."""
    line_bytes: int = 256 * KIB
    """Of one line of a .jsonl file."""
    lines: int = 200_000
    depth: int = 16
    """Of nested JSON."""
    ratio: int = 100
    """Unpacked over packed size, for anything above 64 KiB."""
    entries: int = 32
    text_characters: int = 20_000
    """Of one text a student wrote; what is longer is cut, and said."""
    seconds: float = 60.0
    """Wall clock; then the whole process group is killed."""
    cpu_seconds: int = 40
    memory_bytes: int = 2048 * MIB
    """Address space of the child."""
    written_bytes: int = 600 * MIB
    """Of any one file that the child writes."""
    processes: int = 64
    """Further processes of this user; the kernel does not hold root to it."""
    answer_bytes: int = 16 * MIB
    """Of what the child says back."""
