"""What the items on deployment say of PEFT, asked of the installed version."""

from pathlib import Path

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM


@pytest.fixture
def tuned(tmp_path: Path) -> PeftModel:
    torch.manual_seed(0)
    base = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=64, hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=1
        )
    )
    model = get_peft_model(base, LoraConfig(r=4, target_modules=["q_proj"], init_lora_weights=False))
    model.eval()
    return model


def test_merge_and_unload_returns_the_model_and_the_wrapper_still_saves_an_adapter(
    tuned: PeftModel, tmp_path: Path
) -> None:
    merged = tuned.merge_and_unload()
    assert isinstance(merged, LlamaForCausalLM)
    assert isinstance(tuned, PeftModel)
    tuned.save_pretrained(tmp_path / "wrapper")
    assert (tmp_path / "wrapper" / "adapter_config.json").exists()
    assert not (tmp_path / "wrapper" / "model.safetensors").exists()
    merged.save_pretrained(tmp_path / "merged")
    assert (tmp_path / "merged" / "model.safetensors").exists()


def test_merging_changes_no_answer_but_for_rounding(tuned: PeftModel) -> None:
    ids = torch.arange(8).unsqueeze(0)
    with torch.no_grad():
        before = tuned(ids).logits
        after = tuned.merge_and_unload()(ids).logits
    assert torch.allclose(before, after, atol=1e-5)


def test_an_adapter_folder_holds_no_base_weights(tuned: PeftModel, tmp_path: Path) -> None:
    tuned.save_pretrained(tmp_path)
    saved = {path.name for path in tmp_path.iterdir()}
    assert {"adapter_config.json", "adapter_model.safetensors"} <= saved
    assert not any(name.startswith("model") for name in saved)
