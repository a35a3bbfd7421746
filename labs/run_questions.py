"""Questions made from the learner's own run, in the question bank's format as plain data (docs/content-format.md).

The same run gives the same questions: every draw is seeded by the digest of its manifest. A question is made
only where the run holds what it needs, and its key is read off the run, not off a formula, wherever it can be.
"""

import hashlib
import math
import random
from typing import Any

import msgspec

from labs.curve_shape import SHAPES
from labs.estimate import estimate
from labs.events import Evaluation, Plan, Step
from labs.measured import Measured, measure
from labs.metric_names import metric_text
from labs.models import shape_of
from labs.runs import Run, Scores
from labs.schedule import learning_rate_at
from labs.spec import RunSpec

Data = dict[str, Any]
"""A question as a content file would say it."""

MOST = 6


class RunFacts(msgspec.Struct, frozen=True):
    """What the questions are made of."""

    digest: str
    """Hex SHA-256 of the run's manifest; of its spec and events where it has none yet."""
    run_id: str
    spec: RunSpec
    plan: Plan
    steps: tuple[Step, ...]
    evaluations: tuple[Evaluation, ...]
    measured: Measured
    scores: Scores


def read_facts(run: Run) -> RunFacts | None:
    """Gather the facts of a run; None where it never came to train.

    Raises:
        RunError: its spec cannot be read.
    """
    events = run.events()
    plan = next((event for event in reversed(events) if isinstance(event, Plan)), None)
    steps = {event.step: event for event in events if isinstance(event, Step)}
    if plan is None or not steps:
        return None
    evaluations = {event.step: event for event in events if isinstance(event, Evaluation)}
    return RunFacts(
        digest=run_digest(run), run_id=run.id, spec=run.spec, plan=plan,
        steps=tuple(steps[at] for at in sorted(steps)),
        evaluations=tuple(evaluations[at] for at in sorted(evaluations)),
        measured=measure(run), scores=run.scores(),
    )  # fmt: skip


def run_digest(run: Run) -> str:
    """Hex SHA-256 of ``manifest.json``, or of spec and events where the run has none yet."""
    manifest = run.folder / "manifest.json"
    files = [manifest] if manifest.exists() else [run.folder / "spec.json", run.events_file]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes() if file.exists() else b"")
    return digest.hexdigest()


def run_questions(facts: RunFacts, most: int = MOST) -> list[Data]:
    """At most ``most`` questions on the run, chosen and ordered by its digest."""
    rng = random.Random(int(facts.digest, 16))
    makers = [
        _lowest_loss, _rows_seen, _learning_rate, _tokens_a_step, _less_memory, _what_the_curve_says, _perplexity,
        _twice_the_rank, _larger_than_chance,
    ]  # fmt: skip
    made = [question for maker in makers if (question := maker(facts, rng)) is not None]
    rng.shuffle(made)
    return made[:most]


def _text(en: str, zh: str) -> Data:
    return {"en": en, "zh": zh}


def _item(facts: RunFacts, name: str, topic: str, kind: str, bloom: str, **fields: Any) -> Data:
    question: Data = {
        "id": f"run.{facts.digest[:10]}.{name}", "topic": topic, "kind": kind, "bloom": bloom, "difficulty": 3,
        "source": f"your own run {facts.run_id}: events.jsonl", **fields,
    }  # fmt: skip
    if facts.spec.lab:
        question["lab"] = facts.spec.lab
    return question


def _number(value: float) -> str:
    return repr(int(value)) if float(value).is_integer() else repr(float(value))


def _lowest_loss(facts: RunFacts, rng: random.Random) -> Data | None:
    held = [(one.step, one.loss) for one in facts.evaluations if one.loss is not None]
    if len(held) < 3:
        return None
    step, loss = min(held, key=lambda point: (point[1], point[0]))
    table = "\n".join(f"step {at:>6}   validation loss {value:.4f}" for at, value in held)
    last_step, last = held[-1]
    return _item(
        facts, "lowest-loss", "diagnosis", "numeric", "analyse",
        prompt=_text("Here are the validation losses of your run. Which step's checkpoint would you keep, by this measure?",
                     "这是你这次运行的验证损失。只看这个指标，应该保留第几步的检查点？"),
        code=_text(table, table), answer=_number(step), tolerance={"absolute": 0},
        explain=_text(f"The lowest value is {loss:.4f}, at step {step}; the run ended at {last:.4f} (step {last_step}).",
                      f"最低值是第 {step} 步的 {loss:.4f}；结束时（第 {last_step} 步）是 {last:.4f}。"),
        mistake=[] if last_step == step else [{
            "name": "last-step", "value": _number(last_step),
            "why": _text("That is the last one; by then the loss had risen again.", "这是最后一步，那时损失已经回升。"),
        }],
    )  # fmt: skip


