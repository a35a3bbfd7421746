"""What a student is asked to say before a run: the lab's own questions, or the standard ones, for this configuration."""

import re
import unicodedata
from collections.abc import Iterable

from labs.errors import LabsError
from labs.lab import Lab, PredictionQuestion
from labs.measured import names_in
from labs.metric_names import metric_text
from labs.spec import RunSpec
from labs.text import Text

Answers = dict[str, float | int]
"""``answers.json``: the question's id and the number said, or the index of the choice taken."""

TOPICS = {
    "plan.trainable_parameters": "lora-math",
    "plan.total_parameters": "lora-math",
    "plan.effective_batch": "hyperparameters",
    "plan.total_steps": "hyperparameters",
    "plan.steps_per_epoch": "hyperparameters",
    "plan.warmup_steps": "hyperparameters",
    "train.peak_memory_mib": "lora-math",
    "run.minutes": "hyperparameters",
    "curve.shape": "diagnosis",
}
"""The quiz topic a miss belongs to, by what was measured; scores belong to evaluation."""

CARDS = {
    "plan.trainable_parameters": "card.lora.matrix-count",
    "plan.total_parameters": "card.lora.percent",
    "plan.effective_batch": "card.hyper.eff-batch",
    "plan.total_steps": "card.hyper.steps",
    "plan.steps_per_epoch": "card.hyper.steps",
    "plan.warmup_steps": "card.hyper.warmup",
    "plan.scored_tokens": "card.data.pc-mask",
    "train.peak_memory_mib": "card.lora.moments",
    "run.minutes": "card.cost.training-days",
    "curve.shape": "card.diag.level-vs-creep",
    "tuned.exact_match": "card.diag.teacher-forcing",
    "tuned.probe_perplexity": "card.found.forgetting",
    "tuned.perplexity": "card.eval.ppl",
    "moved.most": "card.eval.bleu-scale",
}
"""The card of the question bank that a miss brings back, by what was measured, where the lab names none."""

