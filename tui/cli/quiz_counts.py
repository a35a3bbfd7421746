"""What the bank holds, counted: by topic, kind and bloom, what has a picture, a source, both languages."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from quiz_bank.bank import Bank
from quiz_bank.questions import KINDS, Numeric
from tui.cli.columns import table
from tui.i18n import t, t_or


def bank_counts(bank: Bank) -> dict[str, Any]:
    """All counts, with stable names for scripts."""
    questions = bank.questions
    total = max(1, len(questions))
    in_set = Counter(question.set for question in questions if question.set is not None)
    pictured = {one.id for one in bank.sets if one.figures}
    higher = sum(question.bloom in ("apply", "analyse", "evaluate") for question in questions)
    # A plain string stands for both languages; prose that differs was written twice.
    bilingual = sum(question.prompt.en != question.prompt.zh for question in questions)
    return {
        "questions": len(questions),
        "cards": len(bank.cards),
        "topics": {
            topic: {kind: sum(q.topic == topic and q.kind == kind for q in questions) for kind in KINDS}
            | {
                "all": sum(q.topic == topic for q in questions),
                "cards": sum(c.topic == topic for c in bank.cards),
            }
            for topic in (bank.topics or dict.fromkeys(question.topic for question in questions))
        },
        "kinds": {kind: sum(question.kind == kind for question in questions) for kind in KINDS},
        "bloom": dict(Counter(question.bloom for question in questions)),
        "apply_analyse_evaluate": round(higher / total, 3),
        "numeric_with_parameters": sum(
            isinstance(q, Numeric) and bool(q.params or q.cases or q.table) for q in questions
        ),
        "with_parameters": sum(bool(q.params or q.cases or q.table) for q in questions),
        "read_from_a_picture": sum(bool(q.figures) or q.set in pictured for q in questions),
        "scenarios": sum("scenario" in question.tags for question in questions),
        "sets": dict(in_set),
        "bilingual": bilingual,
        "with_source": sum(bool(question.source.strip()) for question in questions),
        "dated": sum(question.as_of is not None for question in questions),
        "with_exam_note": sum(question.exam_note is not None for question in questions),
        "facts": len(bank.facts),
        "notes": sum(kind == "notes" for kind, *_ in bank.pages()),
        "cheat_cards": sum(kind == "cheats" for kind, *_ in bank.pages()),
        "checklists": len(bank.checklists),
        "problems": len(bank.problems),
    }


def count_lines(counts: dict[str, Any]) -> Iterator[str]:
    """The counts as a table and a list."""
    columns = (*KINDS, "all", "cards")
    rows = [[t("counts.topic"), *(t(f"counts.{name}") for name in columns)]]
    rows += [[topic, *(str(row[name]) for name in columns)] for topic, row in counts["topics"].items()]
    totals = [*(counts["kinds"][kind] for kind in KINDS), counts["questions"], counts["cards"]]
    rows.append([t("counts.all"), *map(str, totals)])
    yield from table(rows)
    yield ""
    for name, value in counts.items():
        if name in ("topics", "kinds", "questions", "cards"):
            continue
        if isinstance(value, dict):
            value = t("exam.comma").join(f"{t_or(f'counts.{key}', key)} {n}" for key, n in value.items())
        yield f"{t(f'counts.{name}')}{t('study.colon')}{value}"
