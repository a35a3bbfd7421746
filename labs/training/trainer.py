"""TRL's SFTTrainer with what a lab adds: events, checkpoints of our own, a stop that saves, no NaN unnoticed."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import PrinterCallback, set_seed
from trl import SFTConfig, SFTTrainer

from labs.events import Checkpoint, Step
from labs.spec import RunSpec
from labs.training.checkpoints import mib_of, write_checkpoint
from labs.training.failures import DivergedError
from labs.training.hardware import Hardware
from labs.training.memory import memory_mib
from labs.training.outside import Reporter, StopSignal
from labs.training.tokens import IGNORED, TokenisedRow


class LabTrainer(SFTTrainer):
    """One run's trainer. ``begin`` must be called once before ``train``."""

    def begin(
        self,
        run_folder: Path,
        hardware: Hardware,
        reporter: Reporter,
        stop: StopSignal,
        on_step: Callable[[int], bool],
    ) -> None:
        """Say where checkpoints go and whom to tell.

        Args:
            on_step: called after each step with its number (for evaluations); True ends the training.
        """
        self.run_folder = run_folder
        self.hardware = hardware
        self.reporter = reporter
        self.stop_signal = stop
        self.on_step = on_step
        self.tokens_before = 0
        self.extra_state: Callable[[Path], None] = lambda folder: None
        self._times: list[float] = []

    @property
    def tokens_trained(self) -> int:
        """Tokens so far, those before a resumption included, padding not counted."""
        return self.tokens_before + int(self._total_train_tokens)

    def run_from(self, checkpoint: Path | None) -> None:
        """Train to the end, from the start or from a whole checkpoint."""
        if checkpoint is None:
            self.train()
            return
        step = msgspec.json.decode((checkpoint / "trainer_state.json").read_bytes())["global_step"]
        steps = self.set_initial_training_values(self.args, self.get_train_dataloader())[-1]
        if step < steps:
            self.train(resume_from_checkpoint=str(checkpoint))
            return
        # transformers would take one step more; the training was complete, only the evaluation was not.
        self._load_from_checkpoint(str(checkpoint))
        self.state.global_step = step

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Cross-entropy in nats a scored token; logits are computed where there is a label only.

        TRL's chunked head does the same with a Triton kernel on CUDA. Without Triton it goes over every
        position, twice, and adds entropy and accuracy: half as much again as the whole step of a small model.
        """
        if (
            return_outputs
            or num_items_in_batch is None
            or self.hardware.dtype != "float32"
            or not self.hardware.on_cpu
        ):
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        labels = inputs.pop("labels")
        mask = inputs.get("attention_mask")
        self._total_train_tokens += int(mask.sum()) if mask is not None else labels.numel()
        inner = model.get_base_model() if hasattr(model, "get_base_model") else model
        hidden = inner.base_model(**inputs, use_cache=False).last_hidden_state[:, :-1]
        scored = labels[:, 1:] != IGNORED
        logits = inner.get_output_embeddings()(hidden[scored])
        total = torch.nn.functional.cross_entropy(logits, labels[:, 1:][scored], reduction="sum")
        return total / num_items_in_batch

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        """Nobody asks; counting walks all modules at every step."""
        return 0

    def training_step(self, *arguments: Any, **named: Any) -> Any:
        """Refuse a loss that is no number before it reaches the weights.

        transformers would log 0.0 for it (``logging_nan_inf_filter``) and train on.
        """
        loss = super().training_step(*arguments, **named)
        if not torch.isfinite(loss):
            raise DivergedError(self.state.global_step + 1, "loss", self.args.learning_rate)
        return loss

    def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> Any:
        norm = super()._get_grad_norm(model, grad_norm=grad_norm)
        if norm is not None and not torch.isfinite(torch.as_tensor(norm)):
            raise DivergedError(self.state.global_step + 1, "gradient", self.args.learning_rate)
        return norm

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Turn a step's log into an event; the history is the event log, so none is kept here."""
        super().log(logs, start_time)
        self.state.log_history.clear()
        if "loss" not in logs:
            return
        step = self.state.global_step
        now = time.perf_counter()
        self._times = [*self._times[-20:], now]
        span = (now - self._times[0]) / max(1, len(self._times) - 1)
        tokens = self.tokens_trained
        self._tokens_at = [*getattr(self, "_tokens_at", [])[-20:], tokens]
        rate = (tokens - self._tokens_at[0]) / (now - self._times[0]) if len(self._times) > 1 else 0.0
        self.reporter.say(
            Step,
            step=step,
            epoch=round(self.state.epoch or 0.0, 4),
            loss=logs["loss"],
            learning_rate=logs["learning_rate"],
            grad_norm=logs.get("grad_norm"),
            tokens=tokens,
            tokens_per_second=round(rate, 1),
            memory_mib=memory_mib(self.hardware.on_cpu),
            eta_s=round((self.state.max_steps - step) * span, 2) if len(self._times) > 1 else 0.0,
        )
        last = step >= self.state.max_steps
        if self.on_step(step) or self.stop_signal.should_stop or last:
            self.control.should_training_stop = True
            self.control.should_save = True

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Write a checkpoint through a staging folder, with what an exact resumption needs."""
        begin = time.perf_counter()
        folder = write_checkpoint(self.run_folder / "checkpoints", self.state.global_step, self._write_state)
        self.reporter.say(
            Checkpoint,
            step=self.state.global_step,
            folder=str(folder.relative_to(self.run_folder)),
            mib=round(mib_of(folder), 2),
            seconds=round(time.perf_counter() - begin, 3),
        )

    def _write_state(self, staging: Path) -> None:
        save_weights(self.model, staging)
        self._save_optimizer_and_scheduler(str(staging))
        self._save_scaler(str(staging))
        self._save_rng_state(str(staging))
        self.state.save_to_json(str(staging / "trainer_state.json"))
        progress = {"tokens": self.tokens_trained}
        (staging / "progress.json").write_bytes(msgspec.json.encode(progress))
        self.extra_state(staging)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        super()._load_optimizer_and_scheduler(checkpoint)
        if checkpoint is not None and self.lr_scheduler.last_epoch < self.state.global_step:
            # Resumed without optimizer state: at least the learning rate goes on where it was.
            for _ in range(self.state.global_step - self.lr_scheduler.last_epoch):
                self.lr_scheduler.step()


def save_weights(model: Any, folder: Path) -> None:
    """Write the adapter, or the whole model after full fine-tuning, as safetensors with its config."""
    if hasattr(model, "peft_config"):
        # "auto" would ask the hub whether the vocabulary grew.
        model.save_pretrained(folder, save_embedding_layers=False)
        (folder / "README.md").unlink(missing_ok=True)
    else:
        model.save_pretrained(folder)


def build_trainer(
    spec: RunSpec, model: Any, tokenizer: Any, rows: list[TokenisedRow], hardware: Hardware, run_folder: Path
) -> LabTrainer:
    """Put model, rows and settings together. The seed is set here: LoRA's A matrices come from it."""
    set_seed(spec.seed)
    dataset = Dataset.from_dict(
        {"input_ids": [row.input_ids for row in rows], "labels": [row.labels for row in rows]}
    )
    trainer = LabTrainer(
        model=model,
        args=sft_config(spec, hardware, run_folder),
        train_dataset=dataset,
        processing_class=tokenizer,
        peft_config=lora_config(spec),
    )
    trainer.remove_callback(PrinterCallback)
    for parameter in trainer.model.parameters():
        # TRL casts a QLoRA's adapter to bfloat16, where AdamW loses small updates and LoRA keeps them.
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    return trainer


