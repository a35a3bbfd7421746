"""Perplexity of a real (small) model equals what one forward pass a text gives, however it is batched."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import MetricError, perplexity_of
from metrics.likelihood.model import nll_by_row
from metrics.likelihood.prompts import by_prompt
from metrics.likelihood.windows import batches, windows

TEXTS = ["The cat sat on the mat.", "劳动合同", "a", "LoRA keeps the base frozen", "xy"]
CHATS = [
    [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hello there"}],
    [
        {"role": "user", "content": "1+1"},
        {"role": "assistant", "content": "2"},
        {"role": "user", "content": "再加一"},
        {"role": "assistant", "content": "三"},
    ],
]


def _alone(model, ids, scored):
    """The definition: one text, no padding, log-softmax, sum over the scored positions."""
    import torch

    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0].double()
    log_p = torch.log_softmax(logits, dim=-1)
    return -sum(float(log_p[k - 1, ids[k]]) for k in range(1, len(ids)) if scored[k])


@pytest.mark.parametrize("batch_tokens", [1, 40, 8192])
def test_equal_to_one_text_at_a_time(tiny_model, batch_tokens):
    model, tokenizer = tiny_model
    nll, tokens, byte_counts, _, _ = nll_by_row(model, tokenizer, TEXTS, batch_tokens=batch_tokens)
    for k, text in enumerate(TEXTS):
        ids = tokenizer(text)["input_ids"]
        assert nll[k] == pytest.approx(_alone(model, ids, [True] * len(ids)), rel=1e-5, abs=1e-6)
        assert tokens[k] == len(ids) - 1
    assert byte_counts[0] == len(TEXTS[0]) - 1


def test_response_only_scores_every_answer_with_its_end(tiny_model):
    model, tokenizer = tiny_model
    nll, tokens, byte_counts, _, _ = nll_by_row(model, tokenizer, CHATS, loss_on="response")
    assert tokens == [len("Hello there") + 1, len("2") + 1 + len("三".encode()) + 1]
    assert byte_counts == [len("Hello there"), 1 + 3]
    ids = tokenizer.apply_chat_template(CHATS[0], tokenize=True)["input_ids"]
    scored = [k >= len(ids) - tokens[0] for k in range(len(ids))]
    assert nll[0] == pytest.approx(_alone(model, ids, scored), rel=1e-5)


SYSTEM = {"role": "system", "content": "Answer in one word."}
ASKED = [
    [SYSTEM, {"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    for question, answer in (("1+1", "two"), ("1", "one"), ("2+2?", "four"), ("Say no", "no"))
]


def _rotary_that_changes_with_length():
    from transformers import LlamaConfig, LlamaForCausalLM

    rope = {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10000.0}
    return LlamaForCausalLM(LlamaConfig(**SMALL, max_position_embeddings=32, rope_parameters=rope))


def _sliding_window():
    from transformers import MistralConfig, MistralForCausalLM

    return MistralForCausalLM(MistralConfig(**SMALL, sliding_window=8))


def _recurrent():
    from transformers import MambaConfig, MambaForCausalLM

    return MambaForCausalLM(
        MambaConfig(vocab_size=264, hidden_size=32, num_hidden_layers=2, state_size=4, initializer_range=0.5)
    )


def _learned_positions():
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(
        GPT2Config(vocab_size=264, n_embd=32, n_layer=2, n_head=2, n_positions=128, initializer_range=0.5)
    )


def _linear_biases():
    from transformers import BloomConfig, BloomForCausalLM

    return BloomForCausalLM(
        BloomConfig(vocab_size=264, hidden_size=32, n_layer=2, n_head=2, initializer_range=0.5)
    )


def _prefix_tuned():
    from peft import PrefixTuningConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    return get_peft_model(
        LlamaForCausalLM(LlamaConfig(**SMALL)),
        PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=3),
    )


SMALL = {
    "vocab_size": 264,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "initializer_range": 0.5,
}


def test_a_shared_prompt_goes_through_the_model_once(tiny_model):
    model, tokenizer = tiny_model
    sizes = []
    hook = model.get_input_embeddings().register_forward_hook(lambda _, args, __: sizes.append(args[0].shape))
    try:
        nll, tokens, _, _, _ = nll_by_row(model, tokenizer, ASKED, loss_on="response")
    finally:
        hook.remove()
    rows = [tokenizer.apply_chat_template(row, tokenize=True)["input_ids"] for row in ASKED]
    shared = sizes[0][1]
    assert sizes[0][0] == 1 and shared >= len("system:Answer in one word.user:")
    assert [tuple(size) for size in sizes[1:]] == [(len(rows), max(map(len, rows)) - shared)]
    for ids, value, count in zip(rows, nll, tokens, strict=True):
        assert value == pytest.approx(_alone(model, ids, _last(ids, count)), rel=1e-5)


@pytest.mark.parametrize(
    "build",
    [
        _rotary_that_changes_with_length,
        _sliding_window,
        _recurrent,
        _learned_positions,
        _linear_biases,
        _prefix_tuned,
    ],
)
@pytest.mark.parametrize("batch_tokens", [1, 8192])
def test_any_causal_model_gives_what_it_gives_a_row_alone(tiny_model, build, batch_tokens):
    import torch

    _, tokenizer = tiny_model
    torch.manual_seed(3)
    model = build().eval()
    nll, tokens, _, _, _ = nll_by_row(
        model, tokenizer, ASKED, loss_on="response", window=128, batch_tokens=batch_tokens
    )
    for row, value, count in zip(ASKED, nll, tokens, strict=True):
        ids = tokenizer.apply_chat_template(row, tokenize=True)["input_ids"]
        assert value == pytest.approx(_alone(model, ids, _last(ids, count)), rel=1e-5)


def _last(ids, count):
    return [position >= len(ids) - count for position in range(len(ids))]


def test_rows_are_grouped_only_where_that_spares_enough():
    """Forty tokens of prompt and two of answer are worth it for two rows; two strangers and a short start are not."""
    prompt = list(range(40))

    def row(number, ids):
        (piece,) = windows(number, ids, [at >= len(ids) - 2 for at in range(len(ids))], 128, 128)
        return piece

    twins = [row(0, [*prompt, 50, 51, 52]), row(1, [*prompt, 60, 61, 62])]
    strangers = [row(2, [*range(100, 143)]), row(3, [0, 1, 2, *range(200, 240)])]
    assert list(by_prompt([*twins, *strangers])) == [(40, twins), (0, strangers)]
    assert list(by_prompt(strangers)) == [(0, strangers)]


@given(
    st.lists(st.tuples(st.lists(st.integers(0, 1), max_size=6), st.integers(1, 4)), min_size=1, max_size=9)
)
def test_grouping_loses_no_row_and_shares_no_scored_token(tails):
    start = [7] * 20
    pieces = [
        piece
        for row, (tail, answer) in enumerate(tails)
        for ids in [[*start, *tail, *range(10, 10 + answer)]]
        for piece in windows(row, ids, [at >= len(ids) - answer for at in range(len(ids))], 64, 64)
    ]
    groups = list(by_prompt(pieces))
    assert sorted(piece.row for _, group in groups for piece in group) == list(range(len(tails)))
    for shared, group in groups:
        for piece in group:
            assert piece.ids[:shared] == group[0].ids[:shared]
            assert not any(piece.scored[: shared + 1])


def test_without_marks_the_last_answer_is_scored(tiny_model, monkeypatch):
    model, tokenizer = tiny_model
    plain = tokenizer.chat_template.replace("{% generation %}", "").replace("{% endgeneration %}", "")
    monkeypatch.setattr(tokenizer, "chat_template", plain)
    _, tokens, _, _, _ = nll_by_row(model, tokenizer, CHATS, loss_on="response")
    assert tokens == [len("Hello there") + 1, len("三".encode()) + 1]


def test_the_score_says_how(tiny_model):
    model, tokenizer = tiny_model
    model.train()
    score = perplexity_of(model, tokenizer, TEXTS, window=16, stride=8)
    assert model.training
    model.eval()
    assert "|scored:all|" in score.signature and "|window:16|stride:8|" in score.signature
    assert score.value == pytest.approx(math.exp(score.parts["mean_nll"]))
    bits = score.parts["nll"] / math.log(2) / score.parts["bytes"]
    assert score.parts["bits_per_byte"] == pytest.approx(bits)


def test_windows_give_long_texts_context(tiny_model):
    """With more overlap each token sees more of what came before; all tokens are scored once either way."""
    model, tokenizer = tiny_model
    text = ["the same words again and again " * 6]
    for stride in (4, 16, 32):
        _, tokens, _, _, _ = nll_by_row(model, tokenizer, text, window=32, stride=stride)
        ids = tokenizer(text[0])["input_ids"]
        # With stride = window the first token of each later window has nothing before it to be predicted from.
        unpredicted = -(-len(ids) // 32) if stride == 32 else 1
        assert tokens == [len(ids) - unpredicted]


def test_what_a_model_cannot_be_asked(tiny_model):
    model, tokenizer = tiny_model
    for inputs, options, code in (
        ([], {}, "empty"),
        (["text"], {"loss_on": "response"}, "no-response"),
        (["a"], {}, "no-tokens"),
        ([[{"role": "user", "content": "x"}]], {"loss_on": "response"}, "no-response"),
        ([[{"role": "user", "content": None}]], {}, "not-text"),
        ([[{"content": "x"}]], {}, "not-a-conversation"),
        ([3], {}, "not-a-conversation"),
        (["abc"], {"window": 1}, "unknown-option"),
    ):
        with pytest.raises(MetricError) as caught:
            perplexity_of(model, tokenizer, inputs, **options)
        assert caught.value.code == code


def test_broken_weights_are_an_error_and_not_a_number(tiny_model):
    import copy

    import torch

    model, tokenizer = tiny_model
    broken = copy.deepcopy(model)
    with torch.no_grad():
        broken.lm_head.weight[0] = float("nan")
    with pytest.raises(MetricError) as caught:
        perplexity_of(broken, tokenizer, TEXTS)
    assert caught.value.code == "nan"


@given(st.integers(0, 60), st.integers(2, 20), st.data())
def test_every_token_is_scored_at_most_once(length, window, data):
    stride = data.draw(st.integers(1, window))
    ids = list(range(length))
    seen = []
    for piece in windows(0, ids, [True] * length, window, stride):
        assert len(piece.ids) <= window and not piece.scored[0]
        seen += [token for token, used in zip(piece.ids, piece.scored, strict=True) if used]
    assert len(seen) == len(set(seen))
    if stride < window:
        assert sorted(seen) == ids[1:]


@given(st.lists(st.integers(1, 30), max_size=20), st.integers(1, 100))
def test_batches_hold_everything_within_the_budget(lengths, budget):
    pieces = [
        piece
        for row, n in enumerate(lengths)
        for piece in windows(row, [0] * (n + 1), [True] * (n + 1), 64, 64)
    ]
    made = list(batches(pieces, budget))
    assert sorted(p.row for batch in made for p in batch) == sorted(p.row for p in pieces)
    for batch in made:
        assert len(batch) == 1 or len(batch) * max(len(p.ids) for p in batch) <= budget