_MULTIPLES = {"k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9, "千": 1e3, "万": 1e4, "百万": 1e6, "亿": 1e8}
_NUMBER = re.compile(r"([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)\s*(百万|[kmbg千万亿](?!i?b))?", re.I)
_PLAIN_NAME = re.compile(r"[a-z]+\.[A-Za-z0-9_]+")
_GIB = re.compile(r"gi?b", re.I)


class PredictionError(LabsError):
    """What was typed is no answer to the question."""


def predictions_for(lab: Lab, spec: RunSpec) -> tuple[PredictionQuestion, ...]:
    """The questions for one configuration: the lab's, else the standard ones, less those it makes idle.

    A question is idle where this run will not measure what it asks about (no evaluation, no validation), or
    where the answer can be read off the form (the warm-up of a constant schedule).
    """
    asked = lab.predictions or standard_predictions(spec)
    return tuple(question for question in asked if not _is_idle(question, spec))


def standard_predictions(spec: RunSpec) -> tuple[PredictionQuestion, ...]:
    """Parameters, steps, warm-up, memory, minutes, the curve, and the metric that moves."""
    questions = [*_COUNTS, _CURVE]
    if len(metrics := _bounded_metrics(spec)) > 1:
        questions.append(_which_metric_moves(metrics))
    return tuple(questions)


def topic_of(question: PredictionQuestion) -> str:
    """The quiz topic that a miss brings back."""
    names = names_in(question.measured)
    return next((topic for name, topic in TOPICS.items() if name in names), "evaluation")


def card_of(question: PredictionQuestion) -> str:
    """Id of the bank's item that a miss brings back: the lab's choice, else by what was measured; empty for none."""
    names = names_in(question.measured)
    return question.card or next((card for name, card in CARDS.items() if name in names), "")


def quantity_of(question: PredictionQuestion, lab_id: str) -> str:
    """What a student's calibration is kept by: the thing measured, the same in every lab; else this lab's question."""
    return question.measured if _PLAIN_NAME.fullmatch(question.measured) else f"{lab_id}.{question.id}"


def parse_answer(question: PredictionQuestion, text: str) -> float | int:
    """Read a number as people type it: ``245,760``, ``41.9M``, ``1.2e-4``, ``６３``, ``50 %``, ``1.5 GiB``, ``3万``.

    Raises:
        PredictionError: ``prediction.not_a_number``.
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", "").replace("_", "").replace(" ", "")
    match = _NUMBER.match(plain)
    if match is None:
        raise PredictionError(
            "prediction.not_a_number", f"{text!r} is no number.", "Type digits, e.g. 245760."
        )
    value = float(match[1]) * _MULTIPLES.get((match[2] or "").lower(), 1.0)
    if _GIB.search(plain) and question.unit.lower() in ("mib", "mb"):
        value *= 1024
    if plain.endswith("%") and question.unit != "%":
        value /= 100
    return int(value) if value.is_integer() else value


def unanswered(questions: Iterable[PredictionQuestion], answers: Answers) -> tuple[PredictionQuestion, ...]:
    """Questions that still have no answer."""
    return tuple(question for question in questions if question.id not in answers)


def _is_idle(question: PredictionQuestion, spec: RunSpec) -> bool:
    names = names_in(question.measured)
    groups = {name.partition(".")[0] for name in names}
    if groups & {"base", "tuned", "gain", "drop", "moved"} and not spec.evaluate:
        return True
    if any("eval" in name for name in names) and not spec.eval_steps:
        return True
    return "plan.warmup_steps" in names and (spec.lr_scheduler_type == "constant" or spec.warmup_steps >= 1)


def _bounded_metrics(spec: RunSpec) -> tuple[str, ...]:
    if not spec.evaluate:
        return ()
    return tuple("rougeL" if name == "rouge" else name for name in spec.metrics if name != "style_markers")[
        :4
    ]


def _which_metric_moves(metrics: tuple[str, ...]) -> PredictionQuestion:
    chosen = "".join(f"{index} if moved.most == {name!r} else " for index, name in enumerate(metrics[:-1]))
    return PredictionQuestion(
        id="best_metric",
        prompt=Text(
            en="Which score moves furthest, as a share of its scale?",
            zh="哪个指标变化最大（按其量程的比例）？",
        ),
        kind="choice",
        choices=tuple(metric_text(name) for name in metrics),
        measured=f"{chosen}{len(metrics) - 1}",
        tolerance=0,
        explain=Text(
            en="Metrics that ask for the whole answer start near zero on a base model and have the furthest to go; "
            "those that give credit for shared words or characters start higher.",
            zh="要求整句答对的指标在基座模型上接近零，上升空间最大；按词或字给部分分的指标起点就比较高。",
        ),
    )


_COUNTS = (
    PredictionQuestion(
        id="trainable_parameters",
        prompt=Text(en="How many parameters will be trained?", zh="将训练多少个参数？"),
        measured="plan.trainable_parameters",
        formula="trainable_parameters",
        tolerance=0.01,
        explain=Text(
            en="Each targeted matrix of shape out x in gets A (r x in) and B (out x r): r * (in + out) parameters.",
            zh="每个被选中的 out×in 矩阵增加 A（r×in）和 B（out×r），共 r·(in+out) 个参数。",
        ),
    ),
    PredictionQuestion(
        id="total_steps",
        prompt=Text(en="How many optimizer steps in all?", zh="总共多少个优化器步（optimizer step）？"),
        measured="plan.total_steps",
        formula="total_steps",
        tolerance=0,
        explain=Text(
            en="Both divisions round up: rows into micro-batches, micro-batches into steps.",
            zh="两次除法都向上取整：先把样本分成微批（micro-batch），再把微批累积成步。",
        ),
    ),
    PredictionQuestion(
        id="warmup_steps",
        prompt=Text(en="How many of them are warm-up?", zh="其中多少步是预热（warmup）？"),
        measured="plan.warmup_steps",
        formula="warmup_steps",
        tolerance=0,
        explain=Text(
            en="A warm-up below 1 is a share of all steps, rounded up.",
            zh="小于 1 的 warmup 是总步数的比例，向上取整。",
        ),
    ),
    PredictionQuestion(
        id="memory",
        prompt=Text(en="How much memory at the peak, in MiB?", zh="峰值内存是多少 MiB？"),
        unit="MiB",
        measured="train.peak_memory_mib",
        formula="memory_mib",
        tolerance=0.2,
        explain=Text(
            en="Weights, adapter, gradients, optimizer state, activations and logits; on a CPU also Python and the "
            "libraries themselves, which for a small model are most of it.",
            zh="权重、适配器、梯度、优化器状态、激活值和 logits；在 CPU 上还要算上 Python 和各个库本身，小模型时这部分反而最大。",
        ),
    ),
    PredictionQuestion(
        id="minutes",
        prompt=Text(en="How many minutes, evaluation included?", zh="连同评测一共几分钟？"),
        unit="min",
        measured="run.minutes",
        tolerance=0.3,
        absolute=0.25,
        explain=Text(
            en="Steps times seconds a step, and the generations before and after: on short runs they weigh as much.",
            zh="步数乘以每步耗时，再加上训练前后的生成评测：短训练里后者同样耗时。",
        ),
    ),
)

_CURVE = PredictionQuestion(
    id="curve",
    prompt=Text(en="Which curve will the loss on held-out rows draw?", zh="留出集上的损失会画出哪条曲线？"),
    kind="choice",
    choices=(
        Text(en="▇▅▃▂▁▁▁▁  falls and flattens", zh="▇▅▃▂▁▁▁▁  下降后趋平"),
        Text(en="▇▅▂▁▁▂▃▅  falls, then turns up", zh="▇▅▂▁▁▂▃▅  先降后升"),
        Text(en="▇▇▆▇▆▇▇█  barely moves, or blows up", zh="▇▇▆▇▆▇▇█  几乎不动，或者发散"),
    ),
    measured="curve.shape",
    tolerance=0,
    explain=Text(
        en="Too low a learning rate barely moves, too high a one blows up; too many epochs on few rows turn it up.",
        zh="学习率太低几乎不动，太高会发散；数据少而轮数多时会掉头向上（过拟合）。",
    ),
)
