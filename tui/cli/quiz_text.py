"""A question, its verdict and its pictures as plain lines, for terminals without the app and for pipes."""

from collections.abc import Iterable, Iterator

from metrics.clean import clean
from quiz_bank.answers import Verdict
from quiz_bank.bank import Bank
from quiz_bank.figures import Bars, Confusion, Figure, Histogram, Lines, Series, Steps, Table
from quiz_bank.formulas import number
from quiz_bank.grading import grade, right_answer
from quiz_bank.placeholders import fill_text, show_blanks, show_number
from quiz_bank.questions import Cloze, Numeric
from quiz_bank.text import Lang, Text
from quiz_bank.variants import Variant, number_text, set_figures
from tui.formula import plain

_BLOCKS = " ▁▂▃▄▅▆▇█"
_WAYS: dict[str, dict[Lang, str]] = {
    "single": {"en": "Choose one.", "zh": "单选：输入序号。"},
    "multi": {"en": "Choose all that apply, e.g. 1,3.", "zh": "多选：如 1,3。"},
    "boolean": {"en": "true or false.", "zh": "判断：对 或 错。"},
    "numeric": {"en": "Type a number.", "zh": "输入数值。"},
    "order": {
        "en": "Type the numbers in the right order, e.g. 2 1 3.",
        "zh": "按正确顺序输入序号，如 2 1 3。",
    },
    "match": {"en": "Type pairs of left=right, e.g. 1=2, 2=1.", "zh": "输入“左=右”的配对，如 1=2, 2=1。"},
    "cloze": {"en": "Type name=filling; name=filling.", "zh": "输入 空名=内容; 空名=内容。"},
    "spot": {"en": "Type the number of the wrong line.", "zh": "输入有问题的行号。"},
}


def shown(text: Text, lang: Lang) -> str:
    """One text, with formulas as Unicode and nothing in it that steers a terminal."""
    return clean(plain(text[lang]).replace("\\$", "$"))


def variant_lines(variant: Variant, bank: Bank, lang: Lang) -> Iterator[str]:
    """What a learner sees of a question before answering."""
    question = variant.question
    if question.set is not None and bank.place("set", question.set) is not None:
        context = bank.question_set(question.set)
        yield f"== {shown(context.title, lang)} =="
        yield shown(context.intro, lang)
        yield from _code(context.code, lang)
        for figure in set_figures(context):
            yield from figure_lines(figure, lang)
        yield ""
    prompt = shown(variant.prompt, lang)
    yield show_blanks(prompt, {blank: f"[{blank}: ____]" for blank in _blanks(variant)})
    for figure in variant.figures:
        yield from figure_lines(figure, lang)
    if variant.code is not None:
        gaps = {blank: f"[{blank}: ____]" for blank in _blanks(variant)}
        code = Text(*(show_blanks(variant.code[one], gaps) for one in ("en", "zh")))
        yield from _code(code, lang, numbered=question.kind == "spot")
    yield ""
    for i, left in enumerate(variant.lefts, start=1):
        yield f"  {i}. {shown(left.text, lang)}"
    if variant.lefts:
        yield "  --"
    for i, choice in enumerate(variant.choices, start=1):
        yield f"  {i}) {shown(choice.text, lang)}"
    if isinstance(question, Numeric) and variant.unit is not None and not variant.choices:
        yield f"  [{shown(variant.unit, lang)}]"
    kind = "single" if variant.choices and isinstance(question, Numeric) else question.kind
    yield _WAYS[kind][lang]


def key_lines(variant: Variant, lang: Lang) -> Iterator[str]:
    """The key, the feedback on every part, and the explanation: for authors."""
    yield {"en": "-- key", "zh": "-- 答案"}[lang]
    yield from verdict_lines(grade(variant, right_answer(variant)), lang)
    if isinstance(variant.question, Numeric) and not variant.choices:
        for mistake in variant.question.mistakes:
            value = number_text(variant.question, float(number(mistake.value, variant.names)), variant.names)
            yield f" ✗ {mistake.name}: {shown(value, lang)}"
            yield f"     {shown(fill_text(mistake.why, variant.names), lang)}"
    for i, hint in enumerate(variant.hints, start=1):
        yield {"en": f"Hint {i}: ", "zh": f"提示 {i}："}[lang] + shown(hint, lang)


