"""A missed prediction as a flashcard in the question bank's format, as plain data: what was asked, and what holds."""

from typing import Any

from labs.predictions import topic_of
from labs.reconcile import Reconciled
from labs.spec import RunSpec


def card_id(lab_id: str, line: Reconciled) -> str:
    """One card a quantity and lab: a second miss renews it."""
    name = line.question.id.lower().replace("_", "-")
    return f"miss.{lab_id or 'own'}.{name}"


def miss_card(lab_id: str, run_id: str, spec: RunSpec, line: Reconciled) -> dict[str, Any]:
    """The card of a missed line, with the run's own numbers."""
    question = line.question
    assert line.measured is not None
    setting = f"{spec.method}, r={spec.r}, batch {spec.per_device_train_batch_size}×{spec.gradient_accumulation_steps}"
    setting += f", max_steps {spec.max_steps}" if spec.max_steps else f", epochs {spec.num_train_epochs:g}"
    setting += f", lr {spec.learning_rate:g}, {spec.base_model}"
    return {
        "id": card_id(lab_id, line),
        "topic": topic_of(question),
        "front": {"en": f"{question.prompt.en}\n({setting})", "zh": f"{question.prompt.zh}\n（{setting}）"},
        "back": {lang: _back(line, lang) for lang in ("en", "zh")},
        "source": f"your own run {run_id}",
    }


def _back(line: Reconciled, lang: str) -> str:
    question = line.question
    assert line.measured is not None and line.said is not None
    if question.kind == "choice":
        right = question.choices[int(line.measured)].within("zh" if lang == "zh" else "en")
    else:
        right = f"{line.measured:,.6g} {question.unit}".strip()
        said = f"{line.said:,.6g}"
        right += f" (you said {said})" if lang == "en" else f"（你当时说 {said}）"
    parts = [right, line.formula_text, question.explain.within("zh" if lang == "zh" else "en")]
    # Formulas are plain text here: a dollar sign would open one.
    return "\n".join(part.replace("$", "\\$") for part in parts if part)
