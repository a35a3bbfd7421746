"""Our formulas in the syntax of Moodle's calculated questions, where Moodle has the means."""

import ast
from collections.abc import Mapping

from quiz_bank.formulas import names_in, parsed
from quiz_bank.questions import Value

_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_SAME_NAME = {"ceil", "floor", "round", "sqrt", "exp", "log", "log10", "min", "max", "abs", "cos", "sin"}


class NotInMoodleError(Exception):
    """Moodle's formulas have no such thing (comparisons, conditions, text)."""


def moodle_formula(formula: str, values: Mapping[str, Value]) -> str:
    """``formula`` with names as ``{name}``.

    Args:
        formula: One of ours.
        values: The names of one draw; those that are text cannot stand in a Moodle formula.

    Raises:
        NotInMoodleError: it cannot be said there.
        FormulaError: it is not a formula.
    """
    for name in names_in(formula):
        if isinstance(values.get(name), str):
            raise NotInMoodleError(f"{name} is text")
    return _written(parsed(formula))


def wildcard(name: str) -> str:
    """A name as Moodle allows it: ``facts.price`` becomes ``facts_price``."""
    return name.replace(".", "_")


def _written(node: ast.expr) -> str:
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    ):
        return repr(node.value)
    if isinstance(node, ast.Name):
        return "pi()" if node.id == "pi" else "{" + wildcard(node.id) + "}"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        return f"({'-' if isinstance(node.op, ast.USub) else ''}{_written(node.operand)})"
    if isinstance(node, ast.BinOp):
        left, right = _written(node.left), _written(node.right)
        if type(node.op) in _BINARY:
            return f"({left}{_BINARY[type(node.op)]}{right})"
        if isinstance(node.op, ast.Pow):
            return f"pow({left},{right})"
        if isinstance(node.op, ast.FloorDiv):
            return f"floor({left}/{right})"
        if isinstance(node.op, ast.Mod):
            return f"fmod({left},{right})"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        arguments = [_written(argument) for argument in node.args]
        if node.func.id == "log2" and len(arguments) == 1:
            return f"(log({arguments[0]})/log(2))"
        if node.func.id in _SAME_NAME:
            return f"{node.func.id}({','.join(arguments)})"
    raise NotInMoodleError(f"{type(node).__name__} has no counterpart")
