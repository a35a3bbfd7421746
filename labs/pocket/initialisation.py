"""Where training starts: two attention heads that already copy, in an otherwise ordinary random Llama.

A model of this size, trained for minutes, does not find copying by itself: it needs a head that attends to the token
before, and a later head that looks for where the present token stood earlier and repeats what followed (the induction
heads of https://arxiv.org/abs/2209.11895). Starting from such heads and training everything is in the spirit of mimetic
initialisation (https://arxiv.org/abs/2305.09828). What the heads become is decided by training.
"""

from typing import Any

MATCH = 40  # dimensions in which a token's identity is compared
FAST = 6  # rotary pairs, fastest first, that tell "one token back" from every other distance
SLOW = 12  # the first rotary pair that hardly turns within a document
COMMON = (
    0.5  # share of a direction that all embeddings have in common: position is all that is left to attend by
)
FINAL_NORM = 3.0  # how sure the output is at the start


def plant_copying(model: Any) -> None:
    """Write the heads into a fresh `LlamaForCausalLM`, in place: layer 0 head 0, and head 0 of layers 1 and 2.

    Every other attention and MLP output starts at zero, so that the first forward pass is embeddings and these heads.
    """
    import torch

    config = model.config
    hidden, size = config.hidden_size, config.head_dim
    basis = torch.linalg.qr(torch.randn(hidden, hidden))[0].T
    common, identity, previous = basis[0], basis[1 : 1 + MATCH], basis[1 + MATCH : 1 + 2 * MATCH]
    copied = basis[1 + 2 * MATCH : 1 + 2 * MATCH + size]
    layers = model.model.layers
    with torch.no_grad():
        embedding = model.model.embed_tokens.weight
        embedding -= (embedding @ common)[:, None] * common
        embedding += COMMON * config.initializer_range * hidden**0.5 * common
        for layer in layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        _look_one_back(
            layers[0].self_attn, size, config.rope_parameters["rope_theta"], common, identity, previous
        )
        for layer in layers[1:3]:
            _repeat_what_followed(layer.self_attn, size, identity, previous, copied)
        model.model.norm.weight.mul_(FINAL_NORM)


def _look_one_back(
    attention: Any, size: int, theta: float, common: Any, identity: Any, previous: Any
) -> None:
    """Head 0 attends to the token before and writes who it was into the `previous` directions."""
    import torch

    half = size // 2
    turn = theta ** (-torch.arange(FAST) * 2 / size)  # radians a token, of each rotary pair
    query, key = torch.zeros(size), torch.zeros(size)
    key[:FAST] = 1.0
    query[:FAST], query[half : half + FAST] = torch.cos(turn), -torch.sin(turn)
    attention.q_proj.weight[:size] = 0.9 * query[:, None] * common
    attention.k_proj.weight[:size] = 0.9 * key[:, None] * common
    attention.v_proj.weight[:size] = 0.0
    attention.v_proj.weight[:MATCH] = identity
    attention.o_proj.weight[:, :MATCH] = 0.08 * previous.T


def _repeat_what_followed(attention: Any, size: int, identity: Any, previous: Any, copied: Any) -> None:
    """Head 0 attends to tokens whose predecessor is the present token, and adds them to the output."""
    slow = [pair + part for part in (0, size // 2) for pair in range(SLOW, size // 2)]
    attention.q_proj.weight[:size] = 0.0
    attention.k_proj.weight[:size] = 0.0
    attention.q_proj.weight[slow] = 1.4 * identity[: len(slow)]
    attention.k_proj.weight[slow] = 1.4 * previous[: len(slow)]
    attention.v_proj.weight[:size] = copied
    attention.o_proj.weight[:, :size] = 0.15 * copied.T
