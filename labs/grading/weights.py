"""Where a student's weights lie and what they mean."""

import msgspec


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """A student's weights, parsed and written anew by the intake."""

    file: str
    r: int
    """0 after full fine-tuning."""
    lora_alpha: float = 0.0
    use_rslora: bool = False
    use_dora: bool = False

    @property
    def scaling(self) -> float:
        """alpha / r, or alpha / sqrt(r) for rsLoRA."""
        return self.lora_alpha / (float(self.r) ** 0.5 if self.use_rslora else self.r)
