"""The runs behind the claims: each phenomenon's settings, as data."""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from labs.lab import find_lab
from labs.spec import RunSpec


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One run: the phenomenon it belongs to first, what it is called there, and its spec."""

    phenomenon: int
    name: str
    seed: int
    spec: RunSpec

    @property
    def key(self) -> str:
        """What a result is filed under; a finished key is not run again."""
        return f"{self.phenomenon:02}/{self.name}/{self.seed}"

    @property
    def digest(self) -> str:
        """Of what the spec sets: a result made with other settings does not count, a new field left alone does no harm."""
        said = {
            field.name: getattr(self.spec, field.name)
            for field in msgspec.structs.fields(RunSpec)
            if getattr(self.spec, field.name) != field.default
        }
        return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()[:12]


def _law(**changes: Any) -> dict[str, Any]:
    return {"eval_steps": 0, "max_new_tokens": 48, **changes}


LORA_RATES = (1e-5, 1e-4, 1e-3, 2e-3, 3e-3, 5e-3, 1e-2, 1e-1)
FULL_RATES = (1e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 1e-2, 1e-1)
SWEEP = {"max_steps": 200, "eval_steps": 200, "evaluate": False}
WIDE = {"r": 64, "lora_alpha": 8, "use_rslora": True}
RANK_RATES = {8: (3e-3, 4e-3, 6e-3), 64: (2e-3, 3e-3, 4e-3)}
VOICE_RANKS: dict[int, dict[str, Any]] = {
    1: {"r": 1, "lora_alpha": 2},
    8: {"r": 8, "lora_alpha": 16},
    64: {**WIDE, "learning_rate": 2e-3},
}
HARD = {"method": "full", "learning_rate": 1e-3}
METHODS: dict[str, dict[str, Any]] = {
    "qlora": {},
    "lora": {"method": "lora"},
    "full": {
        "method": "full",
        "learning_rate": 2e-4,
    },  # at 5e-4, the law's rate, it unlearns copying: SQL 3 %
}
TASKS = (
    # task, lab, longest answer in tokens
    ("zh-en-translation", "translate-letters", 72),
    ("text-to-sql", "text-to-sql", 72),
    ("intent-classification", "intents", 24),
    ("order-extraction", "extract-orders", 96),
    ("brand-voice", "brand-voice", 72),
    ("headline-writing", "headlines", 48),
)

SETTINGS: tuple[tuple[int, str, str, dict[str, Any]], ...] = (
    # phenomenon, name, lab whose spec is the ground, what differs from it
    (1, "qlora", "first-qlora", {}),
    (2, "lora", "first-qlora", {"method": "lora"}),
    (2, "lora-r64", "rank", {"method": "lora", **WIDE}),
    (2, "full", "first-qlora", {"method": "full", "learning_rate": 5e-4}),
    (5, "full-hard", "forgetting", HARD),
    (5, "lora", "forgetting", {"method": "lora"}),
    (5, "full-mixed", "forgetting", {**HARD, "mix_file": "general.jsonl"}),
    (4, "long", "overfit", {"eval_steps": 20}),
    (4, "stopped", "overfit", {"eval_steps": 20, "early_stopping_patience": 2}),
    *((3, f"lora-{rate:g}", "lr-sweep", {"method": "lora", "learning_rate": rate, **SWEEP}) for rate in LORA_RATES),
    *((3, f"full-{rate:g}", "lr-sweep", {"method": "full", "learning_rate": rate, **SWEEP}) for rate in FULL_RATES),
    (6, "r1", "rank", {"r": 1, "lora_alpha": 2}),
    (6, "r8", "rank", {"r": 8, "lora_alpha": 16}),
    (6, "r64", "rank", {"r": 64, "lora_alpha": 128}),
    *((6, f"r8-rs-{rate:g}", "rank", {**WIDE, "r": 8, "learning_rate": rate}) for rate in RANK_RATES[8]),
    *((6, f"r64-rs-{rate:g}", "rank", {**WIDE, "learning_rate": rate}) for rate in RANK_RATES[64]),
    *((6, f"voice-r{rank}", "brand-voice", {"max_new_tokens": 72, **changes}) for rank, changes in VOICE_RANKS.items()),
    (7, "qv", "targets", {"target_modules": ("q_proj", "v_proj")}),
    (7, "qv-wide", "targets", {"target_modules": ("q_proj", "v_proj"), "r": 80, "lora_alpha": 160}),
    (9, "clean", "data-quality", {}),
    (9, "noisy", "data-quality", {"train_file": "train-noisy.jsonl"}),
    (9, "noisy-2000", "data-quality", {"train_file": "train-noisy-2000.jsonl", "train_rows": 2000}),
    (11, "tuned-alone", "rag-or-finetune", {}),
    (11, "retrieval", "rag-or-finetune", {"test_file": "test-changed-shown.jsonl"}),
    (11, "both", "rag-or-finetune", {"train_file": "train-reading.jsonl", "test_file": "test-changed-shown.jsonl", "num_train_epochs": 2}),
    (10, "on-leaked", "leakage", {"test_file": "test-leaked.jsonl"}),
    (10, "on-clean", "leakage", {"test_file": "test-clean.jsonl"}),
    (10, "honest", "leakage", {"train_file": "train.jsonl", "train_rows": 600, "test_file": "test-leaked.jsonl"}),
    (8, "all", "first-qlora", {"loss_on": "all"}),
    (13, "fp4", "first-qlora", {"bnb_4bit_quant_type": "fp4"}),
    (13, "int8", "first-qlora", {"load_in_8bit": True}),
    (12, "16x1", "batch-and-steps", {"evaluate": False, "num_train_epochs": 1}),
    (12, "4x4", "batch-and-steps", {"evaluate": False, "num_train_epochs": 1, "per_device_train_batch_size": 4, "gradient_accumulation_steps": 4}),
    *((14, f"{task} {method}", lab, {"max_new_tokens": tokens, **METHODS[method]}) for method in METHODS for task, lab, tokens in TASKS),
)  # fmt: skip


def trials(seeds: int) -> Iterator[Trial]:
    """All trials of the first seed, most important first, then all of the next seed."""
    for seed in range(1, seeds + 1):
        for phenomenon, name, lab, changes in SETTINGS:
            spec = find_lab(lab).run_spec(overrides=_law(**changes, seed=seed))
            yield Trial(phenomenon=phenomenon, name=name, seed=seed, spec=spec)
