"""Perplexity of a real (small) model equals what one forward pass a text gives, however it is batched."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import MetricError, perplexity_of
from metrics.likelihood.model import nll_by_row
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
