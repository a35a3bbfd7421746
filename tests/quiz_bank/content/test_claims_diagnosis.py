"""The faults that the items on diagnosis name are real in the installed libraries; a failure means the bank is stale."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from peft import (
    AdaLoraConfig,
    LoraConfig,
    PeftModel,
    PrefixTuningConfig,
    get_peft_model,
)
from transformers import (
    AutoTokenizer,
    DataCollatorForLanguageModeling,
    EarlyStoppingCallback,
    PreTrainedTokenizerBase,
    Qwen2Config,
    Qwen2ForCausalLM,
    Trainer,
    TrainerControl,
    TrainerState,
    TrainingArguments,
    get_linear_schedule_with_warmup,
)
from trl import SFTConfig

from labs.pocket import MODEL_DIR

CPU: dict[str, Any] = {"use_cpu": True, "report_to": []}
TOKENS = torch.arange(16).reshape(2, 8)


def tiny() -> Qwen2ForCausalLM:
    torch.manual_seed(0)
    shape = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2}
    return Qwen2ForCausalLM(Qwen2Config(vocab_size=64, **shape, **heads))


@cache
def tokenizer() -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(MODEL_DIR)


def loss_of(model: torch.nn.Module) -> torch.Tensor:
    loss: torch.Tensor = model(input_ids=TOKENS, labels=TOKENS).loss
    return loss


@pytest.mark.parametrize("early", [True, False])
def test_an_optimizer_built_before_the_adapter_never_moves_the_loss(early: bool) -> None:
    model: Any = tiny()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.0)
    model = get_peft_model(model, LoraConfig(target_modules="all-linear"))
    if not early:
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.0)
    losses = []
    for _ in range(4):
        loss = loss_of(model)
        loss.backward()
        assert any(p.grad is not None and bool(p.grad.any()) for p in model.parameters())
        optimizer.step()
        optimizer.zero_grad()
        if early:
            model.zero_grad()  # the adapter's gradients belong to no optimizer
        losses.append(loss.item())
    assert (len(set(losses)) == 1) is early


def test_a_loaded_adapter_is_frozen_unless_asked_for(tmp_path: Path) -> None:
    get_peft_model(tiny(), LoraConfig(target_modules=["q_proj"])).save_pretrained(tmp_path)
    with pytest.raises(RuntimeError, match="does not require grad"):
        loss_of(PeftModel.from_pretrained(tiny(), tmp_path).train()).backward()
    loss_of(PeftModel.from_pretrained(tiny(), tmp_path, is_trainable=True)).backward()


@pytest.mark.parametrize("too_late", [True, False])
def test_adalora_needs_its_gradients(too_late: bool) -> None:
    config = AdaLoraConfig(
        target_modules=["q_proj"], init_r=4, target_r=2, tinit=0, tfinal=1, total_step=10, deltaT=1
    )
    model: Any = get_peft_model(tiny(), config)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 1e-3)
    loss_of(model).backward()
    optimizer.step()
    if too_late:
        optimizer.zero_grad()
        with pytest.raises(TypeError, match="NoneType"):
            model.base_model.update_and_allocate(1)
    else:
        model.base_model.update_and_allocate(1)


def test_prefix_tuning_refuses_gradient_checkpointing_and_trl_turns_it_on() -> None:
    model = tiny()
    model.gradient_checkpointing_enable()
    with pytest.raises(ValueError, match="does not work with gradient checkpointing"):
        get_peft_model(model, PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4))
    assert SFTConfig.__dataclass_fields__["gradient_checkpointing"].default is True


def test_defaults_and_the_best_model_is_the_least_loss(tmp_path: Path) -> None:
    arguments = TrainingArguments(str(tmp_path), metric_for_best_model="eval_loss", **CPU)
    assert arguments.greater_is_better is False
    assert TrainingArguments(str(tmp_path), metric_for_best_model="f1", **CPU).greater_is_better is True
    plain = TrainingArguments(str(tmp_path), **CPU)
    assert (plain.eval_strategy, plain.eval_accumulation_steps) == ("no", None)
    assert plain.logging_nan_inf_filter is True
    with pytest.raises(TypeError, match="evaluation_strategy"):
        TrainingArguments(str(tmp_path), evaluation_strategy="steps", **CPU)


def test_early_stopping_wants_a_metric(tmp_path: Path) -> None:
    arguments = TrainingArguments(str(tmp_path), eval_strategy="epoch", **CPU)
    assert arguments.metric_for_best_model is None
    with pytest.raises(AssertionError, match="metric_for_best_model"):
        EarlyStoppingCallback().on_train_begin(arguments, TrainerState(), TrainerControl())


def test_the_model_shifts_its_labels() -> None:
    output = tiny()(input_ids=TOKENS, labels=TOKENS)
    shifted = torch.nn.functional.cross_entropy(output.logits[:, :-1].flatten(0, 1), TOKENS[:, 1:].flatten())
    assert torch.isclose(output.loss, shifted)


def test_a_schedule_counted_in_batches_ends_at_seven_eighths() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = get_linear_schedule_with_warmup(optimizer, 0, 800)
    for _ in range(800 // 8):
        optimizer.step()
        scheduler.step()
    assert scheduler.get_last_lr() == [pytest.approx(7 / 8)]


def test_no_label_left_is_nan() -> None:
    assert bool(tiny()(input_ids=TOKENS, labels=torch.full_like(TOKENS, -100)).loss.isnan())


def test_a_rate_without_a_point_is_text_in_yaml(tmp_path: Path) -> None:
    settings = yaml.safe_load("learning_rate: 2e-4\nweight_decay: 0.01\nwarmup_steps: 0.05")
    assert settings["learning_rate"] == "2e-4"
    assert yaml.safe_load("2.0e-4") == 2e-4
    arguments = TrainingArguments(str(tmp_path), **settings, **CPU)
    with pytest.raises(TypeError, match="'float' and 'str'"):
        Trainer(tiny(), arguments).create_optimizer()


def test_generate_returns_the_prompt_as_well() -> None:
    out = tiny().generate(TOKENS[:1], max_new_tokens=2, do_sample=False)
    assert torch.equal(out[0, :8], TOKENS[0])


@pytest.mark.parametrize("side", ["left", "right"])
def test_generation_wants_its_padding_on_the_left(side: str) -> None:
    model, short, pads = tiny(), TOKENS[:1], torch.zeros(1, 3, dtype=torch.long)
    alone = model(input_ids=short).logits[:, -1]
    ids = torch.cat([pads, short] if side == "left" else [short, pads], dim=1)
    shown = torch.cat(
        [pads, torch.ones_like(short)] if side == "left" else [torch.ones_like(short), pads], dim=1
    )
    settings = {
        "max_new_tokens": 1,
        "do_sample": False,
        "output_logits": True,
        "return_dict_in_generate": True,
    }
    first = model.generate(ids, attention_mask=shown, pad_token_id=0, **settings).logits[0]
    assert torch.allclose(first, alone, atol=1e-4) is (side == "left")


def test_the_causal_loss_works_on_an_fp32_copy_and_trl_in_chunks() -> None:
    from trl.trainer import sft_trainer

    model = tiny().bfloat16()
    output = model(input_ids=TOKENS, labels=TOKENS)
    assert (output.logits.dtype, output.loss.dtype) == (torch.bfloat16, torch.float32)
    # The name under which TRL 1.16 installs a head that never holds all logits at once.
    assert callable(sft_trainer.add_fused_lm_head)


def test_the_scaler_refuses_fp16_gradients() -> None:
    weight = torch.nn.Parameter(torch.ones(2, dtype=torch.float16))
    scaler = torch.amp.GradScaler("cpu")
    scaler.scale(weight.float().sum()).backward()
    with pytest.raises(ValueError, match="Attempting to unscale FP16 gradients"):
        scaler.unscale_(torch.optim.SGD([weight], 0.1))
    assert torch.finfo(torch.float16).max == 65504


@pytest.mark.parametrize("shared", [True, False])
def test_a_pad_that_is_eos_masks_the_end(shared: bool) -> None:
    words = AutoTokenizer.from_pretrained(MODEL_DIR)
    words.pad_token = words.eos_token if shared else "<|fim_pad|>"
    if not shared:
        words.add_special_tokens({"pad_token": "<|fim_pad|>"})
    row = {"input_ids": [*words("a b c")["input_ids"], words.eos_token_id]}
    labels = DataCollatorForLanguageModeling(words, mlm=False)([row])["labels"]
    assert (labels[0, -1].item() == -100) is shared


def test_the_generation_prompt_opens_the_assistants_turn() -> None:
    messages = [{"role": "user", "content": "?"}]
    bare = tokenizer().apply_chat_template(messages, tokenize=False, add_generation_prompt=False)
    full = tokenizer().apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert full.startswith(bare)
    assert "assistant" in full[len(bare) :]


class Row(torch.utils.data.Dataset[dict[str, torch.Tensor]]):
    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return {"input_ids": TOKENS[index], "labels": TOKENS[index]}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[dict[str, float]], Path]]:
    """A run whose weights are NaN from the start: its log, and its folder."""
    folder = tmp_path_factory.mktemp("broken")
    model = tiny()
    with torch.no_grad():
        model.lm_head.weight.fill_(float("nan"))
    settings = {"max_steps": 2, "logging_steps": 1, "save_steps": 2, "disable_tqdm": True}
    trainer = Trainer(model, TrainingArguments(str(folder), **settings, **CPU), train_dataset=Row())
    trainer.train()
    yield trainer.state.log_history, folder


@pytest.mark.trains
def test_nan_is_logged_as_zero_and_its_checkpoint_saved(
    broken: tuple[list[dict[str, float]], Path],
) -> None:
    from safetensors.torch import load_file

    log, folder = broken
    assert [entry["loss"] for entry in log if "loss" in entry] == [0.0, 0.0]
    assert all(entry["grad_norm"] != entry["grad_norm"] for entry in log if "grad_norm" in entry)
    weights = load_file(folder / "checkpoint-2" / "model.safetensors")
    assert any(not bool(weight.isfinite().all()) for weight in weights.values())
