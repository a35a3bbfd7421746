"""A run as data: everything that decides what a training run does, checked before anything heavy is loaded."""

from typing import Literal

import msgspec

Method = Literal["full", "lora", "qlora"]
SchedulerType = Literal[
    "linear",
    "cosine",
    "constant",
    "constant_with_warmup",
    "inverse_sqrt",
    "polynomial",
    "cosine_with_restarts",
]
ComputeDtype = Literal["auto", "float32", "bfloat16", "float16"]


class RunSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One training run. Names are TRL's, PEFT's and transformers' own; units stand under each field.

    Data: either ``task`` (a folder of ``labs/data/tasks``) or ``train_file`` and ``test_file``. With a task, a
    relative ``train_file``, ``mix_file`` or ``probe_file`` is looked up in the task's folder.
    """

    format_version: Literal[1] = 1
    lab: str = ""
    """The lab's id; empty for a run of one's own."""
    base_model: str = "pocket"
    """``pocket``, a folder, or a hub id such as ``Qwen/Qwen3-0.6B``."""

    task: str = ""
    train_file: str = ""
    validation_file: str = ""
    test_file: str = ""
    mix_file: str = ""
    """General rows trained on together with the task's, against forgetting."""
    probe_file: str = ""
    """General held-out rows; their perplexity before and after shows forgetting."""
    train_rows: int | None = None
    """Only the first so many training rows; None: all."""
    test_rows: int | None = None
    """Only the first so many test rows; None: all."""
    split_seed: int | None = None
    """Draws the ``split_share`` of the training and validation rows that this run gets; None: all of them."""
    split_share: float = 0.8
    """0-1, of each of the two files. ``train_rows`` then counts among the rows drawn."""

    method: Method = "qlora"
    r: int = 16
    lora_alpha: int = 32
    lora_dropout: float = 0.0
    use_rslora: bool = False
    use_dora: bool = False
    target_modules: str | tuple[str, ...] = "all-linear"
    """``all-linear`` or module names such as ``("q_proj", "v_proj")``."""

    bnb_4bit_quant_type: Literal["nf4", "fp4"] = "nf4"
    bnb_4bit_use_double_quant: bool = True
    load_in_8bit: bool = False
    """With ``qlora``: LLM.int8() instead of 4 bits."""
    compute_dtype: ComputeDtype = "auto"
    """``auto``: float32 on CPU, bfloat16 on CUDA."""

    learning_rate: float = 2e-4
    lr_scheduler_type: SchedulerType = "cosine"
    warmup_steps: float = 0.1
    """Below 1 a share of all steps, from 1 on a number of steps."""
    num_train_epochs: float = 3.0
    max_steps: int | None = None
    """Optimizer steps; wins over ``num_train_epochs``."""
    per_device_train_batch_size: int = 8
    gradient_accumulation_steps: int = 1
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0
    max_length: int = 512
    """Tokens; longer rows are truncated at the end, as TRL does."""
    packing: bool = False
    loss_on: Literal["response", "all"] = "response"
    gradient_checkpointing: bool = False
    seed: int = 42

    eval_steps: int = 0
    """Loss on the validation rows (and a few samples) every so many steps; 0: never during training."""
    save_steps: int = 0
    """A checkpoint every so many steps; 0: only when stopped."""
    early_stopping_patience: int = 0
    """Stop after so many evaluations without a lower loss and keep the lowest; 0: off."""
    evaluate: bool = True
    """Score base and tuned on the test rows (perplexity, generations, metrics)."""
    max_new_tokens: int = 96
    eval_batch_size: int = 32
    metrics: tuple[str, ...] = ("bleu", "chrf", "rouge", "exact_match")
    sample_prompts: tuple[str, ...] = ()
    """Shown to the model at every evaluation; empty: the first two test prompts."""

    @property
    def effective_batch(self) -> int:
        """Rows an optimizer step averages over, on one device."""
        return self.per_device_train_batch_size * self.gradient_accumulation_steps

    @property
    def quantization(self) -> Literal["none", "nf4", "fp4", "int8"]:
        """How the frozen linear layers are stored."""
        if self.method != "qlora":
            return "none"
        return "int8" if self.load_in_8bit else self.bnb_4bit_quant_type


def encode_spec(spec: RunSpec) -> bytes:
    """The spec as indented JSON, as it lies in ``spec.json``."""
    return msgspec.json.format(msgspec.json.encode(spec), indent=2) + b"\n"
