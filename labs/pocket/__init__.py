"""The bundled base model: a small Llama that this project trains from text it generates itself."""

from pathlib import Path

MODEL_DIR: Path = Path(__file__).resolve().parent / "model"
"""Folder of config, tokenizer and weights; `AutoModelForCausalLM.from_pretrained(MODEL_DIR)` loads it."""