def sft_config(spec: RunSpec, hardware: Hardware, run_folder: Path) -> SFTConfig:
    """The spec in TRL's own words."""
    return SFTConfig(
        output_dir=str(run_folder / "checkpoints"),
        learning_rate=spec.learning_rate,
        lr_scheduler_type=spec.lr_scheduler_type,
        warmup_steps=spec.warmup_steps if spec.lr_scheduler_type != "constant" else 0,
        num_train_epochs=spec.num_train_epochs,
        max_steps=spec.max_steps if spec.max_steps is not None else -1,
        per_device_train_batch_size=spec.per_device_train_batch_size,
        gradient_accumulation_steps=spec.gradient_accumulation_steps,
        weight_decay=spec.weight_decay,
        max_grad_norm=spec.max_grad_norm,
        max_length=spec.max_length,
        packing=spec.packing,
        completion_only_loss=spec.loss_on == "response",
        dataset_kwargs=None if spec.packing else {"skip_prepare_dataset": True},
        gradient_checkpointing=spec.gradient_checkpointing,
        optim="adamw_torch",
        seed=spec.seed,
        use_cpu=hardware.on_cpu,
        bf16=hardware.dtype == "bfloat16",
        fp16=hardware.dtype == "float16",
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="steps" if spec.save_steps else "no",
        save_steps=spec.save_steps or 500,
        eval_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )


def lora_config(spec: RunSpec) -> LoraConfig | None:
    """The adapter in PEFT's own words; None for full fine-tuning."""
    if spec.method == "full":
        return None
    return LoraConfig(
        task_type="CAUSAL_LM",
        r=spec.r,
        lora_alpha=spec.lora_alpha,
        lora_dropout=spec.lora_dropout,
        use_rslora=spec.use_rslora,
        use_dora=spec.use_dora,
        target_modules=spec.target_modules
        if isinstance(spec.target_modules, str)
        else list(spec.target_modules),
    )
