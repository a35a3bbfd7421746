"""A tiny random model with its own tokenizer, rows to learn, and a way to train in this process."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from labs.spec import RunSpec
from labs.worker.libraries import quieten

quieten()  # before any test imports the training libraries

CHAT_TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'assistant' %}"
    "{{ '<|assistant|>' }}{% generation %}{{ message['content'] + '<|end|>' }}{% endgeneration %}"
    "{% else %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
FACTS = [
    ("试用期最长多久", "不得超过六个月"),
    ("加班费是多少", "工资的百分之一百五十"),
    ("how long is probation", "at most six months"),
    ("how is overtime paid", "one hundred and fifty percent"),
]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A two-layer Llama of random weights: 64 wide, so that 4-bit kernels accept it."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    special = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    raw.train_from_iterator([text for pair in FACTS for text in pair] * 3, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<|pad|>", eos_token="<|end|>", chat_template=CHAT_TEMPLATE
    )
    tokenizer.save_pretrained(folder)
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=320,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=256,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=0,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train, validation and test files of a few conversations of different lengths."""
    folder = tmp_path_factory.mktemp("rows")
    for part, times in (("train", 6), ("validation", 1), ("test", 1)):
        lines = []
        for number in range(times):
            for question, answer in FACTS:
                row = {
                    "id": f"{part}-{len(lines)}",
                    "lang": "en" if question.isascii() else "zh",
                    "messages": [
                        {"role": "user", "content": question + "?" * (number % 3)},
                        {"role": "assistant", "content": answer},
                    ],
                }
                lines.append(msgspec.json.encode(row))
        (folder / f"{part}.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    return folder


@pytest.fixture
def tiny_spec(tiny_model: Path, tiny_rows: Path) -> Callable[..., RunSpec]:
    """A spec over the tiny model and rows; keyword arguments change fields."""

    def make(**changes: Any) -> RunSpec:
        fields: dict[str, Any] = {
            "lab": "tiny",
            "base_model": str(tiny_model),
            "train_file": str(tiny_rows / "train.jsonl"),
            "validation_file": str(tiny_rows / "validation.jsonl"),
            "test_file": str(tiny_rows / "test.jsonl"),
            "r": 4,
            "lora_alpha": 8,
            "learning_rate": 1e-2,
            "max_steps": 8,
            "per_device_train_batch_size": 4,
            "max_length": 64,
            "max_new_tokens": 8,
            "evaluate": False,
        }
        return RunSpec(**{**fields, **changes})

    return make


class TrainedHere:
    """What a run in this process left behind."""

    def __init__(self, ending: dict[str, Any], run: Any) -> None:
        self.ending = ending
        self.run = run

    @property
    def losses(self) -> list[float | None]:
        """Loss of every step, in order."""
        from labs.events import Step

        return [event.loss for event in self.run.events() if isinstance(event, Step)]


class StopAfter:
    """A stop that comes once a step has been reported."""

    def __init__(self, run: Any, step: int | None) -> None:
        self._run = run
        self._step = step
        self.stop_reason = ""

    @property
    def should_stop(self) -> bool:
        """As a worker's control: looked at after every step."""
        from labs.events import Step

        if self._step is not None and not self.stop_reason:
            reached = [event.step for event in self._run.events() if isinstance(event, Step)]
            if reached and reached[-1] >= self._step:
                self.stop_reason = "asked"
        return bool(self.stop_reason)


@pytest.fixture
def train_here(tmp_path: Path) -> Callable[..., TrainedHere]:
    """Train in this process, through the same code as a worker but without its start."""
    import datetime

    from labs.orders import Train
    from labs.runs import Run, create_run
    from labs.training.run import train
    from labs.worker.stream import EventStream

    def run_it(
        spec: RunSpec,
        *,
        resume: Run | None = None,
        stop_after: int | None = None,
        allow_inexact: bool = False,
    ) -> TrainedHere:
        run = resume or create_run(tmp_path / "runs", spec, now=datetime.datetime.now(datetime.UTC))
        order = Train(
            folder=str(run.folder), spec=spec, resume=resume is not None, allow_inexact=allow_inexact
        )
        stream = EventStream(run.events_file, None)
        return TrainedHere(train(order, StopAfter(run, stop_after), stream), run)

    return run_it
