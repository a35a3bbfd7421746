"""Muon in float32 with batched matrix products.

`torch.optim.Muon` orthogonalises in bfloat16, one matrix at a time: on a CPU that took 0.76 s a step for this
model where the whole of forward and backward took 0.55 s. The update is the same: Nesterov momentum, five
Newton-Schulz steps, scaled by sqrt(max(1, rows / columns)) (https://kellerjordan.github.io/posts/muon/).
"""

from collections import defaultdict
from typing import Any

COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonalise(matrices: Any, steps: int = 5) -> Any:
    """Push the singular values of each `(count, rows, columns)` matrix towards one."""
    a, b, c = COEFFICIENTS
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.transpose(1, 2) if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.transpose(1, 2) if tall else x


class Muon:
    """The optimizer, for 2-D parameters that all receive a gradient each step."""

    def __init__(
        self, parameters: list[Any], lr: float, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        import torch

        self.param_groups: list[dict[str, Any]] = [{"params": parameters, "lr": lr}]
        self.momentum, self.weight_decay = momentum, weight_decay
        self.shapes: dict[Any, list[Any]] = defaultdict(list)
        for parameter in parameters:
            self.shapes[tuple(parameter.shape)].append(parameter)
        self.velocity = {
            shape: torch.zeros(len(group), *shape, dtype=torch.float32)
            for shape, group in self.shapes.items()
        }

    def step(self) -> None:
        """One update of every matrix."""
        import torch

        lr = self.param_groups[0]["lr"]
        with torch.no_grad():
            for shape, group in self.shapes.items():
                gradient = torch.stack([parameter.grad for parameter in group])
                velocity = self.velocity[shape].lerp_(gradient, 1 - self.momentum)
                update = orthogonalise(gradient.lerp(velocity, self.momentum))
                scale = max(1.0, shape[0] / shape[1]) ** 0.5
                for parameter, change in zip(group, update, strict=True):
                    parameter.mul_(1 - lr * self.weight_decay).add_(change, alpha=-lr * scale)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for parameter in self.param_groups[0]["params"]:
            parameter.grad = None
