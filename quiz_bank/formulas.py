"""Formulas of numeric items: arithmetic over named values, evaluated by simpleeval under a stricter grammar.

A learner may open a deck from anywhere, so a formula must not be able to do anything but arithmetic, nor take long:
only names, numbers, strings, operators and a few functions parse, and powers are bounded.
"""

import ast
import math
import operator
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from simpleeval import SimpleEval

from quiz_bank.errors import FormulaError
from quiz_bank.questions import Value

_MAX_LENGTH = 400
_MAX_BITS = 1024


def _power(base: float, exponent: float) -> float:
    if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0:
        if base.bit_length() * exponent > _MAX_BITS:
            raise OverflowError("the power is too large")
        return int(base**exponent)
    result = base**exponent
    if isinstance(result, complex):
        raise ValueError("an even root of a negative number")
    return float(result)


def _round(value: float, digits: int = 0) -> float:
    if not -20 <= digits <= 20:
        raise ValueError("round takes -20 to 20 digits")
    return round(value, digits) if digits else round(value)


def _numbers_only(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Refuses text: ``"a" * 10 ** 9`` and ``"%999999999d" % 1`` would fill the memory."""

    def guarded(*operands: Any) -> Any:
        if any(isinstance(operand, str) for operand in operands):
            raise TypeError("text can be compared, not calculated with")
        return operation(*operands)

    return guarded


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ceil": math.ceil,
    "floor": math.floor,
    "round": _round,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "min": min,
    "max": max,
    "abs": abs,
    "cos": math.cos,
    "sin": math.sin,
}
CONSTANTS: dict[str, Value] = {"pi": math.pi}

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: _numbers_only(operator.add),
    ast.Sub: _numbers_only(operator.sub),
    ast.Mult: _numbers_only(operator.mul),
    ast.Div: _numbers_only(operator.truediv),
    ast.FloorDiv: _numbers_only(operator.floordiv),
    ast.Mod: _numbers_only(operator.mod),
    ast.Pow: _numbers_only(_power),
    ast.USub: _numbers_only(operator.neg),
    ast.UAdd: _numbers_only(operator.pos),
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_GRAMMAR = (
    *(ast.Expression, ast.Constant, ast.Name, ast.Load, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.And, ast.Or),
    *(ast.Compare, ast.IfExp, ast.Call, *_OPERATORS),
)


class _Parsed(ast.NodeTransformer):
    """Turns ``facts.price`` into one name and refuses everything outside the grammar."""

    def __init__(self, formula: str) -> None:
        self.formula = formula
        self.names: set[str] = set()

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.Attribute):
            if not (isinstance(node.value, ast.Name) and node.value.id == "facts"):
                raise FormulaError(self.formula, "a dot is only for facts.NAME")
            self.names.add(f"facts.{node.attr}")
            return ast.copy_location(ast.Name(f"facts.{node.attr}", ast.Load()), node)
        if not isinstance(node, _GRAMMAR):
            raise FormulaError(self.formula, f"{type(node).__name__} is not arithmetic")
        if isinstance(node, ast.Constant) and not isinstance(node.value, int | float | str):
            raise FormulaError(self.formula, f"{node.value!r} is neither a number nor a string")
        if isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords:
                known = ", ".join(sorted(FUNCTIONS))
                raise FormulaError(self.formula, f"unknown function; known are {known}")
            node.args = [self.visit(argument) for argument in node.args]
            return node
        if isinstance(node, ast.Name) and node.id not in CONSTANTS:
            self.names.add(node.id)
        return self.generic_visit(node)


@lru_cache(maxsize=20_000)
def _parse(formula: str) -> tuple[ast.expr, frozenset[str]]:
    if len(formula) > _MAX_LENGTH:
        raise FormulaError(
            formula[:40] + "...", f"longer than {_MAX_LENGTH} characters; use `let` for the parts"
        )
    try:
        tree = ast.parse(formula.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise FormulaError(formula, f"cannot be read: {reason}") from error
    parsed = _Parsed(formula)
    body = parsed.visit(tree).body
    assert isinstance(body, ast.expr)
    return body, frozenset(parsed.names)


def names_in(formula: str) -> frozenset[str]:
    """The names that ``formula`` needs, facts as ``facts.NAME``.

    Raises:
        FormulaError: it is not a formula.
    """
    return _parse(formula)[1]


def parsed(formula: str) -> ast.expr:
    """The syntax tree of ``formula``, facts as one name ``facts.NAME``, for writing it in another syntax.

    Raises:
        FormulaError: it is not a formula.
    """
    return _parse(formula)[0]


class _Evaluators(threading.local):
    """One evaluator a thread: its names are set before each use."""

    def __init__(self) -> None:
        self.one = SimpleEval(operators=_OPERATORS, functions=FUNCTIONS)


_evaluators = _Evaluators()


def evaluate(formula: str, names: Mapping[str, Value]) -> Value:
    """The value of ``formula``, where ``names`` holds parameters and ``facts.NAME`` entries.

    Raises:
        FormulaError: not a formula, a name is missing, or there is no finite value.
    """
    body, needed = _parse(formula)
    missing = sorted(name for name in needed if name not in names)
    if missing:
        known = ", ".join(sorted(name for name in names if not name.startswith("facts."))) or "none"
        raise FormulaError(formula, f"unknown name {', '.join(missing)}; known names: {known}")
    evaluator = _evaluators.one
    evaluator.names = {**CONSTANTS, **{name: names[name] for name in needed}}
    try:
        value = evaluator.eval(formula, previously_parsed=body)
    except ZeroDivisionError as error:
        raise FormulaError(formula, "divides by zero") from error
    except (ArithmeticError, ValueError, TypeError, RecursionError) as error:
        raise FormulaError(formula, str(error)) from error
    if isinstance(value, str):
        return value
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise FormulaError(formula, f"gives {value}, which is not a finite number")
    return value


def number(formula: str | int | float, names: Mapping[str, Value]) -> int | float:
    """The numeric value of a formula, or the number itself.

    Raises:
        FormulaError: see ``evaluate``; or the value is text.
    """
    if not isinstance(formula, str):
        return formula
    value = evaluate(formula, names)
    if isinstance(value, str):
        raise FormulaError(formula, f"gives the text {value!r}, not a number")
    return value
