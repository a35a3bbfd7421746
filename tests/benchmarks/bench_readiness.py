"""Readiness against the truth: simulated learners whose chance at the exam is known, and two baselines.

The model's constants were fitted on other learners (1000 to 1149). Writes the calibration plot and the figures to
``docs/readiness.svg`` and ``docs/readiness.md`` when run as ``python -m tests.benchmarks.bench_readiness``.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from quiz_bank.readiness import readiness
from tests.benchmarks.learners import learner
from tests.benchmarks.measure import Row

JUDGED = range(5000, 5080)
_EXAM_ITEMS = 20
_BINS = 8
DOCS = Path(__file__).parents[2] / "docs"


@dataclass(frozen=True)
class Judged:
    """One topic of one learner: the truth, what each way of estimating says, and an exam on it."""

    truth: float
    ours: float
    low: float
    high: float
    accuracy: float
    retrievability: float
    right: int
    days_to_exam: int


@dataclass(frozen=True)
class Quality:
    """How good one way of estimating is, over all topics judged."""

    brier: float
    """Mean squared error of the estimate against single exam answers, 0-1."""
    best_possible: float
    """The same for the true chance itself: no estimate can be better."""
    error: float
    """Root mean square error against the true chance."""
    calibration: float
    """Mean distance between estimate and share right in the bins of the plot, weighted by their size."""
    bias: float


def judged(seeds: Sequence[int] = JUDGED) -> list[Judged]:
    """Every topic with enough answers of these learners."""
    found = []
    for seed in seeds:
        one = learner(seed)
        result = readiness(
            one.store, at=one.exam, shares=dict.fromkeys(one.truth, 1.0), scheduler=one.scheduler, now=one.now
        )
        draw = random.Random(f"exam-{seed}")
        for topic in result.topics:
            if topic.estimate is None:
                continue
            chances = one.truth[topic.topic]
            drawn = draw.sample(chances, _EXAM_ITEMS)
            found.append(
                Judged(
                    sum(chances) / len(chances),
                    topic.estimate.value,
                    topic.estimate.low,
                    topic.estimate.high,
                    topic.evidence.accuracy,
                    topic.evidence.recall_at_exam,
                    sum(draw.random() < chance for chance in drawn),
                    (one.exam - one.now) // timedelta(days=1) + 1,
                )
            )
        one.store.close()
    return found


def quality(topics: Sequence[Judged], name: str) -> Quality:
    """Quality of ``ours``, ``accuracy`` or ``retrievability``."""
    n = len(topics)
    pairs = [(getattr(topic, name), topic) for topic in topics]
    return Quality(
        brier=sum(_brier(value, topic.right) for value, topic in pairs) / n,
        best_possible=sum(_brier(topic.truth, topic.right) for topic in topics) / n,
        error=(sum((value - topic.truth) ** 2 for value, topic in pairs) / n) ** 0.5,
        calibration=sum(len(group) * abs(mean - share) for mean, share, group in bins(topics, name)) / n,
        bias=sum(value - topic.truth for value, topic in pairs) / n,
    )


def bins(topics: Sequence[Judged], name: str) -> list[tuple[float, float, list[Judged]]]:
    """Topics in equal bins of the estimate: mean estimate, share of exam items right, the topics."""
    ordered = sorted(topics, key=lambda topic: getattr(topic, name))
    edges = [round(i * len(ordered) / _BINS) for i in range(_BINS + 1)]
    groups = [ordered[edges[i] : edges[i + 1]] for i in range(_BINS)]
    return [
        (
            sum(getattr(topic, name) for topic in group) / len(group),
            sum(topic.right for topic in group) / (_EXAM_ITEMS * len(group)),
            group,
        )
        for group in groups
    ]


def coverage(topics: Sequence[Judged]) -> float:
    """Share of the 95 % intervals that hold the true chance."""
    return sum(topic.low <= topic.truth <= topic.high for topic in topics) / len(topics)


def measurements() -> Iterator[Row]:
    """Excess Brier score and calibration error against each baseline, and how often the interval holds the truth."""
    topics = judged()
    ours = quality(topics, "ours")
    for name, title in (("accuracy", "raw accuracy"), ("retrievability", "mean retrievability")):
        other = quality(topics, name)
        yield Row(
            f"Brier score above the best possible, over {title}",
            ours.brier - ours.best_possible,
            other.brier - other.best_possible,
            (ours.brier - ours.best_possible) / (other.brier - other.best_possible),
            0.6,
            "at_most",
            unit="",
            note=f"Brier {ours.brier:.4f} against {other.brier:.4f}; the truth itself has {ours.best_possible:.4f}",
        )
        yield Row(
            f"calibration error, over {title}",
            ours.calibration,
            other.calibration,
            ours.calibration / other.calibration,
            0.6,
            "at_most",
            unit="",
        )
    held = coverage(topics)
    yield Row("95 % intervals that hold the truth", held, 0.95, held / 0.95, 0.95, "at_least", unit="")


def _brier(value: float, right: int) -> float:
    return (right * (1 - value) ** 2 + (_EXAM_ITEMS - right) * value**2) / _EXAM_ITEMS


def _svg(topics: Sequence[Judged]) -> str:
    """The calibration plot: estimate across, share right up, one mark a bin."""
    looks = {
        "ours": ("#2563eb", "readiness"),
        "accuracy": ("#d97706", "raw accuracy"),
        "retrievability": ("#6b7280", "mean retrievability"),
    }
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 460 420" font-family="sans-serif" font-size="12">',
        '<rect width="460" height="420" fill="white"/>',
        '<path d="M60 360H430M60 360V20" stroke="#111" fill="none"/>',
        '<path d="M60 360L400 20" stroke="#bbb" stroke-dasharray="4 4" fill="none"/>',
    ]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x, y = 60 + 340 * tick, 360 - 340 * tick
        parts.append(f'<text x="{x}" y="378" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="50" y="{y + 4}" text-anchor="end">{tick:g}</text>')
    parts.append('<text x="230" y="402" text-anchor="middle">estimated before the exam</text>')
    parts.append(
        '<text x="16" y="190" text-anchor="middle" transform="rotate(-90 16 190)">answered right in the exam</text>'
    )
    for row, (name, (colour, title)) in enumerate(looks.items()):
        points = [(60 + 340 * mean, 360 - 340 * share) for mean, share, _ in bins(topics, name)]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        parts.append(f'<path d="M{path}" stroke="{colour}" fill="none"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in points]
        parts.append(f'<text x="75" y="{36 + 18 * row}" fill="{colour}">{title}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _report(topics: Sequence[Judged]) -> str:
    """The figures as Markdown."""
    lines = [
        "# Readiness, held against the truth",
        "",
        f"{len(topics)} topics of {len(JUDGED)} simulated learners (`tests/benchmarks/learners.py`) that the constants were",
        "not fitted on. Half of them forget exponentially, which FSRS does not assume; skill grows with practice;",
        "most questions can be guessed. Exams of 20 items, 1 to 30 days after the last study day.",
        "",
        "| estimate | Brier | above the best possible | error against the truth | calibration error | bias |",
        "|---|---|---|---|---|---|",
    ]
    titles = {"ours": "readiness", "accuracy": "raw accuracy", "retrievability": "mean retrievability"}
    for name, title in titles.items():
        found = quality(topics, name)
        lines.append(
            f"| {title} | {found.brier:.4f} | {found.brier - found.best_possible:.4f} | {found.error:.3f} "
            f"| {found.calibration:.3f} | {found.bias:+.3f} |"
        )
    width = sum(topic.high - topic.low for topic in topics) / len(topics)
    lines += [
        "",
        f"The true chance itself has a Brier score of {quality(topics, 'ours').best_possible:.4f}. "
        f"The 95 % intervals hold the truth in {coverage(topics):.1%} of topics; their mean width is {width:.2f}.",
        "",
        "![Calibration](readiness.svg)",
        "",
        "Made by `python -m tests.benchmarks.bench_readiness`.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the figures and the plot."""
    topics = judged()
    (DOCS / "readiness.svg").write_text(_svg(topics), encoding="utf-8")
    (DOCS / "readiness.md").write_text(_report(topics), encoding="utf-8")
    print(_report(topics))


if __name__ == "__main__":
    main()
