"""The report of a mock exam as lines: the score, its parts, every item, and what to study next."""

from collections.abc import Iterator

from quiz_bank.bank import Bank
from quiz_bank.errors import FormulaError
from quiz_bank.exams import ExamReport, Result
from quiz_bank.grading import grade
from quiz_bank.text import Lang
from quiz_bank.variants import present
from tui.cli.quiz_home import percent
from tui.cli.quiz_text import shown, verdict_lines
from tui.i18n import t, t_or


def report_lines(found: ExamReport, bank: Bank, lang: Lang) -> Iterator[str]:
    """All of it, with why for what was not right."""
    mark = t("quiz_cli.passed") if found.passed else t("quiz_cli.failed")
    yield f"{percent(found.score)}  {mark}  {t('quiz_cli.pass_mark', mark=f'{found.pass_mark:.0%}')}"
    if not found.sure:
        yield t("quiz_cli.not_sure")
    minutes = round(found.seconds / 60)
    yield t("quiz_cli.answered", answered=found.answered, items=len(found.results), minutes=minutes)
    for heading, parts in (("by_topic", found.topics), ("by_kind", found.kinds)):
        yield f"\n{t(f'quiz_cli.{heading}')}"
        for part in parts:
            points = f"{part.points:>5.1f} / {part.items:<3} {percent(part.score)}"
            yield f"  {points}  {part.seconds / part.items:>4.0f} s  {_title(part.key, bank, lang)}"
    yield ""
    for result in found.results:
        yield from _result_lines(result, bank, lang)
    if found.study_next:
        yield f"\n{t('quiz_cli.study_next')}"
        for topic in found.study_next[:3]:
            yield f"  {_title(topic.topic, bank, lang)}{t('study.colon')}+{topic.gain:.0%}"


def _title(key: str, bank: Bank, lang: Lang) -> str:
    return bank.topics[key].title[lang] if key in bank.topics else t_or(f"study.kind_{key}", key)


def _result_lines(result: Result, bank: Bank, lang: Lang) -> Iterator[str]:
    item, given = result.item, result.given
    sign = "✓" if result.correct else "–" if given.answer is None else "✗"
    yield f"{sign} {item.place + 1}. {item.question}  {given.seconds:.0f} s"
    if result.correct or result.problem is not None:
        return
    try:
        variant = present(bank.question(item.question), item.seed, bank)
    except (KeyError, FormulaError):
        return
    if given.answer is None:
        yield f"    {shown(variant.explain, lang)}"
        return
    for line in verdict_lines(grade(variant, given.answer), lang):
        yield f"    {line}"
