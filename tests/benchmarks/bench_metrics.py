"""Metrics against their peers in the same run, on identical results: ROUGE, BLEU, perplexity, a full table."""

import random
import time
from collections.abc import Iterator
from typing import Any

from tests.benchmarks.measure import Row, best_of

_WORDS = [
    "the",
    "model",
    "learns",
    "a",
    "low",
    "rank",
    "update",
    "of",
    "each",
    "weight",
    "matrix",
    "while",
    "base",
    "weights",
    "stay",
    "frozen",
    "and",
    "training",
    "data",
    "decides",
    "what",
    "it",
    "says",
    "about",
    "contracts",
    "leave",
    "wages",
    "overtime",
    "probation",
    "notice",
    "period",
    "employer",
    "worker",
]


def _sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(words)) + "."


def _noisy(rng: random.Random, text: str, share: float) -> str:
    return " ".join(rng.choice(_WORDS) if rng.random() < share else word for word in text.split())


def measurements() -> Iterator[Row]:
    """Each promise of the metrics package."""
    yield _rouge()
    yield _bleu()
    yield _perplexity()
    yield _table()


def _rouge() -> Row:
    from rouge_score import rouge_scorer

    from metrics.generation.rouge import ROUGE_TYPES, rouge_rows

    rng = random.Random(1)
    refs = [_sentence(rng, 200) for _ in range(20)]
    hyps = [_noisy(rng, ref, 0.3) for ref in refs]
    scorer = rouge_scorer.RougeScorer(list(ROUGE_TYPES))
    theirs = [scorer.score(ref, hyp) for hyp, ref in zip(hyps, refs, strict=True)]
    for ours, peer in zip(rouge_rows(hyps, refs), theirs, strict=True):
        if any(tuple(ours[name]) != tuple(peer[name]) for name in ROUGE_TYPES):
            raise AssertionError("ROUGE differs from rouge_score")
    ours_s = best_of(lambda: rouge_rows(hyps, refs), 5)
    peer_s = best_of(lambda: [scorer.score(ref, hyp) for hyp, ref in zip(hyps, refs, strict=True)], 3)
    return Row(
        "ROUGE-1/2/L/Lsum at 200 tokens, rouge_score over ours",
        ours_s,
        peer_s,
        peer_s / ours_s,
        50,
        "at_least",
    )


def _bleu() -> Row:
    from sacrebleu.metrics import BLEU

    from metrics import bleu

    rng = random.Random(2)
    refs = [_sentence(rng, 20) for _ in range(2000)]
    hyps = [_noisy(rng, ref, 0.3) for ref in refs]
    if bleu(hyps, refs, resamples=0).value != BLEU().corpus_score(hyps, [refs]).score:
        raise AssertionError("BLEU differs from sacreBLEU")
    ours_s = best_of(lambda: bleu(hyps, refs, resamples=0), 5)
    peer_s = best_of(lambda: BLEU().corpus_score(hyps, [refs]), 5)
    return Row("BLEU of 2,000 pairs, ours over sacreBLEU", ours_s, peer_s, ours_s / peer_s, 1.1, "at_most")


def _perplexity() -> Row:
    import torch

    from metrics.likelihood.model import perplexity_of

    model, tokenizer = tiny_llama()
    rng = random.Random(3)
    texts = [_sentence(rng, rng.randint(4, 24)) for _ in range(160)]

    def loop() -> float:
        """Strided windows one at a time: the loop in the transformers documentation, text by text."""
        nll, scored = 0.0, 0
        for text in texts:
            ids = tokenizer(text, return_tensors="pt").input_ids
            previous = 0
            for begin in range(0, ids.size(1), 256):
                end = min(begin + 512, ids.size(1))
                window = ids[:, begin:end]
                targets = window.clone()
                targets[:, : -(end - previous)] = -100
                with torch.no_grad():
                    loss = model(window, labels=targets).loss
                tokens = int((targets != -100).sum()) - targets.size(0)
                nll += float(loss) * tokens
                scored += tokens
                previous = end
                if end == ids.size(1):
                    break
        return nll / scored

    ours = perplexity_of(model, tokenizer, texts, resamples=0).parts["mean_nll"]
    theirs = loop()
    if abs(ours - theirs) > 1e-5 * theirs:
        raise AssertionError(f"mean NLL differs: {ours} and {theirs}")
    ours_s = best_of(lambda: perplexity_of(model, tokenizer, texts, resamples=0), 3)
    peer_s = best_of(loop, 2)
    return Row(
        "perplexity of 160 short texts, documented loop over ours",
        ours_s,
        peer_s,
        peer_s / ours_s,
        3,
        "at_least",
        note=f"mean NLL {ours:.6f} and {theirs:.6f}",
    )


def _table() -> Row:
    from metrics import generation_scores

    rng = random.Random(4)
    refs = [_sentence(rng, rng.randint(5, 12)) for _ in range(100_000)]
    hyps = [_noisy(rng, ref, 0.3) for ref in refs]
    start = time.process_time()
    generation_scores(hyps, refs)
    ours_s = time.process_time() - start
    return Row(
        "100,000 short pairs under 13 generation metrics, seconds",
        ours_s,
        60.0,
        ours_s / 60.0,
        1,
        "at_most",
        note="CPU seconds of one process on one core, intervals included; the peer is the promise of 60 s",
    )


def tiny_llama() -> tuple[Any, Any]:
    """A random Llama of 1.2 M parameters and a byte tokenizer: what is timed is the loop, not the matrix product."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = {letter: i for i, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    inner = Tokenizer(models.BPE(vocab=alphabet, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=2048,
        hidden_size=128,
        intermediate_size=352,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
    )
    return LlamaForCausalLM(config).eval(), PreTrainedTokenizerFast(tokenizer_object=inner)
