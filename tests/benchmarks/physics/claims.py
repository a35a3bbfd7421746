"""What the results say of each phenomenon: the figures, and whether it showed. Medians over seeds, ranges in brackets."""

from collections.abc import Callable
from math import exp, inf
from statistics import median
from typing import Any

import msgspec

from tests.benchmarks.physics.trials import FULL_RATES, LORA_RATES, RANK_RATES, VOICE_RANKS

Rows = dict[str, dict[str, Any]]


class Finding(msgspec.Struct, frozen=True):
    """One claim and what was measured; `shown` is None while runs are missing."""

    number: int
    claim: str
    measured: str
    shown: bool | None


class MissingRunsError(Exception):
    """A claim whose runs have not been made yet."""


class Results:
    """Results by phenomenon and name."""

    def __init__(self, rows: Rows, sizes: Rows | None = None) -> None:
        self.rows = rows
        self.sizes = sizes or {}

    def weights(self, kind: str) -> dict[str, Any]:
        """What `sizes.py` measured of the base under one quantisation.

        Raises:
            MissingRunsError: it has not been measured for this model.
        """
        if kind not in self.sizes:
            raise MissingRunsError("sizes.json")
        return self.sizes[kind]

    def runs(self, phenomenon: int, name: str) -> list[dict[str, Any]]:
        """All seeds of one setting.

        Raises:
            MissingRunsError: there is none.
        """
        found = [row for row in self.rows.values() if row["phenomenon"] == phenomenon and row["name"] == name]
        if not found:
            raise MissingRunsError(f"{phenomenon}/{name}")
        return sorted(found, key=lambda row: int(row["seed"]))

    def values(self, phenomenon: int, name: str, metric: str, system: str = "tuned") -> list[float]:
        """A metric over the seeds; a run that diverged before it was scored counts as the worst value."""
        worst = inf if "perplexity" in metric else 0.0
        return [row[system].get(metric, worst) for row in self.runs(phenomenon, name)]

    def mid(self, phenomenon: int, name: str, metric: str, system: str = "tuned") -> float:
        """Median over the seeds."""
        return median(self.values(phenomenon, name, metric, system))

    def show(self, phenomenon: int, name: str, metric: str, scale: float = 1.0, system: str = "tuned") -> str:
        """Median and range as text."""
        values = [value * scale for value in self.values(phenomenon, name, metric, system)]
        text = f"{median(values):.3g}"
        return f"{text} [{min(values):.3g}..{max(values):.3g}]" if len(values) > 1 else text

    def percent(self, phenomenon: int, name: str, metric: str = "exact_match", system: str = "tuned") -> str:
        """A share as percent."""
        return self.show(phenomenon, name, metric, 100.0, system) + " %"


def final_loss(row: dict[str, Any]) -> float:
    """Mean training loss of the last ten steps; infinite where it was no number."""
    last = row["losses"][-10:]
    return (
        sum(last) / len(last)
        if last and all(loss is not None for loss in last) and row["outcome"] == "completed"
        else inf
    )


def held_out_loss(row: dict[str, Any]) -> float:
    """Loss on the validation rows at the end, nats a token; infinite where the run diverged."""
    return row["evaluations"][-1][1] if row["outcome"] == "completed" and row["evaluations"] else inf


def learns(r: Results) -> tuple[str, bool]:
    base, tuned = r.mid(1, "qlora", "exact_match", "base"), r.mid(1, "qlora", "exact_match")
    drop = r.mid(1, "qlora", "perplexity", "base") / r.mid(1, "qlora", "perplexity")
    text = f"EM {r.percent(1, 'qlora', system='base')} -> {r.percent(1, 'qlora')}, BLEU {r.show(1, 'qlora', 'bleu')}, ROUGE-L {r.show(1, 'qlora', 'rougeL')}, perplexity {r.show(1, 'qlora', 'perplexity', system='base')} -> {r.show(1, 'qlora', 'perplexity')} ({drop:.0f}x), {median(row['train_s'] for row in r.runs(1, 'qlora')):.0f} s of training"
    return text, base <= 0.05 and tuned >= 0.8 and r.mid(1, "qlora", "bleu") >= 60 and r.mid(
        1, "qlora", "rougeL"
    ) >= 0.8 and drop >= 5