def verdict_lines(verdict: Verdict, lang: Lang) -> Iterator[str]:
    """What a learner reads after answering."""
    word = {"en": ("Right", "Wrong"), "zh": ("答对了", "答错了")}[lang][not verdict.correct]
    yield word if verdict.score in (0.0, 1.0) else f"{word} ({verdict.score:.0%})"
    if verdict.read_as is not None:
        yield {"en": "Read as: ", "zh": "读作："}[lang] + shown(verdict.read_as, lang)
    for part in verdict.feedback:
        mark = "✓" if part.right else "✗" if part.chosen else " "
        chosen = {"en": " (yours)", "zh": "（你的选择）"}[lang] if part.chosen else ""
        yield f" {mark} {shown(part.text, lang)}{chosen}"
        if part.why[lang]:
            yield f"     {shown(part.why, lang)}"
    yield {"en": "Answer: ", "zh": "答案："}[lang] + shown(verdict.answer, lang)
    yield shown(verdict.explain, lang)
    if verdict.exam_note is not None:
        yield {"en": "Exam note: ", "zh": "考试口径："}[lang] + shown(verdict.exam_note, lang)


def figure_lines(figure: Figure, lang: Lang) -> Iterator[str]:
    """A picture as text: curves as rows of blocks with their ends, the others as tables."""
    yield f"[{shown(figure.title, lang)}]"
    if isinstance(figure, Lines):
        for series in figure.series:
            points = [float(y) for y in series.y if not isinstance(y, str)]
            known = [y for y in points if y == y]
            if known:
                ends = f"{show_number(points[0])} -> {show_number(points[-1])}"
                low, high = show_number(min(known)), show_number(max(known))
                yield f"  {shown(series.name, lang)}: {_blocks(points)}  {ends} ({low} .. {high})"
        across = [x for series in figure.series for x in _across(series)]
        if across:
            low, high = show_number(min(across)), show_number(max(across))
            yield f"  {shown(figure.x_label, lang)}: {low} .. {high};  {shown(figure.y_label, lang)}"
        for mark in figure.marks:
            yield f"  {shown(figure.x_label, lang)} {mark.x}: {shown(mark.label, lang)}"
    elif isinstance(figure, Histogram):
        for left, right, count in zip(figure.edges, figure.edges[1:], figure.counts, strict=False):
            yield f"  {left} .. {right}: {count}"
    elif isinstance(figure, Bars):
        for label, value in zip(figure.labels, figure.values, strict=True):
            yield f"  {shown(label, lang)}: {value}"
    elif isinstance(figure, Confusion):
        names = [shown(label, lang) for label in figure.labels]
        corner = {"en": "true \\ predicted", "zh": "真实 \\ 预测"}[lang]
        yield from _table(
            [[corner, *names], *([n, *map(str, r)] for n, r in zip(names, figure.matrix, strict=True))]
        )
    else:
        assert isinstance(figure, Table)
        head = [shown(cell, lang) for cell in figure.header]
        rows = [[shown(c, lang) if isinstance(c, Text) else str(c) for c in row] for row in figure.rows]
        yield from _table([head, *rows])


def _across(series: Series) -> tuple[float, ...]:
    return (series.x.start, series.x.stop) if isinstance(series.x, Steps) else series.x


def _blanks(variant: Variant) -> list[str]:
    return [blank.name for blank in variant.question.blanks] if isinstance(variant.question, Cloze) else []


def _code(code: Text | None, lang: Lang, numbered: bool = False) -> Iterator[str]:
    if code is None:
        return
    for i, line in enumerate(code[lang].rstrip("\n").split("\n"), start=1):
        yield f"  {i:>3} | {clean(line)}" if numbered else f"    {clean(line)}"


def _blocks(values: list[float]) -> str:
    known = [value for value in values if value == value]
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    step = max(1, len(values) // 40)
    sampled = values[::step]
    return "".join(" " if y != y else _BLOCKS[1 + round((y - low) / span * 7)] for y in sampled)


def _table(rows: Iterable[list[str]]) -> Iterator[str]:
    for row in rows:
        yield "  " + " | ".join(row)
