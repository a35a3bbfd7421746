"""The weights of one bundle: settings that are allowed, tensors where they belong, written anew in our own encoding."""

import hashlib
import os

from labs.grading.adapter_config import LoraSettings, parse_adapter_config
from labs.grading.evidence import AdapterFacts
from labs.grading.expectation import Expectation
from labs.grading.layout import canonical_lora_names, lora_layout
from labs.grading.limits import Limits
from labs.grading.tensors import Shape, TensorFile, check_layout, read_header, write_canonical
from labs.grading.unpack import UnpackFolder
from labs.grading.zip_reader import Entry, copy_out
from labs.spec import RunSpec
from labs.submission.bundle import ADAPTER, ADAPTER_CONFIG, FULL_MODEL
from labs.submission.errors import SubmissionError


def settings_of(
    spec: RunSpec, texts: dict[str, bytes], expected: Expectation, limits: Limits
) -> LoraSettings | None:
    """The adapter's settings; None where the whole model was trained, if that is allowed."""
    if spec.method == "full":
        if not expected.full_tensors:
            raise SubmissionError("spec.method", "full fine-tuning is not allowed.", where="spec.json")
        return None
    if ADAPTER_CONFIG not in texts:
        raise SubmissionError("bundle.missing", f"{ADAPTER_CONFIG} missing.")
    return parse_adapter_config(texts[ADAPTER_CONFIG], frozenset(expected.shape.linear_modules), limits)


def take_weights(
    archive: int, entries: dict[str, Entry], settings: LoraSettings | None, expected: Expectation, limits: Limits,
    folder: UnpackFolder,
) -> tuple[AdapterFacts, dict[str, str]]:  # fmt: skip
    """Copy the weights into ``folder`` in our own encoding, once each tensor is where the settings put it.

    Returns:
        What they are, and the digest of the file as it was handed in.

    Raises:
        SubmissionError: missing, malformed, or not of the layout that was asked for.
    """
    name = FULL_MODEL if settings is None else ADAPTER
    if name not in entries:
        raise SubmissionError("bundle.missing", f"{name} missing.")
    digest = hashlib.sha256()
    with folder.create("weights.raw") as raw:

        def write(chunk: bytes) -> None:
            digest.update(chunk)
            os.write(raw, chunk)

        copy_out(archive, entries[name], write)
        file = read_header(raw, name, limits)
        layout, names = _layout(file, settings, expected, name)
        check_layout(names, file, layout, name)
        with folder.create("adapter.safetensors") as target:
            canonical = write_canonical(raw, file, names, target, name)
    folder.remove("weights.raw")
    facts = AdapterFacts(
        sha256=canonical,
        tensors=len(names),
        parameters=sum(tensor.count for tensor in file.tensors.values()),
        r=settings.r if settings else 0,
        lora_alpha=settings.lora_alpha if settings else 0.0,
        use_rslora=settings.use_rslora if settings else False,
        use_dora=settings.use_dora if settings else False,
    )
    return facts, {name: digest.hexdigest()}


def _layout(
    file: TensorFile, settings: LoraSettings | None, expected: Expectation, where: str
) -> tuple[dict[str, Shape], dict[str, str]]:
    if settings is not None:
        return lora_layout(expected.shape, settings), canonical_lora_names(file.tensors, where)
    return expected.full_tensors, {name: name for name in file.tensors}
