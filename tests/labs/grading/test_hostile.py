"""Bundles made to hurt: every row of the table of attacks in several forms. Each is refused with the reason named."""

import io
import json
import os
import pickle
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labs.grading.archives import find_archives
from labs.grading.executor import LocalExecutor
from labs.grading.intake import IntakeOrder, IntakeReport

ADAPTER = "adapter/adapter_model.safetensors"
CONFIG = "adapter/adapter_config.json"
Attack = tuple[str, Callable[[Any], bytes], str]


class Bomb:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> Any:
        import os

        return os.system, ("touch /tmp/finetutor-was-here",)


def archives() -> Iterator[Attack]:
    """The archive itself."""

    def with_entry(
        name: str, mode: int = 0, data: bytes = b"x", twice: bool = False
    ) -> Callable[[Any], bytes]:
        def make(kit: Any) -> bytes:
            out = io.BytesIO(kit.bundle())
            with zipfile.ZipFile(out, "a") as archive:
                info = zipfile.ZipInfo(name)
                info.create_system = 3
                info.external_attr = mode << 16
                for _ in range(1 + twice):
                    archive.writestr(info, data)
            return out.getvalue()

        return make

    def compressed(kit: Any, method: int) -> bytes:
        files = kit.good_files()
        return kit.zipped({"bundle.json": kit.bundle_json(files), **files}, method)

    def patched(kit: Any, magic: bytes, at: int, value: bytes) -> bytes:
        data = bytearray(kit.bundle())
        place = data.rindex(magic) + at
        data[place : place + len(value)] = value
        return bytes(data)

    def overlapping(kit: Any) -> bytes:
        """Two entries of the directory that name the same bytes (the trick of the 42.zip without nesting)."""
        data = kit.bundle()
        end = data.rindex(b"PK\x05\x06")
        start = struct.unpack("<L", data[end + 16 : end + 20])[0]
        first = data[start : data.index(b"PK\x01\x02", start + 4)]
        directory = first + data[start:end]
        count = struct.unpack("<H", data[end + 10 : end + 12])[0] + 1
        tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0)
        return data[:start] + directory + tail

    def tar(kit: Any, mode: str) -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode=mode) as archive:
            link = tarfile.TarInfo("adapter")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc"
            archive.addfile(link)
        return out.getvalue()

    yield "slip-up", with_entry("../../evil.json"), "entry.path"
    yield "slip-inside", with_entry("adapter/../../evil.json"), "entry.path"
    yield "absolute", with_entry("/etc/cron.d/evil"), "entry.path"
    yield "drive", with_entry("C:evil.json"), "entry.name"
    yield "double-slash", with_entry("adapter//adapter_config.json"), "entry.path"
    yield "dot-slash", with_entry("./spec.json"), "entry.path"
    yield "not-ascii", with_entry("spec\u202e.json"), "entry.name"
    yield "escape-in-name", with_entry("a\x1b[2J.json"), "entry.name"
    yield "star", with_entry("*.json"), "entry.name"
    yield "symlink", with_entry("answers2.json", stat.S_IFLNK | 0o777, b"/etc/passwd"), "entry.not_regular"
    yield (
        "symlink-known-name",
        with_entry("quiz.json", stat.S_IFLNK | 0o777, b"/etc/passwd"),
        "entry.not_regular",
    )
    yield "device", with_entry("quiz.json", stat.S_IFCHR | 0o666), "entry.not_regular"
    yield "fifo", with_entry("quiz.json", stat.S_IFIFO | 0o666), "entry.not_regular"
    yield "folder", with_entry("elsewhere/"), "entry.unknown"
    yield "duplicate", with_entry("spec.json"), "entry.duplicate"
    yield "other-case", with_entry("SPEC.json"), "entry.unknown"
    yield "script", with_entry("setup.py", 0o100755, b"import os"), "entry.unknown"
    yield (
        "template",
        with_entry("chat_template.jinja", 0, b"{% for a in range(9**9) %}{% endfor %}"),
        "entry.unknown",
    )
    yield (
        "tokenizer",
        with_entry("tokenizer.json", 0, b'{"normalizer": {"pattern": {"Regex": "(a*)*b"}}}'),
        "entry.unknown",
    )
    yield "yaml", with_entry("config.yaml", 0, b"a: &a [*a,*a]"), "entry.unknown"
    yield "pickle-bin", with_entry("adapter/adapter_model.bin", 0, pickle.dumps(Bomb())), "entry.pickle"
    yield "pickle-pt", with_entry("adapter/training_args.bin", 0, pickle.dumps(Bomb())), "entry.pickle"
    yield "pickle-upper", with_entry("adapter/OPTIMIZER.PT", 0, pickle.dumps(Bomb())), "entry.pickle"
    yield "numpy", with_entry("adapter/weights.npy"), "entry.pickle"
    yield (
        "many",
        lambda kit: kit.zipped({f"n{number}.json": b"" for number in range(500)}),
        "archive.too_many",
    )
    yield "bzip2", lambda kit: compressed(kit, zipfile.ZIP_BZIP2), "entry.method"
    yield "lzma", lambda kit: compressed(kit, zipfile.ZIP_LZMA), "entry.method"
    yield "appended", lambda kit: kit.bundle() + b"#!/bin/sh", "archive.truncated"
    yield "prepended", lambda kit: b"#!/bin/sh\n" + kit.bundle(), "archive.not_zip"
    yield (
        "commented",
        lambda kit: patched(kit, b"PK\x05\x06", 20, b"\x05\x00") + b"hello",
        "archive.truncated",
    )
    yield "split", lambda kit: patched(kit, b"PK\x05\x06", 4, b"\x01\x00"), "archive.unsupported"
    yield "zip64", lambda kit: patched(kit, b"PK\x05\x06", 16, b"\xff\xff\xff\xff"), "archive.unsupported"
    yield (
        "directory-elsewhere",
        lambda kit: patched(kit, b"PK\x05\x06", 16, b"\x01\x00\x00\x00"),
        "archive.directory",
    )
    yield "encrypted", lambda kit: patched(kit, b"PK\x01\x02", 8, b"\x01\x00"), "entry.encrypted"
    yield "size-lie", lambda kit: patched(kit, b"PK\x01\x02", 24, b"\x10\x00\x00\x00"), "entry.header"
    yield "offset-lie", lambda kit: patched(kit, b"PK\x01\x02", 42, b"\xf0\xff\xff\x7f"), "entry.header"
    yield "overlap", overlapping, "entry.overlap"
    yield "empty", lambda kit: b"", "archive.truncated"
    yield "no-entries", lambda kit: kit.zipped({}), "bundle.missing"
    yield "text", lambda kit: b"my homework", "archive.not_zip"
    yield "tar", lambda kit: tar(kit, "w:"), "archive.not_zip"
    yield "tar-gz", lambda kit: tar(kit, "w:gz"), "archive.not_zip"
    yield "tar-xz", lambda kit: tar(kit, "w:xz"), "archive.not_zip"
    yield "rar", lambda kit: b"Rar!\x1a\x07\x01\x00" + bytes(64), "archive.not_zip"
    yield "7z", lambda kit: b"7z\xbc\xaf\x27\x1c" + bytes(64), "archive.not_zip"
    yield "zstd", lambda kit: b"\x28\xb5\x2f\xfd" + bytes(64), "archive.not_zip"
    yield "bare-pickle", lambda kit: pickle.dumps(Bomb(), 4), "archive.not_zip"
    yield "too-large", lambda kit: kit.bundle() + bytes(9 * 2**20), "archive.too_large"


