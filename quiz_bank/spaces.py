"""The parameter space of a question: what may be drawn, one draw, all combinations."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from quiz_bank.errors import FormulaError
from quiz_bank.formulas import CONSTANTS, FUNCTIONS, evaluate
from quiz_bank.questions import Numeric, Param, Question, Value
from quiz_bank.seeds import Draws

_MAX_STEPS = 100_000
_TRIES = 200
RESERVED = {"answer", "facts", "x", *FUNCTIONS, *CONSTANTS}


class Space:
    """Everything that the parameters of one question can be.

    An axis is a list of records; independent parameters are axes of one name, cases are one axis of several.
    """

    def __init__(
        self,
        question: Question,
        facts: Mapping[str, Value] | None = None,
        table: Sequence[Mapping[str, Value]] = (),
    ) -> None:
        """Build the space.

        Args:
            question: The item.
            facts: Values of ``facts.NAME``, keyed so.
            table: Rows of the shared table that the item names.

        Raises:
            FormulaError: a parameter is empty, a range has no steps, a row is missing, or a name is taken twice.
        """
        self.question = question
        self.facts = dict(facts or {})
        self.axes: list[list[dict[str, Value]]] = [
            [{name: value} for value in _values(name, param)] for name, param in question.params.items()
        ]
        if question.cases:
            self.axes.append([dict(case) for case in question.cases])
        if question.table is not None:
            self.axes.append(_rows(question, table))
        names = [name for axis in self.axes for name in axis[0]] + list(question.let)
        for name in names:
            if names.count(name) > 1 or name in RESERVED:
                raise FormulaError(name, "the name is taken twice, or is a function's")
        for axis in self.axes:
            if any(record.keys() != axis[0].keys() for record in axis):
                raise FormulaError(", ".join(axis[0]), "all cases must have the same names")

    @property
    def size(self) -> int:
        """Number of combinations, before ``require``."""
        return math.prod(len(axis) for axis in self.axes)

    def values(self, records: Sequence[Mapping[str, Value]]) -> dict[str, Value] | None:
        """All names of one combination, ``let`` included; None where a condition is not met.

        Raises:
            FormulaError: a ``let`` or ``require`` cannot be evaluated.
        """
        values: dict[str, Value] = {name: value for record in records for name, value in record.items()}
        names = {**self.facts, **values}
        for name, formula in self.question.let.items():
            names[name] = values[name] = evaluate(formula, names)
        return values if all(evaluate(condition, names) for condition in self.question.require) else None

    def draw(self, seed: int) -> dict[str, Value]:
        """The values for one seed.

        Raises:
            FormulaError: no combination meets ``require``, or a formula fails.
        """
        draws = Draws(self.question.id, seed, "values")
        for _ in range(_TRIES):
            values = self.values([draws.choice(axis) for axis in self.axes])
            if values is not None:
                return values
        allowed = [values for values in itertools.islice(self.all(), _MAX_STEPS) if values]
        if not allowed:
            raise FormulaError("; ".join(self.question.require), "no combination meets it")
        return draws.choice(allowed)

    def all(self) -> Iterator[dict[str, Value]]:
        """Every combination that meets ``require``, in the order of the file.

        Raises:
            FormulaError: a formula fails.
        """
        for records in itertools.product(*self.axes):
            values = self.values(records)
            if values is not None:
                yield values

    def names(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """Everything a formula or placeholder may name: values, facts, and the key of a numeric item.

        Raises:
            FormulaError: the key cannot be evaluated.
        """
        names = {**self.facts, **values}
        if isinstance(self.question, Numeric):
            names["answer"] = evaluate(self.question.answer, names)
        return names


def _values(name: str, param: Param) -> list[Value]:
    if param.choice:
        if param.min is not None or param.max is not None or param.step is not None:
            raise FormulaError(name, "has both `choice` and a range")
        return list(param.choice)
    if param.min is None or param.max is None or param.step is None:
        raise FormulaError(name, "needs `choice`, or `min`, `max` and `step`")
    if not (param.step > 0 and param.max >= param.min):
        raise FormulaError(name, "`step` must be positive and `max` no less than `min`")
    count = math.floor((param.max - param.min) / param.step + 1e-9) + 1
    if count > _MAX_STEPS:
        raise FormulaError(name, f"has more than {_MAX_STEPS:,} steps")
    whole = all(isinstance(part, int) for part in (param.min, param.step))
    # Rounding keeps 0.1 + 2 * 0.1 at 0.3, as the author meant.
    return [
        param.min + i * param.step if whole else round(param.min + i * param.step, 12) for i in range(count)
    ]


def _rows(question: Question, table: Sequence[Mapping[str, Value]]) -> list[dict[str, Value]]:
    if not table:
        raise FormulaError(str(question.table), "there is no such table")
    by_name = {str(row["name"]): dict(row) for row in table}
    missing = [name for name in question.rows if name not in by_name]
    if missing:
        raise FormulaError(
            str(question.table), f"has no row {', '.join(missing)}; rows: {', '.join(by_name)}"
        )
    return [by_name[name] for name in question.rows] if question.rows else list(by_name.values())
