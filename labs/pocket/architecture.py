"""The shape of the pocket model: a Llama whose every linear layer 4-bit kernels accept."""

from typing import Any

from labs.pocket.initialisation import plant_copying

VOCAB_SIZE = 4608
CONTEXT = 512
HIDDEN = 256
INTERMEDIATE = 768
LAYERS = 4
HEADS = 4


def new_model(pad_id: int, end_id: int) -> Any:
    """A freshly initialised `LlamaForCausalLM` in float32.

    4-bit CPU kernels want `in_features % 64 == 0` and `out_features % 32 == 0`; both hold for each layer here.
    """
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=VOCAB_SIZE,
        hidden_size=HIDDEN,
        intermediate_size=INTERMEDIATE,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        max_position_embeddings=CONTEXT,
        rope_theta=10_000.0,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=end_id,
        pad_token_id=pad_id,
        initializer_range=0.02,
        attention_dropout=0.0,
    )
    model = LlamaForCausalLM(config)
    plant_copying(model)
    return model