def _rows_seen(facts: RunFacts, rng: random.Random) -> Data | None:
    spec, plan = facts.spec, facts.plan
    last = min(plan.steps_per_epoch - 1, facts.steps[-1].step)
    if last < 2 or spec.packing:
        return None
    step = rng.randint(2, last)
    each, times = spec.per_device_train_batch_size, spec.gradient_accumulation_steps
    mistakes = [] if times == 1 else [{
        "name": "forgot-accumulation", "value": _number(each * step),
        "why": _text(f"Each step adds up {times} micro-batches of {each}.", f"每一步会累积 {times} 个大小为 {each} 的微批。"),
    }]  # fmt: skip
    return _item(
        facts, "rows-seen", "hyperparameters", "numeric", "apply",
        prompt=_text(f"Your run has a per-device batch of {each} and accumulates {times}. How many training rows had it seen after optimizer step {step}?",
                     f"你这次运行的单设备批大小是 {each}，梯度累积 {times}。到第 {step} 个优化器步为止，看过多少条训练样本？"),
        answer=_number(each * times * step), tolerance={"absolute": 0}, mistake=mistakes,
        explain=_text(f"{each} × {times} = {each * times} rows a step, times {step} steps = {each * times * step:,}.",
                      f"每步 {each} × {times} = {each * times} 条，{step} 步共 {each * times * step:,} 条。"),
    )  # fmt: skip


def _learning_rate(facts: RunFacts, rng: random.Random) -> Data | None:
    """Only where the schedule's formula gives what the run logged: then the explanation is true of this run."""
    spec, plan = facts.spec, facts.plan
    inner = [one for one in facts.steps if plan.warmup_steps < one.step < plan.total_steps]
    if len(inner) < 3 or spec.lr_scheduler_type not in ("linear", "cosine"):
        return None
    chosen = rng.choice(inner)
    computed = learning_rate_at(spec, chosen.step, plan.warmup_steps, plan.total_steps)
    if not math.isclose(computed, chosen.learning_rate, rel_tol=0.01):
        return None
    t, w, total, peak = chosen.step, plan.warmup_steps, plan.total_steps, spec.learning_rate
    formula = (
        f"{peak:g} × ({total} − {t}) / ({total} − {w})"
        if spec.lr_scheduler_type == "linear"
        else f"{peak:g} × ½ (1 + cos(π × ({t} − {w}) / ({total} − {w})))"
    )
    return _item(
        facts, "learning-rate", "hyperparameters", "numeric", "apply",
        prompt=_text(f"Schedule `{spec.lr_scheduler_type}`, peak {peak:g}, {total} steps of which {w} are warm-up. What learning rate did your run log at step {t}?",
                     f"调度器 `{spec.lr_scheduler_type}`，峰值 {peak:g}，共 {total} 步，其中预热 {w} 步。第 {t} 步记录的学习率是多少？"),
        answer=_number(chosen.learning_rate), tolerance={"relative": 0.03}, format=".2e",
        mistake=[{"name": "peak", "value": _number(peak), "why": _text("That is the peak, reached at the end of warm-up.", "这是峰值，只在预热结束时达到。")}],
        explain=_text(f"{formula} = {computed:.3g}.", f"{formula} = {computed:.3g}。"),
    )  # fmt: skip


def _tokens_a_step(facts: RunFacts, rng: random.Random) -> Data | None:
    last = facts.steps[-1]
    if last.step < 2 or last.tokens <= 0:
        return None
    mean = last.tokens / last.step
    return _item(
        facts, "tokens-a-step", "hyperparameters", "numeric", "apply",
        prompt=_text(f"Your run trained on {last.tokens:,} tokens in {last.step:,} steps, with an effective batch of {facts.plan.effective_batch}. How many tokens does a training row have on average?",
                     f"你这次运行用 {last.step:,} 步训练了 {last.tokens:,} 个 token，有效批大小为 {facts.plan.effective_batch}。平均每条样本有多少个 token？"),
        answer=_number(round(mean / facts.plan.effective_batch, 3)), tolerance={"relative": 0.05},
        mistake=[{"name": "per-step", "value": _number(round(mean, 3)), "why": _text("That is a whole step; divide by the rows in it.", "这是一整步的量，还要除以一步里的样本数。")}],
        explain=_text(f"{last.tokens:,} / {last.step:,} = {mean:,.0f} tokens a step; over {facts.plan.effective_batch} rows that is {mean / facts.plan.effective_batch:.1f}.",
                      f"{last.tokens:,} / {last.step:,} = 每步 {mean:,.0f} 个；除以 {facts.plan.effective_batch} 条，每条约 {mean / facts.plan.effective_batch:.1f} 个。"),
    )  # fmt: skip


