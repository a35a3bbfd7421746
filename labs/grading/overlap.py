"""How alike two submissions are: tensors, updates dW = B A, answers, logged numbers. Measures only; no judgement."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from labs.events import Event, Step
from labs.grading.evidence import AdapterFacts, Evidence
from labs.grading.limits import Limits
from labs.grading.store import GradeStore
from labs.grading.strict_json import parse_lines
from labs.grading.tensors import TensorFile, read_header
from labs.runs import Prediction
from metrics.clean import clean

_LIMITS = Limits()
Module = tuple[str, int, int]
"""Name, features in, features out: updates of other shapes have nothing in common."""


class Answers(msgspec.Struct, frozen=True):
    """A submission's answers by row id, as short digests, and which of them are mistakes of its own."""

    given: dict[str, bytes]
    mistakes: dict[str, bytes]
    """Wrong, and not what the untuned model says anyway."""


class Log(msgspec.Struct, frozen=True):
    """What was logged at each step."""

    losses: dict[int, float]
    times: dict[int, float]
    """Seconds since the start, to the microsecond: no two runs share them, whatever their seed."""


class Factors(msgspec.Struct, frozen=True):
    """Where a submission's A and B lie. dW = scale * B A."""

    path: Path
    file: TensorFile
    scale: float
    modules: tuple[Module, ...]


def tensor_digests(store: GradeStore, digest: str) -> tuple[str, ...]:
    """SHA-256 of each tensor's values, without names, sorted; constant tensors (B before training) left out.

    Names do not matter, so a file whose tensors were renamed or put in another order has the same digests.
    """
    path = store.unpacked(digest) / "adapter.safetensors"
    found = []
    with path.open("rb") as file:
        header = read_header(file.fileno(), path.name, _LIMITS)
        for tensor in header.tensors.values():
            file.seek(header.start + tensor.begin)
            data = file.read(tensor.end - tensor.begin)
            if data.count(data[:4]) * 4 < len(data):
                found.append(hashlib.sha256(data).hexdigest())
    return tuple(sorted(found))


def answers_of(store: GradeStore, digest: str) -> Answers:
    """Read the answers that the adapter gave when it was computed again, else those handed in."""
    path = store.unpacked(digest) / "public.jsonl"
    path = path if path.is_file() else path.with_name("predictions.jsonl")
    rows = parse_lines(path.read_bytes(), Prediction, path.name, _LIMITS)
    given, mistakes = {}, {}
    for row in rows:
        said = _plain(row.tuned)
        given[row.id] = said
        if said not in (_plain(row.reference), _plain(row.base)):
            mistakes[row.id] = said
    return Answers(given, mistakes)


def log_of(store: GradeStore, digest: str) -> Log:
    """Read the logged steps."""
    losses: dict[int, float] = {}
    times: dict[int, float] = {}
    with (store.unpacked(digest) / "events.jsonl").open("rb") as lines:
        for line in lines:
            if not line.strip() or b'"step"' not in line:
                continue
            event = msgspec.json.decode(line, type=Event)
            if isinstance(event, Step) and event.loss is not None:
                losses[event.step], times[event.step] = event.loss, event.t
    return Log(losses, times)


def factors_of(store: GradeStore, evidence: Evidence) -> Factors | None:
    """Where A and B are; None after full fine-tuning."""
    facts = evidence.adapter
    if facts is None or facts.r == 0:
        return None
    path = store.unpacked(evidence.digest) / "adapter.safetensors"
    with path.open("rb") as file:
        header = read_header(file.fileno(), path.name, _LIMITS)
    modules = tuple(
        (name.removesuffix(".lora_A"), tensor.shape[1], header.tensors[name[:-1] + "B"].shape[0])
        for name, tensor in sorted(header.tensors.items()) if name.endswith(".lora_A")
    )  # fmt: skip
    return Factors(path, header, _scale(facts), modules)


def _scale(facts: AdapterFacts) -> float:
    """alpha / r, with rsLoRA alpha / sqrt(r) (arXiv:2312.03732)."""
    return facts.lora_alpha / (math.sqrt(facts.r) if facts.use_rslora else facts.r)


def update_cosines(factors: Sequence[Factors], among: int) -> Any:
    """Cosine of the updates dW of the first ``among`` submissions with all of them.

    <B1 A1, B2 A2> = sum((B1^T B2) * (A1 A2^T)), so no dW is ever formed, and (B R, R^-1 A) has the cosine 1 with
    (B, A). A module that one of the two does not adapt counts as zero there.

    Returns:
        float64 (among, len(factors)); 0 where an update is zero.
    """
    import numpy as np

    dots, squares = np.zeros((among, len(factors))), np.zeros(len(factors))
    for module in sorted({module for one in factors for module in one.modules}):
        having = [at for at, one in enumerate(factors) if module in one.modules]
        A = [_matrix(factors[at], f"{module[0]}.lora_A") * factors[at].scale for at in having]
        B = [_matrix(factors[at], f"{module[0]}.lora_B").T for at in having]
        ends = np.cumsum([len(one) for one in A])
        starts = ends - [len(one) for one in A]
        # (sum of ranks, in) and (sum of ranks, out), of all submissions.
        all_A, all_B = np.concatenate(A), np.concatenate(B)
        for place, at in enumerate(having):
            own = _dot(A[place], A[place], B[place], B[place]).sum()
            squares[at] += own
            if at < among:
                # Those before are known by symmetry.
                later, first = having[place:], starts[place]
                products = _dot(A[place], all_A[first:], B[place], all_B[first:]).sum(axis=0)
                dots[at, later] += np.add.reduceat(products, starts[place:] - first)
    dots[:, :among] += np.triu(dots[:, :among], 1).T
    lengths = np.sqrt(squares)
    below = lengths[:among, None] * lengths[None, :]
    return np.divide(dots, below, out=np.zeros_like(dots), where=below > 0)


def _dot(A: Any, other_A: Any, B: Any, other_B: Any) -> Any:
    return (A @ other_A.T) * (B @ other_B.T)


def _matrix(factors: Factors, name: str) -> Any:
    import numpy as np

    tensor = factors.file.tensors[name]
    with factors.path.open("rb") as file:
        file.seek(factors.file.start + tensor.begin)
        values = np.frombuffer(file.read(tensor.end - tensor.begin), dtype="<f4")
    return values.reshape(tensor.shape).astype(np.float64)


def shared_share(mine: dict[Any, Any], other: dict[Any, Any]) -> tuple[float, int]:
    """Share of the keys both have under which both say the same (0-1), and how many keys both have."""
    both = mine.keys() & other.keys()
    return (sum(mine[key] == other[key] for key in both) / len(both) if both else 0.0), len(both)


def tensor_pairs(digests: Sequence[tuple[str, ...]]) -> Iterator[tuple[int, int, float]]:
    """Pairs that share tensors at all, and the share of the smaller one's that the other has too."""
    holders: dict[str, list[int]] = {}
    for at, hashes in enumerate(digests):
        for one in set(hashes):
            holders.setdefault(one, []).append(at)
    shared: dict[tuple[int, int], int] = {}
    for having in holders.values():
        for place, first in enumerate(having):
            for second in having[place + 1 :]:
                shared[first, second] = shared.get((first, second), 0) + 1
    for (first, second), count in sorted(shared.items()):
        yield first, second, count / min(len(set(digests[first])), len(set(digests[second])))


def _plain(text: str) -> bytes:
    folded = clean(text, one_line=True).casefold().strip(" .。!！?？")
    return hashlib.blake2b(folded.encode(), digest_size=8).digest()