def bombs() -> Iterator[Attack]:
    """Small packed, large unpacked."""

    def deflated(name: str, data: bytes, size: int | None = None) -> Callable[[Any], bytes]:
        """A bundle whose entry ``name`` is deflated, with ``size`` announced."""

        def make(kit: Any) -> bytes:
            files = kit.good_files() | {name: data}
            packed = zlib.compressobj(9, zlib.DEFLATED, -15)
            body = packed.compress(data) + packed.flush()
            out, directory, count = b"", b"", 0
            everything = {"bundle.json": kit.bundle_json(files), **files}
            for entry, content in everything.items():
                bomb = entry == name
                raw = body if bomb else content
                told = (len(content) if size is None else size) if bomb else len(content)
                fields = (8 if bomb else 0, 0, 33, zlib.crc32(content), len(raw), told)
                directory += struct.pack(
                    "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, *fields, len(entry), 0, 0, 0, 0, 0, len(out)
                )
                directory += entry.encode()
                out += (
                    struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, *fields, len(entry), 0)
                    + entry.encode()
                    + raw
                )
                count += 1
            tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(out), 0)
            return out + directory + tail

        return make

    yield "ratio", deflated("events.jsonl", b"\n" * 900_000), "entry.ratio"
    yield "announces-little", deflated("events.jsonl", b"\n" * 900_000, 100), "entry.size"
    yield "announces-much", deflated("events.jsonl", b"{}\n", 5000), "entry.size"
    yield "too-large-file", deflated("events.jsonl", b"\n" * 3_000_000), "entry.too_large"
    yield "4-gib-announced", deflated(ADAPTER, b"x" * 10, 2**32 - 2), "entry.too_large"


