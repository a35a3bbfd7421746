"""What the items on data say of TRL and transformers, asked of the installed versions."""

from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerBase
from trl import SFTConfig, SFTTrainer

from labs.pocket import MODEL_DIR

CHAT = [{"role": "user", "content": "How long?"}, {"role": "assistant", "content": "Six months."}]


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(MODEL_DIR)


def trainer(
    tokenizer: PreTrainedTokenizerBase, folder: Path, rows: list[dict[str, Any]], **settings: Any
) -> SFTTrainer:
    """A trainer that has prepared ``rows``; nothing is trained."""
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=64,
            intermediate_size=64,
            num_hidden_layers=1,
            num_attention_heads=1,
        )
    )
    arguments = SFTConfig(str(folder), use_cpu=True, bf16=False, report_to=[], max_length=64, **settings)
    return SFTTrainer(model, arguments, train_dataset=Dataset.from_list(rows), processing_class=tokenizer)


def labels_of(made: SFTTrainer) -> list[int]:
    """Labels of the first row as its collator makes them."""
    batch = made.data_collator([made.train_dataset[0]])
    return [int(label) for label in batch["labels"][0]]


@pytest.mark.parametrize(
    "row",
    [
        {"conversations": CHAT},
        {"instruction": "Answer", "input": "How long?", "output": "Six months."},
    ],
)
def test_role_content_conversations_and_alpaca_are_not_recognised(
    tokenizer: PreTrainedTokenizerBase, tmp_path: Path, row: dict[str, Any]
) -> None:
    with pytest.raises(KeyError, match="text"):
        trainer(tokenizer, tmp_path, [row])


def test_renaming_the_column_to_messages_is_enough_and_trains_every_turn(
    tokenizer: PreTrainedTokenizerBase, tmp_path: Path
) -> None:
    made = trainer(tokenizer, tmp_path, [{"messages": CHAT}])
    assert labels_of(made) == list(made.train_dataset[0]["input_ids"]), "the user's tokens carry loss, too"


def test_sharegpt_turns_are_known(tokenizer: PreTrainedTokenizerBase, tmp_path: Path) -> None:
    turns = [{"from": "human", "value": "How long?"}, {"from": "gpt", "value": "Six months."}]
    assert len(trainer(tokenizer, tmp_path, [{"conversations": turns}]).train_dataset) == 1


def test_assistant_only_loss_masks_the_user(tokenizer: PreTrainedTokenizerBase, tmp_path: Path) -> None:
    made = trainer(tokenizer, tmp_path, [{"messages": CHAT}], assistant_only_loss=True)
    labels = labels_of(made)
    kept = [label for label in labels if label != -100]
    assert 0 < len(kept) < len(labels)
    assert kept[-1] == tokenizer.eos_token_id, "the end of the answer is scored"


def test_assistant_only_loss_needs_generation_marks(
    tokenizer: PreTrainedTokenizerBase, tmp_path: Path
) -> None:
    bare = AutoTokenizer.from_pretrained(MODEL_DIR)
    bare.chat_template = (
        "{% for m in messages %}{% if m.role == 'user' %}[U] {{ m.content }} [/U]{% else %}"
        "{{ m.content }}{{ eos_token }}{% endif %}{% endfor %}"
    )
    with pytest.raises(Exception, match=r"(?i)generation|assistant"):
        trainer(bare, tmp_path, [{"messages": CHAT}], assistant_only_loss=True)


def test_prompt_completion_masks_the_prompt(tokenizer: PreTrainedTokenizerBase, tmp_path: Path) -> None:
    labels = labels_of(trainer(tokenizer, tmp_path, [{"prompt": "How long? ", "completion": "Six months."}]))
    assert labels[0] == -100
    assert labels[-1] == tokenizer.eos_token_id


def test_long_rows_are_cut_at_the_end(tokenizer: PreTrainedTokenizerBase, tmp_path: Path) -> None:
    row = {"prompt": "How long? ", "completion": "Six months. " * 80}
    made = trainer(tokenizer, tmp_path, [row])
    kept = list(made.train_dataset[0]["input_ids"])
    assert len(kept) == 64
    assert kept[-1] != tokenizer.eos_token_id


def test_the_tokenizer_argument_is_gone(tokenizer: PreTrainedTokenizerBase) -> None:
    with pytest.raises(TypeError, match="tokenizer"):
        SFTTrainer(model="x", tokenizer=tokenizer)


def test_minus_100_is_left_out_of_the_loss() -> None:
    logits = torch.randn(2, 5)
    only_first = torch.nn.functional.cross_entropy(logits, torch.tensor([3, -100]))
    assert torch.equal(only_first, torch.nn.functional.cross_entropy(logits[:1], torch.tensor([3])))
