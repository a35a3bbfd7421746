"""Lint of what stands around the items: sets, facts, topics, checklists, pages, trees, blueprints."""

from collections.abc import Collection

from quiz_bank.bank import Bank
from quiz_bank.drawing import figure_faults
from quiz_bank.errors import ContentError, FormulaError
from quiz_bank.formulas import evaluate
from quiz_bank.lint.findings import Report
from quiz_bank.lint.wording import lint_wording, texts_in
from quiz_bank.placeholders import fill_text, placeholders_in
from quiz_bank.text import LANGUAGES
from quiz_bank.tree import tree_faults
from quiz_bank.variants import set_figures


def lint_others(report: Report, bank: Bank, labs: Collection[str] | None) -> None:
    """Check every part of the bank that is not a question or a card."""
    _sets(report, bank)
    _cards(report, bank)
    _tables(report, bank)
    for topic in bank.topics.values():
        lint_wording(report, "topic", topic.id, topic, bilingual=True)
    for checklist in bank.checklists.values():
        lint_wording(report, "checklist", checklist.topic, checklist, bilingual=True)
        _known_topic(report, bank, "checklist", checklist.topic, "topic", checklist.topic)
        for i, tick in enumerate(checklist.items):
            if tick.question is not None and bank.place("question", tick.question) is None:
                message = f"there is no question {tick.question!r}"
                report.error("checklist", checklist.topic, f"item[{i}].question", "unknown-question", message)
            if tick.lab is not None and labs is not None and tick.lab not in labs:
                message = f"there is no lab {tick.lab!r}"
                report.error("checklist", checklist.topic, f"item[{i}].lab", "unknown-lab", message)
    for tree in bank.trees.values():
        lint_wording(report, "tree", tree.id, tree, bilingual=True)
        for fault in tree_faults(tree):
            report.error("tree", tree.id, None, "tree", fault)
    for blueprint in bank.blueprints.values():
        lint_wording(report, "blueprint", blueprint.id, blueprint, bilingual=True)
        for i, section in enumerate(blueprint.sections):
            for topic_id in section.topics:
                _known_topic(report, bank, "blueprint", blueprint.id, f"section[{i}].topics", topic_id)
    _pages(report, bank)


def _sets(report: Report, bank: Bank) -> None:
    for one in bank.sets:
        lint_wording(report, "set", one.id, one, bilingual=True)
        _known_topic(report, bank, "set", one.id, "topic", one.topic)
        count = len(bank.in_set(one.id))
        if not 3 <= count <= 5:
            report.warning(
                "set", one.id, None, "set-size", f"{count} questions name it; three to five make a set"
            )
        try:
            for i, figure in enumerate(set_figures(one)):
                for fault in figure_faults(figure):
                    report.error("set", one.id, f"figure[{i}]", "figure", fault)
        except FormulaError as error:
            report.error("set", one.id, "figure", "formula", str(error))
        _facts_only(report, bank, "set", one.id, one)


def _cards(report: Report, bank: Bank) -> None:
    for card in bank.cards:
        _facts_only(report, bank, "card", card.id, card)


def _facts_only(report: Report, bank: Bank, table: str, name: str, part: object) -> None:
    """Cards and sets have no parameters: their placeholders may only name facts."""
    for field, text in texts_in(part):
        try:
            fill_text(text, bank.fact_values)
        except FormulaError as error:
            report.error(table, name, field, "formula", str(error))
        for lang in LANGUAGES:
            for formula, _ in placeholders_in(text[lang]):
                try:
                    evaluate(formula, bank.fact_values)
                except FormulaError as error:
                    report.error(table, name, f"{field}.{lang}", "formula", str(error))


def _tables(report: Report, bank: Bank) -> None:
    for table in bank.tables.values():
        if not table.rows or any(
            "name" not in row or row.keys() != table.rows[0].keys() for row in table.rows
        ):
            report.error(
                "table", table.id, "row", "table", "every row needs a `name`, and all the same columns"
            )


def _known_topic(report: Report, bank: Bank, table: str, name: str, field: str, topic: str) -> None:
    if topic not in bank.topics:
        report.error(
            table, name, field, "unknown-topic", f"{topic!r}; topics: {', '.join(bank.topics) or 'none'}"
        )


def _pages(report: Report, bank: Bank) -> None:
    there: dict[tuple[str, str], set[str]] = {}
    for kind, topic, lang, path in bank.pages():
        there.setdefault((kind, topic), set()).add(lang)
        if topic not in bank.topics:
            report.at_file("error", path, topic, "unknown-topic", f"{topic!r} is no topic")
        try:
            bank.note(topic, lang) if kind == "notes" else bank.cheat(topic, lang)
        except ContentError as error:
            report.at_file("error", path, topic, "page", error.problem.message)
    for (kind, topic), languages in there.items():
        for missing in sorted(set(LANGUAGES) - languages):
            path = bank.folders[0] / kind / f"{topic}.{missing}.md"
            report.at_file("error", path, topic, "missing-language", "the other language has this page")
