"""Lint of everything that varies: every formula over the whole parameter space, and what collides in some variant."""

from collections.abc import Iterator, Mapping

from quiz_bank.bank import Bank
from quiz_bank.drawing import figure_faults
from quiz_bank.errors import FormulaError
from quiz_bank.formulas import evaluate, names_in, number
from quiz_bank.grading import near
from quiz_bank.lint.findings import Report
from quiz_bank.lint.wording import placeholders_of
from quiz_bank.placeholders import fill, show_number
from quiz_bank.questions import Multi, Numeric, Question, Single, Value
from quiz_bank.spaces import Space
from quiz_bank.text import LANGUAGES
from quiz_bank.variants import number_text, with_values

SEEDS = 1000
_PICTURED = 12


def lint_spread(report: Report, question: Question, bank: Bank) -> None:
    """Walk through all combinations, or 1,000 seeds where there are more; each kind of fault is reported once."""
    try:
        space = bank.space(question)
        _unused(report, question)
        walk = _Walk(report, question, space)
        count = 0
        for values in _combinations(space):
            if count % max(1, min(space.size, SEEDS) // _PICTURED) == 0:
                walk.look(values)
            walk.compute(values)
            count += 1
        if not count:
            report.error("question", question.id, "require", "formula", "no combination meets it")
    except FormulaError as error:
        report.error("question", question.id, None, "formula", str(error))


def _combinations(space: Space) -> Iterator[dict[str, Value]]:
    if space.size <= SEEDS:
        yield from space.all()
    else:
        yield from (space.draw(seed) for seed in range(SEEDS))


class _Walk:
    """Checks one combination after another and remembers what it has said."""

    def __init__(self, report: Report, question: Question, space: Space) -> None:
        self.report = report
        self.question = question
        self.space = space
        self.said: set[tuple[str, str]] = set()
        self.placeholders = placeholders_of(question)

    def say(self, field: str, code: str, message: str, values: Mapping[str, Value]) -> None:
        if (field, code) in self.said:
            return
        self.said.add((field, code))
        used = ", ".join(f"{name}={value}" for name, value in list(values.items())[:8])
        self.report.error(
            "question", self.question.id, field, code, f"{message}{f' (with {used})' if used else ''}"
        )

    def look(self, values: dict[str, Value]) -> None:
        """The whole variant, pictures included, as a learner gets it."""
        try:
            variant = with_values(self.question, 0, self.space, values)
        except FormulaError as error:
            self.say("", "formula", str(error), values)
            return
        for i, figure in enumerate(variant.figures):
            for fault in figure_faults(figure):
                self.say(f"figure[{i}]", "figure", fault, values)

    def compute(self, values: dict[str, Value]) -> None:
        """Every formula of one combination, and the collisions that it makes."""
        try:
            names = self.space.names(values)
        except FormulaError as error:
            self.say("answer", "formula", str(error), values)
            return
        for field, formula, spec in self.placeholders:
            try:
                value = evaluate(formula, names)
                if not isinstance(value, str):
                    show_number(value, spec)
            except FormulaError as error:
                self.say(field, "formula", str(error), values)
        if isinstance(self.question, Numeric):
            self._mistakes(self.question, names, values)
        if isinstance(self.question, Single | Multi):
            self._options(self.question, names, values)

    def _mistakes(self, question: Numeric, names: Mapping[str, Value], values: dict[str, Value]) -> None:
        key = names["answer"]
        if isinstance(key, str):
            self.say("answer", "formula", f"gives the text {key!r}", values)
            return
        for mistake in question.mistakes:
            field = f"mistake.{mistake.name}"
            try:
                wrong = number(mistake.value, names)
                looks_same = number_text(question, wrong, names) == number_text(question, key, names)
            except FormulaError as error:
                self.say(field, "formula", str(error), values)
                continue
            if near(wrong, key, question.tolerance):
                self.say(field, "equals-key", f"{wrong:g} counts as the key {key:g}", values)
            elif looks_same and question.ask == "choice":
                self.say(
                    field, "equals-key", f"{wrong:g} looks like the key {key:g}: give more digits", values
                )

    def _options(
        self, question: Single | Multi, names: Mapping[str, Value], values: dict[str, Value]
    ) -> None:
        for lang in LANGUAGES:
            seen: dict[str, int] = {}
            for i, option in enumerate(question.options):
                try:
                    text = fill(option.text[lang], names).strip().casefold()
                except FormulaError:
                    continue  # already said of its placeholder
                if text in seen:
                    code = (
                        "equals-key"
                        if option.correct or question.options[seen[text]].correct
                        else "same-options"
                    )
                    self.say(
                        f"option[{i}].{lang}", code, f"reads like option[{seen[text]}]: {text!r}", values
                    )
                seen.setdefault(text, i)


def _unused(report: Report, question: Question) -> None:
    """Parameters and ``let`` names that nothing uses."""
    own = [*question.params, *question.let]
    if not own:
        return
    formulas = [formula for _, formula, _ in placeholders_of(question)]
    formulas += [*question.let.values(), *question.require]
    if isinstance(question, Numeric):
        formulas += [question.answer, *(mistake.value for mistake in question.mistakes)]
    used = {name for formula in formulas for name in names_in(formula)}
    used |= set(_figure_names(question))
    for name in own:
        if name not in used:
            report.warning("question", question.id, f"params.{name}", "unused-name", "nothing uses it")


def _figure_names(question: Question) -> Iterator[str]:
    for formula in _strings(question.figures):
        try:
            yield from names_in(formula)
        except FormulaError:
            continue  # a title or a label


def _strings(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from _strings(one)
    elif hasattr(part, "__struct_fields__"):
        for name in part.__struct_fields__:
            yield from _strings(getattr(part, name))
