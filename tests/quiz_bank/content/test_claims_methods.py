"""What the items on methods say of peft, trl and transformers; each fault shown in a script is reproduced here."""

from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from datasets import Dataset
from peft import (
    AdaLoraConfig,
    IA3Config,
    LoraConfig,
    PeftModel,
    PrefixTuningConfig,
    PromptTuningConfig,
    get_peft_model,
    prepare_model_for_kbit_training,
)
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    LlamaConfig,
    PreTrainedTokenizerFast,
    Qwen3Config,
)
from trl import SFTConfig, SFTTrainer

SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "vocab_size": 64,
}


@pytest.fixture
def base() -> Any:
    return AutoModelForCausalLM.from_config(Qwen3Config(**SHAPE))


def lora(**options: Any) -> LoraConfig:
    return LoraConfig(**{"r": 4, "target_modules": "all-linear", "task_type": "CAUSAL_LM", **options})


def count(model: Any) -> int:
    return int(model.get_nb_trainable_parameters()[0])


def test_load_in_4bit_is_no_argument_of_loading(tmp_path: Path, base: Any) -> None:
    base.save_pretrained(tmp_path)
    with pytest.raises(TypeError, match="load_in_4bit"):
        AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.bfloat16, load_in_4bit=True)


def test_print_returns_none_and_get_returns_numbers(base: Any, capsys: pytest.CaptureFixture[str]) -> None:
    model = get_peft_model(base, lora())
    assert f"Trainable: {model.print_trainable_parameters()}" == "Trainable: None"
    assert "trainable params" in capsys.readouterr().out
    assert len(model.get_nb_trainable_parameters()) == 2


def test_an_adapted_model_with_another_config_is_refused(tmp_path: Path, base: Any) -> None:
    with pytest.raises(ValueError, match="PeftModel"):
        SFTTrainer(
            get_peft_model(base, lora()),
            args=SFTConfig(str(tmp_path), use_cpu=True, bf16=False, report_to=[]),
            train_dataset=Dataset.from_list([{"text": "a"}]),
            processing_class=PreTrainedTokenizerFast(
                tokenizer_object=Tokenizer(WordLevel({"a": 0, "<end>": 1}, "a")), eos_token="<end>"
            ),
            peft_config=lora(),
        )


def test_a_dropped_merge_leaves_an_empty_adapter(tmp_path: Path, base: Any) -> None:
    model = get_peft_model(base, lora())
    merged = model.merge_and_unload()
    model.save_pretrained(tmp_path)
    assert (tmp_path / "adapter_model.safetensors").stat().st_size == 40
    assert not (tmp_path / "model.safetensors").exists()
    assert not isinstance(merged, PeftModel)


def test_preparing_after_wrapping_freezes_the_adapter(base: Any) -> None:
    assert count(prepare_model_for_kbit_training(get_peft_model(base, lora()))) == 0


def test_preparing_before_wrapping_does_not(base: Any) -> None:
    assert count(get_peft_model(prepare_model_for_kbit_training(base), lora())) > 0


def test_a_loaded_adapter_is_frozen_unless_asked_for(tmp_path: Path, base: Any) -> None:
    model = get_peft_model(base, lora())
    model.save_pretrained(tmp_path)
    base = model.unload()
    again: Any = PeftModel.from_pretrained(base, tmp_path)
    assert count(again) == 0
    with pytest.raises(ValueError, match="empty"):
        torch.optim.AdamW([p for p in again.parameters() if p.requires_grad])
    assert count(PeftModel.from_pretrained(again.unload(), tmp_path, is_trainable=True)) > 0


def test_an_adapter_in_a_checkpoint_is_not_found_above_it(tmp_path: Path, base: Any) -> None:
    model = get_peft_model(base, lora())
    model.save_pretrained(tmp_path / "out" / "checkpoint-50")
    with pytest.raises(ValueError, match="adapter_config"):
        PeftModel.from_pretrained(model.unload(), tmp_path / "out")


def test_a_string_of_names_is_one_pattern(base: Any) -> None:
    with pytest.raises(ValueError, match="not found"):
        get_peft_model(base, lora(target_modules="q_proj,v_proj"))


def test_a_saved_llama_has_no_tokenizer(tmp_path: Path) -> None:
    llama = AutoModelForCausalLM.from_config(LlamaConfig(**SHAPE))
    get_peft_model(llama, lora()).merge_and_unload().save_pretrained(tmp_path)
    AutoModelForCausalLM.from_pretrained(tmp_path)
    with pytest.raises(ValueError, match="tokenizer"):
        AutoTokenizer.from_pretrained(tmp_path)


def test_a_saved_qwen_has_an_empty_one(tmp_path: Path, base: Any) -> None:
    base.save_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert len(tokenizer) == 1
    with pytest.raises(ValueError, match="chat_template"):
        tokenizer.apply_chat_template([{"role": "user", "content": "x"}], tokenize=False)


def test_adalora_needs_the_length_of_the_run(base: Any) -> None:
    with pytest.raises(ValueError, match="total_step"):
        get_peft_model(base, AdaLoraConfig(init_r=12, target_r=8, task_type="CAUSAL_LM"))


@pytest.mark.parametrize("config", [lora(), lora(use_dora=True), IA3Config(task_type="CAUSAL_LM")])
def test_changes_of_weights_merge(base: Any, config: Any) -> None:
    assert not isinstance(get_peft_model(base, config).merge_and_unload(), PeftModel)


@pytest.mark.parametrize("kind", [PromptTuningConfig, PrefixTuningConfig])
def test_extra_tokens_do_not(base: Any, kind: Any) -> None:
    model = get_peft_model(base, kind(task_type="CAUSAL_LM", num_virtual_tokens=3))
    with pytest.raises(AttributeError, match="merge_and_unload"):
        model.merge_and_unload()


def test_what_peft_has_and_has_not() -> None:
    names = {kind.name for kind in peft.PeftType}
    assert {"PREFIX_TUNING", "IA3", "VERA", "OFT"} <= names
    assert len(names) == 45
    assert not any("HOULSBY" in name or "BOTTLENECK" in name or name in {"ADAPTER", "DPO"} for name in names)


def test_the_defaults_of_4_bit_are_not_the_papers() -> None:
    config = BitsAndBytesConfig(load_in_4bit=True)
    assert (config.bnb_4bit_quant_type, config.bnb_4bit_use_double_quant) == ("fp4", False)
    assert config.bnb_4bit_compute_dtype == torch.float32


def test_adapters_are_switched_and_switched_off(tmp_path: Path, base: Any) -> None:
    tokens = torch.tensor([[1, 2, 3]])
    plain = base(tokens).logits
    model = get_peft_model(base, lora(init_lora_weights=False))
    model.save_pretrained(tmp_path)
    model.load_adapter(str(tmp_path), adapter_name="b")
    model.set_adapter("b")
    assert not torch.equal(model(tokens).logits, plain)
    with model.disable_adapter():
        assert torch.equal(model(tokens).logits, plain)


def test_counts_on_qwen3_are_as_ordered() -> None:
    shape = SHAPE | {
        "hidden_size": 1024,
        "intermediate_size": 3072,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "num_hidden_layers": 28,
    }
    configs = [
        PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=20),
        IA3Config(task_type="CAUSAL_LM"),
        PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=20),
        lora(r=8),
    ]
    counts = []
    for config in configs:
        with torch.device("meta"):
            counts.append(
                count(get_peft_model(AutoModelForCausalLM.from_config(Qwen3Config(**shape)), config))
            )
    assert counts == [20_480, 172_032, 1_146_880, 5_046_272]
