"""Batches change nothing: padded on the left for answers, on the right for likelihoods."""

import math
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.trains
QUESTIONS = [
    "hi",
    "how is overtime paid, and by whom, and when?",
    "试用期最长多久",
    "加班费是多少" * 4,
    "how long",
]


@pytest.fixture(scope="module")
def loaded(tiny_model: Path) -> tuple[Any, Any]:
    """The tiny model in float32 with sharper logits, so that greedy choices are clear, and its tokenizer."""
    import torch

    from labs.spec import RunSpec
    from labs.training.base import load_base, load_tokenizer
    from labs.training.hardware import choose_hardware

    spec = RunSpec(base_model=str(tiny_model), task="x", method="lora")
    model = load_base(spec, tiny_model, choose_hardware(spec))
    with torch.no_grad():
        # A head of its own (a tied one repeats the last token), and layers loud enough for the prompt to matter.
        rolled = model.get_input_embeddings().weight.roll(40, 0) * 40
        model.set_output_embeddings(torch.nn.Linear(64, 320, bias=False))
        model.get_output_embeddings().weight.copy_(rolled)
        for layer in model.model.layers:
            for module in layer.modules():
                if isinstance(module, torch.nn.Linear):
                    module.weight.mul_(12)
    return model, load_tokenizer(tiny_model)


def test_answers_in_a_batch_are_those_given_one_by_one(loaded: tuple[Any, Any]) -> None:
    from labs.training.generation import answers

    model, tokenizer = loaded
    conversations = [[{"role": "user", "content": text}] for text in QUESTIONS]
    together, alone = (
        answers(model, tokenizer, conversations, max_new_tokens=12, max_length=128, batch_size=size)
        for size in (5, 1)
    )
    assert together == alone
    assert len(set(alone)) > 1, "they differ from each other"
    model.train()
    short = answers(model, tokenizer, conversations, max_new_tokens=2, max_length=128, batch_size=2, on_progress=lambda n: n < 2)  # fmt: skip
    assert model.training, "the training mode is restored"
    assert len(short) == 2, "asked to stop, it stops after the batch"


def test_likelihoods_are_those_of_each_row_alone_and_count_scored_tokens_only(
    loaded: tuple[Any, Any],
) -> None:
    import torch

    from labs.rows import Message, Row
    from labs.training.likelihood import likelihoods, mean_nll
    from labs.training.tokens import IGNORED, tokenise

    model, tokenizer = loaded
    rows = [Row(messages=(Message("user", text), Message("assistant", text[::-1]))) for text in QUESTIONS]
    tokenised = tokenise(rows, tokenizer, max_length=128, response_only=True)
    assert all(row.labels[-1] == tokenizer.eos_token_id for row in tokenised), (
        "the end of the answer is learnt"
    )
    assert all(row.labels[0] == IGNORED for row in tokenised)
    found = likelihoods(model, tokenised, batch_tokens=150)
    for row, likelihood in zip(tokenised, found, strict=True):
        with torch.no_grad():
            logits = model(torch.tensor([row.input_ids])).logits[0]
        direct = [
            -math.log(float(logits[at].softmax(-1)[label]))
            for at, label in enumerate(row.labels[1:])
            if label != IGNORED
        ]
        assert likelihood.tokens == len(direct) == row.scored
        assert likelihood.nll == pytest.approx(sum(direct), rel=1e-3)
    total = sum(row.nll for row in found) / sum(row.tokens for row in found)
    assert mean_nll(found) == pytest.approx(total)


def test_a_model_that_caps_its_logits_is_scored_on_the_capped_ones() -> None:
    import torch
    from transformers import Gemma2Config, Gemma2ForCausalLM

    from labs.training.likelihood import likelihoods
    from labs.training.tokens import IGNORED, TokenisedRow

    torch.manual_seed(0)
    config = Gemma2Config(
        vocab_size=50, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, sliding_window=64, final_logit_softcapping=0.05,
    )  # fmt: skip
    model = Gemma2ForCausalLM(config)
    ids = torch.randint(3, 50, (12,)).tolist()
    (found,) = likelihoods(model, [TokenisedRow(ids, [IGNORED] * 6 + ids[6:])])
    with torch.no_grad():
        loss = model(torch.tensor([ids]), labels=torch.tensor([[IGNORED] * 6 + ids[6:]])).loss
    assert found.nll / found.tokens == pytest.approx(float(loss), rel=1e-5)
    assert found.nll / found.tokens == pytest.approx(math.log(50), abs=0.1), "capped: close to an even guess"


def test_rows_are_tokenised_as_trl_does_it(loaded: tuple[Any, Any], tmp_path: Path, tiny_rows: Path) -> None:
    """The ejected script leaves it to TRL; a run does it itself, once, faster."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    from labs.rows import read_rows
    from labs.training.tokens import tokenise

    model, tokenizer = loaded
    rows = read_rows(tiny_rows / "train.jsonl")
    for response_only in (True, False):
        config = SFTConfig(
            output_dir=str(tmp_path), max_length=24, completion_only_loss=response_only, use_cpu=True, bf16=False,
            report_to="none", gradient_checkpointing=False,
        )  # fmt: skip
        data = Dataset.from_list([{"prompt": row.prompt, "completion": row.completion} for row in rows])
        theirs = SFTTrainer(model, args=config, train_dataset=data, processing_class=tokenizer).train_dataset
        ours = tokenise(rows, tokenizer, max_length=24, response_only=response_only)
        assert [row.input_ids for row in ours] == [list(ids) for ids in theirs["input_ids"]]
        assert [row.labels for row in ours] == [list(labels) for labels in theirs["labels"]]