def json_attacks() -> Iterator[Attack]:
    """JSON that is too deep, too large, ambiguous, or of another type."""

    def file(name: str, data: bytes) -> Callable[[Any], bytes]:
        return lambda kit: kit.bundle({name: data})

    yield "deep-list", file("scores.json", b"[" * 100_000 + b"]" * 100_000), "json.too_deep"
    yield "deep-table", file("answers.json", b'{"a":' * 20_000 + b"1" + b"}" * 20_000), "json.too_deep"
    yield "deep-in-string-is-none", file("scores.json", b'"' + b"[" * 1000 + b'"'), "json.schema"
    yield "long", file("scores.json", b'"' + b"a" * 300_000 + b'"'), "entry.too_large"
    yield "nan", file("answers.json", b'{"a": NaN}'), "json.number"
    yield "infinity", file("answers.json", b'{"a": -Infinity}'), "json.number"
    yield "overflow", file("answers.json", b'{"a": 1e999}'), "json.number"
    yield "long-number", file("answers.json", b'{"a": ' + b"9" * 5000 + b"}"), "json.number"
    yield "key-twice", file("answers.json", b'{"a": 1, "a": 2}'), "json.duplicate_key"
    yield "key-twice-escaped", file("answers.json", b'{"a": 1, "\\u0061": 2}'), "json.duplicate_key"
    yield "not-utf8", file("answers.json", b'{"\xff": 1}'), "json.not_json"
    yield "bom", file("answers.json", b"\xef\xbb\xbf{}"), "json.not_json"
    yield "utf16", file("answers.json", '{"a": 1}'.encode("utf-16")), "json.not_json"
    yield "other-type", file("answers.json", b'{"a": "rm -rf"}'), "json.schema"
    yield "list-for-table", file("spec.json", b"[]"), "json.schema"
    yield "unknown-field", file("spec.json", b'{"trust_remote_code": true}'), "json.schema"
    yield "event-type", file("events.jsonl", b'{"type": "exec", "seq": 1, "t": 0}\n'), "json.schema"
    yield "long-line", file("events.jsonl", b'{"a": "' + b"x" * 400_000 + b'"}\n'), "json.too_large"
    yield "torn-line", file("predictions.jsonl", b'{"id": "t-1", "pro'), "json.not_json"
    yield "bundle-list", file("bundle.json", b"[1]"), "json.schema"
    yield (
        "bundle-more",
        file(
            "bundle.json",
            b'{"student": "a", "lab": "b", "run_id": "c", "outcome": "completed", "files": {}, "grade": 100}',
        ),
        "json.schema",
    )
    yield "version", file("spec.json", b'{"format_version": 2}'), "json.schema"


