"""Base models: the bundled one, folders, and the hub models that the labs name, with shapes, licences and needs."""

import os
from pathlib import Path
from typing import Any

import msgspec

from labs.errors import ModelError
from labs.shape import ModelShape
from labs.typed_path import is_folder, typed_path

POCKET = "pocket"


class KnownModel(msgspec.Struct, frozen=True, kw_only=True):
    """A base model that can be chosen by name."""

    name: str
    """What goes into ``RunSpec.base_model``."""
    shape: ModelShape
    licence: str
    gated: bool = False
    """The hub asks for an accepted licence and a token."""
    chat: bool = True
    """It has been taught to answer, and has a chat template of its own."""

    @property
    def parameters(self) -> int:
        """All parameters."""
        return self.shape.parameters


def _shape(
    h: int, i: int, layers: int, heads: int, kv: int, head_dim: int, vocab: int, tied: bool, family: str
) -> ModelShape:
    return ModelShape(
        hidden_size=h,
        intermediate_size=i,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=kv,
        head_dim=head_dim,
        vocab_size=vocab,
        tie_word_embeddings=tied,
        qkv_bias=family == "qwen2",
        qk_norm=family == "qwen3",
    )


_QWEN25_05 = _shape(896, 4864, 24, 14, 2, 64, 151936, True, "qwen2")
_QWEN25_15 = _shape(1536, 8960, 28, 12, 2, 128, 151936, True, "qwen2")
_QWEN25_7 = _shape(3584, 18944, 28, 28, 4, 128, 152064, False, "qwen2")
_QWEN3_06 = _shape(1024, 3072, 28, 16, 8, 128, 151936, True, "qwen3")
_QWEN3_8 = _shape(4096, 12288, 36, 32, 8, 128, 151936, False, "qwen3")
_LLAMA31_8 = _shape(4096, 14336, 32, 32, 8, 128, 128256, False, "llama")
_DEEPSEEK_7 = _shape(4096, 11008, 30, 32, 32, 128, 102400, False, "llama")

HUB_MODELS = (
    KnownModel(name="Qwen/Qwen3-0.6B", shape=_QWEN3_06, licence="Apache-2.0"),
    KnownModel(name="Qwen/Qwen3-8B", shape=_QWEN3_8, licence="Apache-2.0"),
    KnownModel(name="Qwen/Qwen2.5-0.5B-Instruct", shape=_QWEN25_05, licence="Apache-2.0"),
    KnownModel(name="Qwen/Qwen2.5-1.5B-Instruct", shape=_QWEN25_15, licence="Apache-2.0"),
    KnownModel(name="Qwen/Qwen2.5-7B-Instruct", shape=_QWEN25_7, licence="Apache-2.0"),
    KnownModel(name="deepseek-ai/deepseek-llm-7b-chat", shape=_DEEPSEEK_7, licence="DeepSeek Model License"),
    KnownModel(
        name="meta-llama/Llama-3.1-8B-Instruct",
        shape=_LLAMA31_8,
        licence="Llama 3.1 Community License",
        gated=True,
    ),
)


def pocket_folder() -> Path:
    """Folder of the bundled base model."""
    return Path(__file__).parent / "pocket" / "model"


def known_models() -> tuple[KnownModel, ...]:
    """The bundled model, where it is installed, then the hub models."""
    if not (pocket_folder() / "config.json").is_file():
        return HUB_MODELS
    pocket = KnownModel(name=POCKET, shape=shape_of(POCKET), licence="Apache-2.0")
    return (pocket, *HUB_MODELS)


def shape_of(base_model: str) -> ModelShape:
    """The shape of a model by its name or folder, without loading it.

    Raises:
        ModelError: ``model.unknown``, ``model.incomplete``, ``model.unsupported``.
    """
    for model in HUB_MODELS:
        if base_model.lower() in (model.name.lower(), model.name.partition("/")[2].lower()):
            return model.shape
    folder = local_folder(base_model)
    if folder is None:
        raise ModelError(
            "model.unknown",
            f"{base_model!r} is neither a known model nor a folder nor in the local cache.",
            "`finetutor models list` shows what can be named.",
        )
    path = folder / "config.json"
    try:
        return shape_from_config(msgspec.json.decode(path.read_bytes()))
    except FileNotFoundError:
        raise ModelError("model.incomplete", f"{path} is missing.", "Is this a model folder?") from None
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            "model.unsupported", f"{path}: {error}.", "Labs train Llama-like decoders."
        ) from error


def shape_from_config(config: dict[str, Any]) -> ModelShape:
    """Read the shape from a ``config.json`` of transformers.

    Raises:
        KeyError: a field of a Llama-like decoder is missing.
    """
    family = str(config.get("model_type", ""))
    heads = config["num_attention_heads"]
    return msgspec.convert(
        {
            "hidden_size": config["hidden_size"],
            "intermediate_size": config["intermediate_size"],
            "num_hidden_layers": config["num_hidden_layers"],
            "num_attention_heads": heads,
            "num_key_value_heads": config.get("num_key_value_heads") or heads,
            "head_dim": config.get("head_dim") or config["hidden_size"] // heads,
            "vocab_size": config["vocab_size"],
            "tie_word_embeddings": bool(config.get("tie_word_embeddings", family.startswith("qwen2"))),
            "qkv_bias": family == "qwen2" or bool(config.get("attention_bias")),
            "qk_norm": family == "qwen3",
        },
        ModelShape,
    )


def hub_cache() -> Path:
    """Where huggingface_hub keeps downloads, by its own variables."""
    if cache := os.environ.get("HF_HUB_CACHE"):
        return Path(cache)
    return typed_path(os.environ.get("HF_HOME", "~/.cache/huggingface")) / "hub"


def local_folder(base_model: str) -> Path | None:
    """The folder that holds the model on this machine: bundled, a path, or a complete hub download; else None."""
    if base_model == POCKET:
        return pocket_folder() if (pocket_folder() / "config.json").is_file() else None
    path = typed_path(base_model)
    if is_folder(path):
        return path.absolute()
    snapshots = hub_cache() / f"models--{base_model.replace('/', '--')}" / "snapshots"
    if not is_folder(snapshots):
        return None
    complete = [
        folder
        for folder in snapshots.iterdir()
        if (folder / "config.json").exists() and any(folder.glob("*.safetensors"))
    ]
    return max(complete, key=lambda folder: folder.stat().st_mtime, default=None)


def is_available(base_model: str) -> bool:
    """Whether the model can be used without a network."""
    return local_folder(base_model) is not None
