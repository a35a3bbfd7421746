"""The shape of a Llama-like model: which matrices it has, and so how many parameters, before it is loaded."""

import msgspec


class ModelShape(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers in ``config.json`` that decide a decoder's parameter count (Llama, Qwen2, Qwen3, DeepSeek-LLM)."""

    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    vocab_size: int
    tie_word_embeddings: bool
    qkv_bias: bool = False
    qk_norm: bool = False

    @property
    def linear_modules(self) -> dict[str, tuple[int, int]]:
        """``{name: (in_features, out_features)}`` of the seven linear layers of one block."""
        h, i = self.hidden_size, self.intermediate_size
        q, kv = self.num_attention_heads * self.head_dim, self.num_key_value_heads * self.head_dim
        return {
            "q_proj": (h, q),
            "k_proj": (h, kv),
            "v_proj": (h, kv),
            "o_proj": (q, h),
            "gate_proj": (h, i),
            "up_proj": (h, i),
            "down_proj": (i, h),
        }

    @property
    def linear_parameters(self) -> int:
        """Weights of the linear layers of all blocks: what bitsandbytes quantises (biases are not)."""
        return self.num_hidden_layers * sum(a * b for a, b in self.linear_modules.values())

    @property
    def embedding_parameters(self) -> int:
        """Weights of the embedding and, where it is not tied, of lm_head."""
        return self.vocab_size * self.hidden_size * (1 if self.tie_word_embeddings else 2)

    @property
    def other_parameters(self) -> int:
        """Norms and biases."""
        per_block = 2 * self.hidden_size
        if self.qkv_bias:
            per_block += sum(self.linear_modules[name][1] for name in ("q_proj", "k_proj", "v_proj"))
        if self.qk_norm:
            per_block += 2 * self.head_dim
        return self.num_hidden_layers * per_block + self.hidden_size

    @property
    def parameters(self) -> int:
        """All parameters of the base model."""
        return self.linear_parameters + self.embedding_parameters + self.other_parameters

    def lora_parameters(
        self, r: int, target_modules: str | tuple[str, ...] = "all-linear", *, dora: bool = False
    ) -> int:
        """r * (in + out) over the targeted matrices of all blocks (arXiv:2106.09685, section 4.1).

        With ``dora`` each adds a magnitude vector of its out features (arXiv:2402.09353, section 4).

        Raises:
            KeyError: a target that is no linear layer of a block.
        """
        names = tuple(self.linear_modules) if target_modules == "all-linear" else target_modules
        names = (names,) if isinstance(names, str) else names
        matrices = [self.linear_modules[name] for name in names]
        per_block = sum(r * (a + b) + (b if dora else 0) for a, b in matrices)
        return self.num_hidden_layers * per_block