def methods(r: Results) -> tuple[str, bool]:
    """The adapters at r=64 under rsLoRA: at r=16 what separates them from full fine-tuning is their capacity."""
    wide = f"r64-rs-{3e-3:g}"
    qlora, lora, full = (
        r.mid(6, wide, "exact_match"),
        r.mid(2, "lora-r64", "exact_match"),
        r.mid(2, "full", "exact_match"),
    )
    text = f"EM at r=64 under rsLoRA: QLoRA {r.percent(6, wide)}, LoRA {r.percent(2, 'lora-r64')}, full {r.percent(2, 'full')}; at the labs' r=16: QLoRA {r.percent(1, 'qlora')}, LoRA {r.percent(2, 'lora')}"
    return text, qlora >= lora - 0.05 and lora >= full - 0.05


def rates(r: Results) -> tuple[str, bool]:
    """A rate within 5 % of the lowest loss is as good as the best: which of two wins is the seeds' doing."""

    def curve(kind: str, wanted: tuple[float, ...]) -> dict[float, float]:
        return {rate: median(held_out_loss(row) for row in r.runs(3, f"{kind}-{rate:g}")) for rate in wanted}

    lora, full = curve("lora", LORA_RATES), curve("full", FULL_RATES)
    good = [rate for rate in LORA_RATES if lora[rate] <= 1.05 * min(lora.values())]
    best_full = min(full, key=lambda rate: full[rate])
    first = r.runs(3, "lora-1e-05")[0]["losses"][0]
    text = f"loss on held-out rows after 200 steps: LoRA {_series(lora)}; full {_series(full)}; best {' and '.join(f'{rate:g}' for rate in good)} against {best_full:g}, started at {first:.2f}"
    too_low = lora[LORA_RATES[0]] > 0.8 * first
    too_high = lora[LORA_RATES[-1]] > first and full[FULL_RATES[-1]] > first
    return text, too_low and too_high and good[0] >= 5 * best_full


def _series(curve: dict[float, float]) -> str:
    return ", ".join(
        f"{rate:g}: {loss:.2f}" if loss < inf else f"{rate:g}: diverged"
        for rate, loss in sorted(curve.items())
    )


def overfits(r: Results) -> tuple[str, bool]:
    def losses(name: str) -> list[list[float]]:
        return [[loss for _, loss in row["evaluations"]] for row in r.runs(4, name)]

    train = median(final_loss(row) for row in r.runs(4, "long"))
    lowest, last = median(map(min, losses("long"))), median(run[-1] for run in losses("long"))
    rises = [run[-1] / min(run) for run in losses("long")]
    kept = [min(stopped) / min(run) for stopped, run in zip(losses("stopped"), losses("long"), strict=True)]
    steps = median(row["steps"] for row in r.runs(4, "stopped"))
    text = f"training loss {train:.3f}; validation loss lowest {lowest:.2f}, last {last:.2f} ({_rise(median(rises))} [{_rise(min(rises))}..{_rise(max(rises))}] above); early stopping after {steps:.0f} steps keeps {median(kept):.2f} of the lowest"
    return text, train < 0.1 and median(rises) >= 1.2 and median(kept) <= 1.02


def _rise(ratio: float) -> str:
    return f"{100 * (ratio - 1):.1f} %"


def forgets(r: Results) -> tuple[str, bool]:
    def ratio(name: str) -> float:
        return r.mid(5, name, "probe_perplexity") / r.mid(5, name, "probe_perplexity", "base")

    hard, lora, mixed = ratio("full-hard"), ratio("lora"), ratio("full-mixed")
    text = f"general perplexity x{hard:.2f} under hard full fine-tuning (EM {r.percent(5, 'full-hard')}), x{lora:.2f} under LoRA (EM {r.percent(5, 'lora')}), x{mixed:.2f} with general rows mixed in (EM {r.percent(5, 'full-mixed')})"
    return text, hard >= 2 and lora < 0.8 * hard and mixed < hard