def _less_memory(facts: RunFacts, rng: random.Random) -> Data | None:
    """Which one change saves most, by the estimate for this run; asked only where one is clearly ahead."""
    spec, plan = facts.spec, facts.plan
    shape = shape_of(spec.base_model)
    mean = plan.train_tokens / max(plan.train_rows, 1)

    def need(**changes: Any) -> float:
        changed = msgspec.structs.replace(spec, **changes)
        return estimate(changed, shape, plan.train_rows, mean, cuda=plan.device != "cpu").memory_mib

    now = need()
    ideas: list[tuple[str, str, float]] = []
    if spec.per_device_train_batch_size >= 2:
        half = spec.per_device_train_batch_size // 2
        ideas.append(
            (
                f"Per-device batch {half}, accumulation doubled",
                f"单设备批大小改为 {half}，梯度累积翻倍",
                need(per_device_train_batch_size=half),
            )
        )
    if spec.method != "full" and spec.r >= 2:
        ideas.append((f"Rank r = {spec.r // 2}", f"秩 r = {spec.r // 2}", need(r=spec.r // 2)))
    if not spec.gradient_checkpointing:
        ideas.append(
            (
                "Gradient checkpointing on",
                "打开梯度检查点（gradient checkpointing）",
                need(gradient_checkpointing=True),
            )
        )
    if spec.method != "qlora":
        ideas.append(("Base model in 4 bits (QLoRA)", "基座用 4 比特存储（QLoRA）", need(method="qlora")))
    ideas.append(("Half the warm-up steps", "预热步数减半", now))
    ideas.sort(key=lambda idea: idea[2])
    if len(ideas) < 3 or ideas[1][2] - ideas[0][2] < 0.03 * now:
        return None
    options = [
        {
            "en": en, "zh": zh, "correct": at == 0, "key": f"o{at}",
            "why": _text(f"About {mib:,.0f} MiB instead of {now:,.0f}.", f"约 {mib:,.0f} MiB，原来 {now:,.0f}。"),
        }
        for at, (en, zh, mib) in enumerate(ideas[:4])
    ]  # fmt: skip
    return _item(
        facts, "less-memory", "lora-math", "single", "analyse", option=options,
        prompt=_text("You want your run to need less memory. Which single change saves most?", "想让你这次运行少占内存，只改一处，哪个最省？"),
        explain=_text(f"The parts of your run's {now:,.0f} MiB decide: what is large can be made smaller.", f"关键看这 {now:,.0f} MiB 由什么组成：大头才值得动。"),
    )  # fmt: skip


def _what_the_curve_says(facts: RunFacts, rng: random.Random) -> Data | None:
    """Of validation alone: a training loss that rises at its end may only have met harder batches."""
    reading = facts.measured.curve
    evaluated = [(one.step, one.loss) for one in facts.evaluations if one.loss is not None]
    if reading is None or len(evaluated) < 2:
        return None
    began = [(one.step, one.loss) for one in facts.steps[:1] if one.loss is not None]
    shown = [*began, *evaluated]
    words = {
        "flattens": (
            "It learned and levelled off: more of the same would add little",
            "学到位后趋平：照此再训收益不大",
        ),
        "turns-up": ("It began to overfit: an earlier checkpoint is better", "开始过拟合：更早的检查点更好"),
        "fails": (
            "It did not learn the task: look at the learning rate and the data first",
            "没有学会：先看学习率和数据",
        ),
    }
    lowest, last = f"{reading.lowest:.3f}", f"{reading.last:.3f}"
    fact = (
        f"It began at {reading.first:.3f}, was lowest at step {reading.lowest_step} ({lowest}) and ended at {last}.",
        f"起点 {reading.first:.3f}，第 {reading.lowest_step} 步最低（{lowest}），结束时 {last}。",
    )
    options = [
        {
            "en": words[shape][0],
            "zh": words[shape][1],
            "key": shape,
            "correct": shape == reading.shape,
            "why": _text(*fact),
        }
        for shape in SHAPES
    ]
    table = "\n".join(f"step {at:>6}   loss {loss:.4f}" for at, loss in shown[:: max(1, len(shown) // 12)])
    return _item(
        facts, "curve", "diagnosis", "single", "analyse", option=options, shuffle=True, code=_text(table, table),
        prompt=_text("The loss of your run's first step, before anything was learned, and then its validation losses. What do they say?", "第一行是第一步的训练损失（还没学到东西），后面是验证损失。它们说明什么？"), explain=_text(*fact),
    )  # fmt: skip


def _perplexity(facts: RunFacts, rng: random.Random) -> Data | None:
    held = [one for one in facts.evaluations if one.loss is not None and one.loss < 20]
    if not held:
        return None
    one = rng.choice(held)
    assert one.loss is not None
    loss = round(one.loss, 3)
    return _item(
        facts, "perplexity", "evaluation", "numeric", "apply",
        prompt=_text(f"At step {one.step} the validation loss of your run was {loss} nats per token. What perplexity is that?",
                     f"第 {one.step} 步时验证损失为每 token {loss} nats，对应的困惑度是多少？"),
        answer=_number(math.exp(loss)), tolerance={"relative": 0.02},
        mistake=[{"name": "base-2", "value": _number(2**loss), "why": _text("That is 2 to the loss; the loss is in nats, so the base is e.", "这是 2 的幂；损失的单位是 nats，底数应是 e。")}],
        explain=_text(f"exp({loss}) = {math.exp(loss):.4g}.", f"exp({loss}) = {math.exp(loss):.4g}。"),
    )  # fmt: skip


def _twice_the_rank(facts: RunFacts, rng: random.Random) -> Data | None:
    spec, trainable = facts.spec, facts.plan.trainable_parameters
    if spec.method == "full" or spec.use_dora:
        return None
    return _item(
        facts, "twice-the-rank", "lora-math", "numeric", "apply",
        prompt=_text(f"Your run trained {trainable:,} parameters with r = {spec.r}. How many would it be with r = {2 * spec.r} and the same target modules?",
                     f"你这次运行在 r = {spec.r} 时训练了 {trainable:,} 个参数。目标模块不变，r = {2 * spec.r} 时是多少？"),
        answer=_number(2 * trainable), tolerance={"relative": 0.001}, format=",",
        mistake=[{"name": "squared", "value": _number(4 * trainable), "why": _text("The count is linear in r: A and B each have one side of length r.", "参数量与 r 成正比：A、B 各只有一条边是 r。")}],
        explain=_text(f"r · (in + out) a matrix is linear in r: 2 × {trainable:,} = {2 * trainable:,}.", f"每个矩阵 r·(in+out)，与 r 成正比：2 × {trainable:,} = {2 * trainable:,}。"),
    )  # fmt: skip


def _larger_than_chance(facts: RunFacts, rng: random.Random) -> Data | None:
    both = [
        name
        for name, score in facts.scores.tuned.items()
        if name in facts.scores.base and score.interval is not None
    ]
    if not both:
        return None
    name = rng.choice(sorted(both))
    called = metric_text(name)
    base, tuned = facts.scores.base[name], facts.scores.tuned[name]
    assert tuned.interval is not None
    low, high = tuned.interval.low, tuned.interval.high
    outside = not low <= base.value <= high
    fact = (
        f"The interval runs from {low:.3g} to {high:.3g}; the base's {base.value:.3g} lies {'outside' if outside else 'inside'} it.",
        f"区间是 {low:.3g} 到 {high:.3g}，基座的 {base.value:.3g} 在区间{'之外' if outside else '之内'}。",
    )
    return _item(
        facts, "larger-than-chance", "evaluation", "boolean", "evaluate",
        prompt=_text(f"On {tuned.n} rows, {called.en} went from {base.value:.3g} (base) to {tuned.value:.3g} (tuned, 95 % interval [{low:.3g}, {high:.3g}]). The base's value is one that the tuned model could have reached by the luck of the sample.",
                     f"在 {tuned.n} 条样本上，“{called.zh}”从 {base.value:.3g}（基座）变为 {tuned.value:.3g}（微调后，95% 区间 [{low:.3g}, {high:.3g}]）。判断：单凭抽样的运气，微调后的模型也可能得到基座那个分数。"),
        answer=not outside, why_true=_text(*fact), why_false=_text(*fact), explain=_text(*fact),
    )  # fmt: skip
