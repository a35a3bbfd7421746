"""Metrics against their peers in the same run, on identical results: ROUGE, BLEU, perplexity, a full table."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from metrics.likelihood.encoding import LossOn
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


_SYSTEM = (
    "You answer questions about labour law for employees. Answer in the language of the question, in one or two "
    "sentences, name the article when you know it, and say that you do not know when you do not. Never give advice "
    "on other matters. 你回答员工关于劳动法的问题。用提问的语言回答，一到两句话；知道条款就写出来，不知道就说不知道。"
)


def _sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(words)) + "."


def _noisy(rng: random.Random, text: str, share: float) -> str:
    return " ".join(rng.choice(_WORDS) if rng.random() < share else word for word in text.split())


def measurements() -> Iterator[Row]:
    """Each promise of the metrics package."""
    yield _rouge()
    yield _bleu()
    yield from _perplexities()
    yield _table()


def best_of_each(calls: Sequence[Callable[[], object]], rounds: int) -> list[tuple[float, float]]:
    """Wall and CPU seconds of the fastest run of each call, one after the other in every round."""
    seconds: list[list[tuple[float, float]]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, measured in zip(calls, seconds, strict=True):
            wall, cpu = time.perf_counter(), time.process_time()
            call()
            measured.append((time.perf_counter() - wall, time.process_time() - cpu))
    return [(min(wall for wall, _ in one), min(cpu for _, cpu in one)) for one in seconds]


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


def _perplexities() -> Iterator[Row]:
    """The bundled model on short texts, on one long text and on answers under one system prompt."""
    from metrics.likelihood.encoding import encode
    from metrics.likelihood.model import perplexity_of

    model, tokenizer = pocket_model()
    rng = random.Random(3)
    short = [_sentence(rng, rng.randint(4, 24)) for _ in range(160)]
    long = [" ".join(_sentence(rng, rng.randint(4, 24)) for _ in range(100))]
    chats = [
        [
            {"role": "system", "content": _SYSTEM},
            {"role": "user", "content": _sentence(rng, rng.randint(4, 12))},
            {"role": "assistant", "content": _sentence(rng, rng.randint(2, 12))},
        ]
        for _ in range(60)
    ]
    inputs: tuple[tuple[str, list[Any], LossOn, float], ...] = (
        ("160 short texts", short, "all", 3),
        ("one long text, windows of 512 by 256", long, "all", 1),
        ("60 answers under one system prompt", chats, "response", 3),
    )
    for name, items, loss_on, bar in inputs:
        rows = [encode(tokenizer, item, row, loss_on) for row, item in enumerate(items)]
        ours = partial(
            perplexity_of, model, tokenizer, items, loss_on=loss_on, window=512, stride=256, resamples=0
        )
        peer = partial(documented_loop, model, [(row.ids, row.scored) for row in rows])
        mean, theirs = ours().parts["mean_nll"], peer()
        if abs(mean - theirs) > 1e-5 * theirs:
            raise AssertionError(f"mean NLL differs: {mean} and {theirs}")
        (ours_s, ours_cpu), (peer_s, peer_cpu) = best_of_each((ours, peer), 5)
        yield Row(
            f"perplexity of {name}, documented loop over ours",
            ours_s,
            peer_s,
            peer_s / ours_s,
            bar,
            "at_least",
            note=f"mean NLL {mean:.7f} and {theirs:.7f}; CPU time {peer_cpu / ours_cpu:.2f} times",
        )


def documented_loop(
    model: Any, rows: Sequence[tuple[Sequence[int], Sequence[bool]]], max_length: int = 512, stride: int = 256
) -> float:
    """Mean NLL by the loop of huggingface.co/docs/transformers/perplexity, row after row.

    As it stands there, but for the count of tokens: it takes one off each window for the shift of the labels, though
    only the first window loses one to it, so that its weighted mean is off by about 1/stride of what windows differ by.
    """
    import torch

    nll_sum, n_tokens = 0.0, 0
    for ids, scored in rows:
        all_ids, counts = torch.tensor([list(ids)]), torch.tensor([list(scored)])
        seq_len = all_ids.size(1)
        prev_end_loc = 0
        for begin_loc in range(0, seq_len, stride):
            end_loc = min(begin_loc + max_length, seq_len)
            trg_len = end_loc - prev_end_loc
            input_ids = all_ids[:, begin_loc:end_loc].to(model.device)
            target_ids = input_ids.clone()
            target_ids[:, :-trg_len] = -100
            target_ids[~counts[:, begin_loc:end_loc]] = -100
            with torch.no_grad():
                outputs = model(input_ids, labels=target_ids)
            num_loss_tokens = int((target_ids[:, 1:] != -100).sum().item())
            if num_loss_tokens:
                nll_sum += float(outputs.loss) * num_loss_tokens
                n_tokens += num_loss_tokens
            prev_end_loc = end_loc
            if end_loc == seq_len:
                break
    return nll_sum / n_tokens


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


def pocket_model() -> tuple[Any, Any]:
    """The bundled model of 4.6 M parameters and its tokenizer."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from labs.pocket import MODEL_DIR

    return AutoModelForCausalLM.from_pretrained(MODEL_DIR).eval(), AutoTokenizer.from_pretrained(MODEL_DIR)