def config_attacks() -> Iterator[Attack]:
    """adapter_config.json that would load, run or match something."""

    def config(**changes: Any) -> Callable[[Any], bytes]:
        return lambda kit: kit.bundle({CONFIG: kit.adapter_config(**changes)})

    yield "auto-map", config(auto_map={"AutoModel": "evil.Model"}), "config.unknown_key"
    yield (
        "auto-mapping",
        config(auto_mapping={"base_model_class": "os", "parent_library": "os"}),
        "config.forbidden",
    )
    yield "megatron", config(megatron_config={"a": 1}), "config.forbidden"
    yield "tokenizer-kwargs", config(tokenizer_kwargs={"trust_remote_code": True}), "config.unknown_key"
    yield "regex-targets", config(target_modules="(x+x+)+y"), "config.targets"
    yield "regex-in-list", config(target_modules=[".*"]), "config.targets"
    yield "no-targets", config(target_modules=[]), "config.targets"
    yield "target-twice", config(target_modules=["q_proj", "q_proj"]), "config.targets"
    yield "lm-head", config(target_modules=["lm_head"]), "config.targets"
    yield "huge-r", config(r=2**40), "config.rank"
    yield "zero-r", config(r=0), "config.rank"
    yield "true-r", config(r=True), "config.rank"
    yield "alpha", config(lora_alpha=-1), "config.alpha"
    yield "modules-to-save", config(modules_to_save=["lm_head"]), "config.forbidden"
    yield "rank-pattern", config(rank_pattern={"(a+)+b": 8}), "config.forbidden"
    yield "replication", config(layer_replication=[[0, 10**9]]), "config.forbidden"
    yield "eva", config(eva_config={"rho": 2}), "config.forbidden"
    yield "bias", config(bias="all"), "config.forbidden"
    yield "prefix-tuning", config(peft_type="PREFIX_TUNING"), "config.not_lora"
    yield "dora-text", config(use_dora="yes"), "config.type"