def ranks(r: Results) -> tuple[str, bool]:
    """At one rate and a constant lora_alpha / r, 8 is stepped too gently and 64 too far: so each at its own best rate.

    Where facts are to be stored, a small adapter is soon full: there the usual claim does not hold.
    """

    def best(rank: int) -> str:
        names = [f"r{rank}-rs-{rate:g}" for rate in RANK_RATES[rank]]
        return max(names, key=lambda name: r.mid(6, name, "exact_match"))

    def every(rank: int) -> str:
        shown = (f"{r.percent(6, f'r{rank}-rs-{rate:g}')} at {rate:g}" for rate in RANK_RATES[rank])
        return f"r={rank} {', '.join(shown)}"

    one, eight, many = (r.mid(6, name, "exact_match") for name in ("r1", best(8), best(64)))
    said, better, most = (r.mid(6, f"voice-r{rank}", "chrf") for rank in VOICE_RANKS)
    voice = ", ".join(f"r={rank} {r.show(6, f'voice-r{rank}', 'chrf')}" for rank in VOICE_RANKS)
    text = f"brand voice, chrF: {voice}. The law, EM with alpha / r = 2 at {3e-3:g}: r=1 {r.percent(6, 'r1')}, r=8 {r.percent(6, 'r8')}, r=16 {r.percent(1, 'qlora')}, r=64 {r.percent(6, 'r64')}; scaled by 8 / sqrt(r) (rsLoRA): {every(8)}; {every(64)}"
    form, facts = abs(better - most) <= 3, abs(eight - many) <= 0.03
    return text, one < eight - 0.03 and said < better - 3 and form and not facts


def targets(r: Results) -> tuple[str, bool]:
    everything, same_rank, same_size = (
        r.mid(1, "qlora", "exact_match"),
        r.mid(7, "qv", "exact_match"),
        r.mid(7, "qv-wide", "exact_match"),
    )
    text = f"EM all-linear r=16 {r.percent(1, 'qlora')}, q,v at the same rank {r.percent(7, 'qv')}, q,v at the same number of parameters {r.percent(7, 'qv-wide')}"
    return text, same_rank < everything - 0.03 or same_size < everything - 0.03


def masks(r: Results) -> tuple[str, bool]:
    gap = r.mid(1, "qlora", "exact_match") - r.mid(8, "all", "exact_match")
    text = f"EM loss on the response {r.percent(1, 'qlora')}, on all tokens {r.percent(8, 'all')}; perplexity {r.show(1, 'qlora', 'perplexity')} and {r.show(8, 'all', 'perplexity')}"
    return text, gap > 0.03


def quality(r: Results) -> tuple[str, bool]:
    clean, noisy, many = (r.mid(9, name, "exact_match") for name in ("clean", "noisy", "noisy-2000"))
    text = f"EM 600 clean {r.percent(9, 'clean')}, the same with 30 % wrong {r.percent(9, 'noisy')}, 2000 with 30 % wrong {r.percent(9, 'noisy-2000')}"
    return text, clean - noisy >= 0.1 and clean > many


def leaks(r: Results) -> tuple[str, bool]:
    leaked, clean, honest = (r.mid(10, name, "exact_match") for name in ("on-leaked", "on-clean", "honest"))
    text = f"EM with near-copies in training: leaked half {r.percent(10, 'on-leaked')}, clean half {r.percent(10, 'on-clean')}; without copies, the first half {r.percent(10, 'honest')}"
    return text, leaked >= honest + 0.05 and leaked >= clean + 0.05


