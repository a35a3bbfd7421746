"""Our own reader of safetensors: a header that is checked to the byte, values that are finite, names as expected.

Format (huggingface/safetensors, README): u64 little-endian header length, a JSON header
``{name: {dtype, shape, data_offsets: [begin, end]}}``, then the data without holes.
"""

import array
import hashlib
import itertools
import math
import os
import struct
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from labs.grading.limits import MIB, Limits
from labs.grading.strict_json import parse_document
from labs.submission.errors import SubmissionError

HEADER_LIMIT = MIB
TENSOR_LIMIT = 4096
_BYTES = {"F32": 4, "F16": 2, "BF16": 2}
_CHUNK = MIB
Shape = tuple[int, ...]


class Tensor(msgspec.Struct, frozen=True):
    """One tensor's place. Offsets count from the end of the header."""

    dtype: str
    shape: Shape
    begin: int
    end: int

    @property
    def count(self) -> int:
        """How many numbers."""
        return math.prod(self.shape)


class TensorFile(msgspec.Struct, frozen=True):
    """A header that agrees with its file."""

    tensors: dict[str, Tensor]
    start: int
    """Offset of the data in the file."""


def read_header(descriptor: int, where: str, limits: Limits) -> TensorFile:
    """Read and check the header of a safetensors file that lies alone in an open file.

    Raises:
        SubmissionError: ``tensors.*``.
    """
    size = os.fstat(descriptor).st_size

    def refuse(code: str, message: str) -> SubmissionError:
        return SubmissionError(f"tensors.{code}", message, where=where)

    if size < 8:
        raise refuse("truncated", f"has {size} bytes.")
    (length,) = struct.unpack("<Q", os.pread(descriptor, 8, 0))
    if length > HEADER_LIMIT:
        raise refuse("header_too_large", f"announces a header of {length:,} bytes; at most {HEADER_LIMIT:,}.")
    if 8 + length > size:
        raise refuse("truncated", "ends within its header.")
    raw = os.pread(descriptor, length, 8)
    header = parse_document(raw.rstrip(b" "), dict[str, Any], where, limits)
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise refuse("header", "__metadata__ is no table of texts.")
    if len(header) > TENSOR_LIMIT:
        raise refuse("too_many", f"{len(header):,} tensors; at most {TENSOR_LIMIT:,}.")
    tensors = {name: _tensor(name, entry, refuse) for name, entry in header.items()}
    end = 0
    for name, tensor in sorted(tensors.items(), key=lambda item: (item[1].begin, item[1].end)):
        if tensor.begin != end:
            raise refuse("offsets", f"{name[:100]!r} leaves a hole or overlaps.")
        end = tensor.end
    if 8 + length + end != size:
        raise refuse("truncated", f"has {size:,} bytes where its header announces {8 + length + end:,}.")
    return TensorFile(tensors, 8 + length)


def _tensor(name: str, entry: Any, refuse: Any) -> Tensor:
    shown = repr(name[:100])
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise refuse("header", f"{shown} needs dtype, shape and data_offsets, and nothing else.")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _BYTES:
        raise refuse("dtype", f"{shown} is {str(dtype)[:20]}; F32, F16 or BF16 are taken.")
    for numbers, most in ((shape, 4), (offsets, 2)):
        if not isinstance(numbers, list) or len(numbers) > most or not all(type(n) is int for n in numbers):
            raise refuse("header", f"the shape or the offsets of {shown} are no list of whole numbers.")
        if any(not 0 <= n < 2**40 for n in numbers):
            raise refuse("shape", f"{shown} has a side or an offset out of all range.")
    if len(offsets) != 2 or offsets[1] - offsets[0] != math.prod(shape) * _BYTES[dtype]:
        raise refuse("offsets", f"{shown} takes other bytes than its shape needs.")
    return Tensor(dtype, tuple(shape), offsets[0], offsets[1])


def check_layout(
    names: Mapping[str, str], found: TensorFile, expected: Mapping[str, Shape], where: str
) -> None:
    """Compare names and shapes with what the lab expects.

    Args:
        names: canonical name by name in the file.

    Raises:
        SubmissionError: ``tensors.missing``, ``tensors.unexpected``, ``tensors.shape``.
    """
    for name, canonical in names.items():
        if canonical not in expected:
            raise SubmissionError("tensors.unexpected", f"{name[:100]!r} does not belong here.", where=where)
        if found.tensors[name].shape != expected[canonical]:
            raise SubmissionError(
                "tensors.shape", f"{canonical} is {list(found.tensors[name].shape)}, not {list(expected[canonical])}.",
                where=where,
            )  # fmt: skip
    missing = sorted(set(expected) - set(names.values()))
    if missing:
        raise SubmissionError(
            "tensors.missing", f"{len(missing)} tensors are missing, {missing[0]} among them.", where=where
        )


def canonical_bytes(
    descriptor: int, file: TensorFile, tensor: Tensor, name: str, where: str
) -> Iterator[bytes]:
    """A tensor's numbers as float32, little-endian, in chunks.

    Raises:
        SubmissionError: ``tensors.not_finite``, ``tensors.truncated``.
    """
    at, end = file.start + tensor.begin, file.start + tensor.end
    while at < end:
        raw = os.pread(descriptor, min(_CHUNK, end - at), at)
        if not raw:
            raise SubmissionError("tensors.truncated", f"{name} is cut off.", where=where)
        raw = raw[: len(raw) // 4 * 4] or raw
        at += len(raw)
        values = _floats(raw, tensor.dtype)
        # A sum of finite float32 numbers cannot overflow a double: it is finite where all of them are.
        if not math.isfinite(math.fsum(values) if len(values) < 64 else sum(values)):
            raise SubmissionError("tensors.not_finite", f"{name} holds NaN or infinity.", where=where)
        if sys.byteorder == "big":
            values.byteswap()
        yield values.tobytes()


def _floats(raw: bytes, dtype: str) -> "array.array[float]":
    if dtype == "F16":
        return array.array("f", struct.unpack(f"<{len(raw) // 2}e", raw))
    values = array.array("f")
    if dtype == "BF16":
        # bfloat16 is the upper half of a float32.
        wide = bytearray(2 * len(raw))
        wide[2::4], wide[3::4] = raw[0::2], raw[1::2]
        values.frombytes(bytes(wide))
    else:
        values.frombytes(raw)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def write_canonical(source: int, file: TensorFile, names: Mapping[str, str], target: int, where: str) -> str:
    """Write the tensors as a safetensors file of ours: canonical names in order, float32.

    Returns:
        SHA-256 over names, shapes and data: the same weights give the same digest whatever the file was like.

    Raises:
        SubmissionError: as ``canonical_bytes``.
    """
    ordered = sorted(names, key=lambda name: names[name])
    sizes = [4 * file.tensors[name].count for name in ordered]
    ends = list(itertools.accumulate(sizes))
    header = {
        names[name]: {
            "dtype": "F32",
            "shape": list(file.tensors[name].shape),
            "data_offsets": [end - size, end],
        }
        for name, size, end in zip(ordered, sizes, ends, strict=True)
    }
    encoded = msgspec.json.encode(header)
    encoded += b" " * (-len(encoded) % 8)
    digest = hashlib.sha256(encoded)
    _write(target, struct.pack("<Q", len(encoded)) + encoded)
    for name in ordered:
        for chunk in canonical_bytes(source, file, file.tensors[name], names[name], where):
            digest.update(chunk)
            _write(target, chunk)
    return digest.hexdigest()


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