def tensor_attacks() -> Iterator[Attack]:
    """safetensors that lie about what they hold."""

    def raw(data: bytes) -> Callable[[Any], bytes]:
        return lambda kit: kit.bundle({ADAPTER: data})

    def header(table: Any, data: bytes = b"") -> Callable[[Any], bytes]:
        encoded = json.dumps(table).encode() if not isinstance(table, bytes) else table
        return raw(struct.pack("<Q", len(encoded)) + encoded + data)

    def changed(change: Callable[[dict[str, Any]], Any]) -> Callable[[Any], bytes]:
        def make(kit: Any) -> bytes:
            tensors = kit.lora_tensors()
            change(tensors)
            return kit.bundle({ADAPTER: kit.tensor_file(tensors)})

        return make

    first = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"

    def one(dtype: str = "F32", shape: Any = (2, 64), offsets: Any = (0, 512)) -> dict[str, Any]:
        return {first: {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}}

    def with_value(value: float) -> Callable[[dict[str, Any]], None]:
        def change(tensors: dict[str, Any]) -> None:
            dtype, shape, data = tensors[first]
            tensors[first] = (dtype, shape, data[:-4] + struct.pack("<f", value))

        return change

    def add(name: str) -> Callable[[dict[str, Any]], None]:
        return lambda tensors: tensors.update({name: ("F32", [1], b"\0\0\0\0")})

    yield "4-tib-header", raw(struct.pack("<Q", 4 * 2**40) + b"{}"), "tensors.header_too_large"
    yield "negative-header", raw(b"\xff" * 8 + b"{}"), "tensors.header_too_large"
    yield "short", raw(b"\0\0\0"), "tensors.truncated"
    yield "header-beyond", raw(struct.pack("<Q", 1000) + b"{}"), "tensors.truncated"
    yield "no-json", header(b"not json at all"), "json.not_json"
    yield (
        "million-tensors",
        header({f"t{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(4200)}),
        "json.too_large",
    )
    yield "thousands", header(
        b"{" + b",".join(b'"%d":{"dtype":"F16","shape":[0],"data_offsets":[0,0]}' % n for n in range(4097)) + b"}"
    ), "tensors.too_many"  # fmt: skip
    yield "huge-shape", header(one(shape=[0, 2**62])), "tensors.shape"
    yield "negative-shape", header(one(shape=[-2, -64])), "tensors.shape"
    yield "float-shape", header(one(shape=[2.0, 64.0])), "tensors.header"
    yield "bool-shape", header(one(shape=[True])), "tensors.header"
    yield "many-dimensions", header(one(shape=[1] * 500)), "tensors.header"
    yield "offsets-reversed", header(one(offsets=[512, 0]), bytes(512)), "tensors.offsets"
    yield "offsets-far", header(one(offsets=[2**39, 2**39 + 512])), "tensors.offsets"
    yield "offsets-hole", header(one(offsets=[8, 520]), bytes(520)), "tensors.offsets"
    yield "data-missing", header(one()), "tensors.truncated"
    yield "data-too-much", header(one(), bytes(600)), "tensors.truncated"
    yield "code-in-dtype", header(one(dtype="__import__('os')")), "tensors.dtype"
    yield "integers", header(one(dtype="I64", offsets=[0, 1024]), bytes(1024)), "tensors.dtype"
    yield "extra-key", header({first: {**one()[first], "loader": "os"}}, bytes(512)), "tensors.header"
    yield "metadata-number", header({"__metadata__": {"a": 1}}), "tensors.header"
    yield "nan-weight", changed(with_value(float("nan"))), "tensors.not_finite"
    yield "infinite-weight", changed(with_value(float("-inf"))), "tensors.not_finite"
    yield "tensor-missing", changed(lambda tensors: tensors.pop(first)), "tensors.missing"
    yield "tensor-foreign", changed(add("lm_head.weight")), "tensors.unexpected"
    yield "tensor-other-layer", changed(add(first.replace("layers.0", "layers.7"))), "tensors.unexpected"
    yield "tensor-long-name", changed(add("x" * 5000)), "tensors.unexpected"
    yield "tensor-two-names", changed(add(first.replace(".self_attn.", ".mlp."))), "tensors.duplicate"
    yield (
        "other-rank",
        lambda kit: kit.bundle({ADAPTER: kit.tensor_file(kit.lora_tensors(4))}),
        "tensors.shape",
    )
    yield "pickle-as-safetensors", raw(pickle.dumps(Bomb())), "tensors.header_too_large"
    yield "zip-as-safetensors", lambda kit: kit.bundle({ADAPTER: kit.bundle()}), "tensors.header_too_large"
    yield "no-weights", lambda kit: kit.bundle({ADAPTER: None}), "bundle.missing"


CORPUS = [*archives(), *bombs(), *json_attacks(), *config_attacks(), *tensor_attacks()]


def test_the_corpus_has_more_than_sixty_kinds() -> None:
    assert len({name for name, _, _ in CORPUS}) == len(CORPUS) >= 60


@pytest.mark.parametrize(("make", "code"), [pytest.param(make, code, id=name) for name, make, code in CORPUS])
def test_an_attack_is_refused_by_name(
    make: Callable[[Any], bytes], code: str, take: Callable[[bytes], IntakeReport], kit: Any
) -> None:
    report = take(make(kit))
    assert report.refused
    assert [finding.code for finding in report.intake] == [code]


def test_the_base_model_named_in_a_bundle_is_ignored(take: Callable[[bytes], IntakeReport], kit: Any) -> None:
    report = take(
        kit.bundle({CONFIG: kit.adapter_config(base_model_name_or_path="/etc/passwd", revision="evil")})
    )
    assert not report.refused


def test_a_folder_of_them_is_gone_through_to_its_end(tmp_path: Path, expected: Any, kit: Any) -> None:
    sample = CORPUS[::12]
    (tmp_path / "in").mkdir()
    for name, make, _ in sample:
        (tmp_path / "in" / f"{name}.zip").write_bytes(make(kit))
    (tmp_path / "in" / "good.zip").write_bytes(kit.bundle())
    (tmp_path / "in" / "link.zip").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "in" / "pipe.zip")
    with (tmp_path / "in" / "sparse.zip").open("wb") as file:
        file.truncate(8 * 2**30)
    archives = find_archives(tmp_path / "in", kit.limits)
    orders = [
        IntakeOrder(
            archive=str(one.path), digest=one.digest, folder=str(tmp_path / one.digest), expected=expected, limits=kit.limits
        )
        for one in archives
    ]  # fmt: skip
    names = {one.digest: one.path.stem for one in archives}
    executor = LocalExecutor(log=tmp_path / "log")
    found = {
        names[order.digest]: [one.code for one in report.intake]
        for order, report, _ in executor.intake(orders)
    }
    assert found == {
        **{name: [code] for name, _, code in sample},
        "good": [], "link": ["archive.not_regular"], "pipe": ["archive.not_regular"], "sparse": ["archive.too_large"],
    }  # fmt: skip