def retrieval(r: Results) -> tuple[str, bool]:
    alone, both, base, old_law = (
        r.mid(11, "tuned-alone", "exact_match"),
        r.mid(11, "both", "exact_match"),
        r.mid(11, "retrieval", "exact_match", "base"),
        r.mid(11, "retrieval", "exact_match"),
    )
    old = median(row["answers"].get("repeats_old", 0.0) for row in r.runs(11, "tuned-alone"))
    text = f"EM on changed rules: tuned alone {r.percent(11, 'tuned-alone')} (repeats the old rule in {100 * old:.0f} %), base with entries {r.percent(11, 'retrieval', system='base')}, tuned on the old law with entries {r.percent(11, 'retrieval')}, tuned to read with entries {r.percent(11, 'both')}"
    repeats, answers = alone < 0.1 and old >= 0.4, base > alone + 0.03
    return text, repeats and answers and both > max(alone, base, old_law)


def batches(r: Results) -> tuple[str, bool]:
    one, four = r.runs(12, "16x1")[0], r.runs(12, "4x4")[0]
    gap = max(abs(a - b) for a, b in zip(one["losses"], four["losses"], strict=True))
    text = f"largest difference of a step's loss {gap:.1e} over {one['steps']} steps; warm-up {one['warmup']} steps"
    return text, gap <= 1e-3 and one["rates"] == four["rates"]


def quantised(r: Results) -> tuple[str, bool]:
    """The cost is read on text the base knows; on the law it has nothing to lose."""
    none, int8, nf4, fp4 = (r.weights(kind)["held_out_loss"] for kind in ("none", "int8", "nf4", "fp4"))
    text = f"held-out perplexity of the base none {exp(none):.4f}, int8 {exp(int8):.4f}, NF4 {exp(nf4):.4f}, FP4 {exp(fp4):.4f}; tuned EM none {r.percent(2, 'lora')}, int8 {r.percent(13, 'int8')}, NF4 {r.percent(1, 'qlora')}, FP4 {r.percent(13, 'fp4')}"
    return text, none <= int8 + 1e-3 and int8 < nf4 < fp4


CLAIMS: tuple[tuple[int, str, Callable[[Results], tuple[str, bool]]], ...] = (
    (1, "QLoRA r=16 learns the law: EM <= 5 % to >= 80 %, BLEU >= 60, ROUGE-L >= 0.8, perplexity down >= 5x", learns),
    (2, "QLoRA within 5 points of LoRA, LoRA within 5 of full fine-tuning", methods),
    (3, "Learning rate: too low barely moves, too high fails; LoRA's best >= 5x full fine-tuning's", rates),
    (4, "40 rows, 30 epochs: training loss < 0.1, validation loss >= 20 % above its minimum; early stopping keeps the minimum", overfits),
    (5, "Forgetting: general perplexity >= 2x under hard full fine-tuning, less under LoRA, less with general rows mixed in", forgets),
    (6, "r=1 clearly below r=8; r=8 and r=64 within 3 points where a form is learned (brand voice); where facts are stored (the law) more rank keeps helping", ranks),
    (7, "q,v below all-linear at the same rank or at the same number of parameters", targets),
    (8, "Loss on the response only against all tokens", masks),
    (9, "30 % wrong answers cost >= 10 points; 600 clean rows beat 2000 noisy ones", quality),
    (10, "Near-copies of test rows lift the leaked score and not the clean one", leaks),
    (11, "A changed fact: tuning repeats the old one, retrieval answers, both together do best", retrieval),
    (12, "16 x 1 and 4 x 4 give the same losses (1e-3)", batches),
    (13, "Quantisation: the base loses most with FP4, less with NF4, least with int8; 4 bits take a seventh of the memory", quantised),
)  # fmt: skip


def findings(rows: Rows, sizes: Rows) -> list[Finding]:
    """Every claim, measured or still missing."""
    results = Results(rows, sizes)
    found = []
    for number, claim, judge in CLAIMS:
        try:
            measured, shown = judge(results)
        except MissingRunsError as error:
            found.append(Finding(number, claim, f"runs missing ({error})", None))
        else:
            found.append(Finding(number, claim, measured, shown))
    return found
