"""Read ``adapter_config.json`` by an allow-list: known keys, literal module names, numbers in range, nothing loaded.

PEFT would import what ``auto_mapping`` names, load the model that ``base_model_name_or_path`` names, and match
``target_modules`` as a regular expression. Here the base named there is ignored, and whatever would make the
adapter more than plain LoRA, rsLoRA or DoRA is refused.
"""

from typing import Any

import msgspec

from labs.grading.limits import Limits
from labs.grading.strict_json import parse_document
from labs.submission.errors import SubmissionError

MAX_R = 1024
_WHERE = "adapter/adapter_config.json"
_READ = ("peft_type", "r", "lora_alpha", "lora_dropout", "target_modules", "use_rslora", "use_dora", "bias")
# Keys that change nothing about the weights' meaning, whatever they hold.
_IGNORED = {
    "base_model_name_or_path", "revision", "task_type", "inference_mode", "init_lora_weights", "peft_version",
    "megatron_core", "qalora_group_size", "runtime_config", "ensure_weight_tying", "layers_pattern",
}  # fmt: skip
# Keys of PEFT 0.21 that must be off, for they would change what the tensors mean or load something.
_OFF = {
    "alora_invocation_tokens", "alpha_pattern", "arrow_config", "auto_mapping", "corda_config", "eva_config",
    "exclude_modules", "fan_in_fan_out", "kasa_config", "layer_replication", "layers_to_transform",
    "loftq_config", "lora_bias", "lora_ga_config", "megatron_config", "modules_to_save", "monteclora_config",
    "rank_pattern", "target_parameters", "trainable_token_indices", "use_bdlora", "use_qalora", "velora_config",
}  # fmt: skip


class LoraSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the tensors mean."""

    r: int
    lora_alpha: float
    target_modules: tuple[str, ...]
    """Literal names, sorted."""
    use_rslora: bool = False
    use_dora: bool = False

    @property
    def scaling(self) -> float:
        """alpha / r (arXiv:2106.09685, section 4.1), or alpha / sqrt(r) for rsLoRA (arXiv:2312.03732)."""
        return self.lora_alpha / (float(self.r) ** 0.5 if self.use_rslora else self.r)


def parse_adapter_config(data: bytes, modules: frozenset[str], limits: Limits) -> LoraSettings:
    """Read the settings.

    Args:
        modules: names of the base model's linear layers; others are refused.

    Raises:
        SubmissionError: ``config.*``, or ``json.*`` as ``strict_json`` has them.
    """
    table = parse_document(data, dict[str, Any], _WHERE, limits)
    for key, value in table.items():
        if key in _READ or key in _IGNORED:
            continue
        if key not in _OFF:
            raise SubmissionError("config.unknown_key", f"{key[:60]!r} is no key of a LoRA.", where=_WHERE)
        if value not in (None, False, {}, []):
            raise SubmissionError("config.forbidden", f"{key} must be off.", where=_WHERE)
    if table.get("peft_type") != "LORA":
        raise SubmissionError("config.not_lora", "peft_type must be LORA.", where=_WHERE)
    if table.get("bias", "none") != "none":
        raise SubmissionError("config.forbidden", "bias must be none.", where=_WHERE)
    r, alpha = table.get("r"), table.get("lora_alpha")
    if not isinstance(r, int) or isinstance(r, bool) or not 1 <= r <= MAX_R:
        raise SubmissionError("config.rank", f"r must be a whole number from 1 to {MAX_R}.", where=_WHERE)
    if not isinstance(alpha, int | float) or isinstance(alpha, bool) or not 0 < alpha <= 65536:
        raise SubmissionError("config.alpha", "lora_alpha must be above 0 and at most 65536.", where=_WHERE)
    flags = {}
    for key in ("use_rslora", "use_dora"):
        flags[key] = table.get(key, False)
        if type(flags[key]) is not bool:
            raise SubmissionError("config.type", f"{key} must be true or false.", where=_WHERE)
    return LoraSettings(
        r=r, lora_alpha=float(alpha), target_modules=_targets(table.get("target_modules"), modules), **flags
    )


def _targets(value: Any, modules: frozenset[str]) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
        raise SubmissionError("config.targets", "target_modules must be a list of names.", where=_WHERE)
    unknown = sorted({name[:60] for name in value if name not in modules})
    if unknown:
        raise SubmissionError(
            "config.targets", f"target_modules has {unknown[0]!r}; literal names only: {', '.join(sorted(modules))}.",
            where=_WHERE,
        )  # fmt: skip
    if len(set(value)) != len(value):
        raise SubmissionError("config.targets", "target_modules has a name twice.", where=_WHERE)
    return tuple(sorted(value))
