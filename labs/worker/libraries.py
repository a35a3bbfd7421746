"""The imports that take seconds, done while the student still fills in the form."""

import importlib
import logging
import os
import warnings

# In the order of their weight; `trl` alone is lazy, so the trainer is named.
_MODULES = (
    "torch",
    "transformers",
    "bitsandbytes",
    "peft",
    "datasets",
    "trl.trainer.sft_trainer",
    "safetensors.torch",
    "transformers.models.llama.modeling_llama",
    "transformers.models.auto.modeling_auto",
    "transformers.integrations.bitsandbytes",
    "transformers.quantizers.quantizer_bnb_4bit",
    "psutil",
    "sacrebleu",
    "rouge_score",
    "labs.training.run",
)


def quieten() -> None:
    """Keep libraries from the network, from progress bars, and from warnings that each have an answer here."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "warning")
    # "AVX512-BF16 kernels change the weights' layout": they are switched off, see labs/training/base.py.
    logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)
    # "Inputs will be cast to float16": what LLM.int8() does, said by every layer at every step, thousands of times a run.
    logging.getLogger("bitsandbytes.autograd._functions").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message=".*gradient_checkpointing.*", category=FutureWarning)
    warnings.filterwarnings("ignore", message=".*lr_scheduler.step.*before.*")


def import_libraries() -> str:
    """Import everything a run needs. Returns the name of what is missing, or an empty string."""
    for name in _MODULES:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            return error.name or name
    return ""
