"""Python functions as formulas: a function is called once, with names in place of numbers, and what it does is written down."""

from __future__ import annotations

import builtins
import inspect
import math
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._capture import Capture
from ._expressions import CAPTURE, WHOLE, Condition, Expression, expression, written
from ._refusal import TracingError, refuse
from ._tables import FUNCTIONS, MATH

__all__ = ["Traced", "formula_of"]


class _Math(types.ModuleType):
    """``math`` while a function is followed."""

    def __getattr__(self, name: str) -> Any:
        return _followed(name, getattr(math, name))


def _followed(name: str, plain: Any) -> Any:
    """A function of ``math`` that takes names too."""
    if not callable(plain):
        return plain

    def called(*values: Any) -> Any:
        if not any(isinstance(value, Expression) for value in values):
            return plain(*values)
        make = MATH.get(name) or FUNCTIONS.get(name)
        if make is None:
            refuse(f"formulas have no math.{name}", f"they have {', '.join(sorted(FUNCTIONS))}")
        return make(*values)

    return called


def _with_math(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function with ``math`` that can be followed, wherever it has it from."""
    if not isinstance(function, types.FunctionType):
        return function
    shim = _Math("math")

    def in_place(value: Any) -> Any:
        if value is math:
            return shim
        if isinstance(value, types.BuiltinFunctionType) and value.__module__ == "math":
            return _followed(value.__name__, value)
        return value

    globals_ = {name: in_place(value) for name, value in function.__globals__.items()}
    cells = tuple(types.CellType(in_place(cell.cell_contents)) for cell in function.__closure__ or ())
    copy = types.FunctionType(function.__code__, globals_, function.__name__, function.__defaults__, cells or None)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


@dataclass(frozen=True)
class Traced:
    """A formula, with what it takes from around the function."""

    text: str
    #: Arguments with a number for a default.
    constants: dict[str, float]
    #: Arrays that the function uses without being given them.
    columns: dict[str, Any]


def formula_of(objective: Any, columns: Sequence[str] = ()) -> Traced:
    """A Python function, or an expression of sympy, as a formula. ``columns`` are names of data.

    Raises
    ------
    TracingError
        What no formula can say, with the line.
    TypeError
        What is neither a text, nor a function, nor an expression.
    """
    if type(objective).__module__.split(".")[0] == "sympy":
        objective = _of_sympy(objective)
    if not callable(objective):
        raise TypeError(
            f"expected a formula, a name of the catalog, a function or an expression of sympy, not {type(objective).__name__}"
        )
    given = inspect.signature(objective).parameters.values()
    if any(one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD) for one in given):
        raise TypeError("a function with * or ** has no names for its parameters; give every number a name")
    defaults = {one.name: one.default for one in given if one.default is not one.empty}
    constants = {
        name: float(value)
        for name, value in defaults.items()
        if isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    }
    values = {
        one.name: defaults[one.name]
        if one.name in defaults and one.name not in constants
        else Expression(one.name, WHOLE, over_rows=one.name in columns)
        for one in given
    }
    capture = Capture(_names_around(objective), {*values, *columns})
    before = CAPTURE.set(capture)
    try:
        positional = [values[one.name] for one in given if one.kind is one.POSITIONAL_ONLY]
        named = {one.name: values[one.name] for one in given if one.kind is not one.POSITIONAL_ONLY}
        result = _with_math(objective)(*positional, **named)
        if isinstance(result, np.ndarray) and result.size == 1:
            result = result.item()
        if not isinstance(result, Expression):
            raise TracingError(f"the function gives {result!r}, which depends on none of its parameters")
        return Traced(_text(expression(result), capture.taken), constants, capture.columns)
    finally:
        CAPTURE.reset(before)


def _names_around(function: Any) -> dict[int, str]:
    """What the arrays are called that a function can see."""
    around: dict[str, Any] = {}
    code = getattr(function, "__code__", None)
    if code is not None:
        around.update({name: function.__globals__.get(name) for name in code.co_names})
        cells = function.__closure__ or ()
        around.update({name: cell.cell_contents for name, cell in zip(code.co_freevars, cells)})
    return {id(value): name for name, value in around.items() if hasattr(value, "__array__")}


def _of_sympy(expression: Any) -> Callable[..., Any]:
    import sympy

    symbols = sorted(expression.free_symbols, key=lambda symbol: str(symbol))
    if not symbols:
        raise TracingError(f"{expression} has no names")
    made = sympy.lambdify(symbols, expression, modules="numpy")
    names = [str(symbol) for symbol in symbols]

    def called(**values: Any) -> Any:
        return made(*(values[name] for name in names))

    kind = inspect.Parameter.KEYWORD_ONLY
    called.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])  # type: ignore[attr-defined]
    return called


#: Longer texts have names for what occurs in them more than once.
_LONG = 400


def _text(root: Expression, taken: set[str]) -> str:
    order, uses, sizes = _surveyed(root)
    names: dict[int, str] = {}
    lines: list[str] = []
    if sizes[id(root)] > _LONG:
        for part in order[:-1]:
            if uses[id(part)] > 1 and sizes[id(part)] > 12 and not isinstance(part, Condition):
                text = written(part, names)
                names[id(part)] = next(f"t{at}" for at in range(len(lines) + 1, 1 << 20) if f"t{at}" not in taken)
                lines.append(f"{names[id(part)]} = {text}; ")
    return "".join(lines) + written(root, names)


def _surveyed(root: Expression) -> tuple[list[Expression], dict[int, int], dict[int, int]]:
    """All parts, each after its own, with how often each is used and how long its text would be."""
    order: list[Expression] = []
    uses: dict[int, int] = {}
    sizes: dict[int, int] = {}
    todo = [(root, False)]
    while todo:
        part, done = todo.pop()
        if done:
            if id(part) not in sizes:
                sizes[id(part)] = len(part._text) + builtins.sum(sizes[id(one)] for one in part._parts)
                order.append(part)
            continue
        uses[id(part)] = uses.get(id(part), 0) + 1
        if uses[id(part)] == 1:
            todo.append((part, True))
            todo.extend((one, False) for one in part._parts)
    return order, uses, sizes
