"""What stands for numbers while a Python function is followed, and what can be done with it.

Operators, the functions of numpy, ``math`` and ``scipy.special`` that the language of formulas has, ``where``, comparisons, and
``mean`` or ``sum`` over data can be followed. What depends on a value that only a descent knows, such as ``if x > 0``, cannot,
and is refused with the line.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import numpy as np

from ._refusal import refuse

if TYPE_CHECKING:
    from ._capture import Capture

__all__ = ["Condition", "Expression", "mean", "sum", "where"]

# What numpy's functions become, by their names. `_tables` fills them: it needs what is here, and numpy asks here.
FUNCTIONS: dict[str, Callable[..., Any]] = {}
UFUNCS: dict[str, Callable[..., Any]] = {}
ARRAY_FUNCTIONS: dict[str, Callable[..., Any]] = {}


# How tightly each form binds.
_COMPARE, SUM, PRODUCT, _SIGN, _POWER, WHOLE = range(6)


class Expression:
    """What a name, or a calculation with names, stands for while a function is followed."""

    __slots__ = ("_text", "_level", "_parts", "over_rows")
    __pandas_priority__ = 5000
    __hash__ = object.__hash__

    #: Whether it has a value for every row of the data.
    over_rows: bool

    def __init__(self, text: str, level: int, parts: Sequence[Expression] = (), over_rows: bool | None = None) -> None:
        # With `{0}`, `{1}`, … for the parts.
        self._text = text
        self._level = level
        self._parts = tuple(parts)
        self.over_rows = any(part.over_rows for part in parts) if over_rows is None else over_rows

    def __repr__(self) -> str:
        return written(self, {})

    # Arithmetic.
    def __add__(self, other: Any) -> Any:
        return binary("+", SUM, self, other)

    def __radd__(self, other: Any) -> Any:
        return binary("+", SUM, other, self)

    def __sub__(self, other: Any) -> Any:
        return binary("-", SUM, self, other)

    def __rsub__(self, other: Any) -> Any:
        return binary("-", SUM, other, self)

    def __mul__(self, other: Any) -> Any:
        return binary("*", PRODUCT, self, other)

    def __rmul__(self, other: Any) -> Any:
        return binary("*", PRODUCT, other, self)

    def __truediv__(self, other: Any) -> Any:
        return binary("/", PRODUCT, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return binary("/", PRODUCT, other, self)

    def __pow__(self, other: Any) -> Any:
        return power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return power(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return call("floor", self / other)

    def __rfloordiv__(self, other: Any) -> Any:
        return call("floor", other / self)

    def __mod__(self, other: Any) -> Any:
        return self - other * (self // other)

    def __rmod__(self, other: Any) -> Any:
        return other - self * (other // self)

    def __neg__(self) -> Any:
        one = expression(self)
        return Expression(f"-{_inside(one, _SIGN, 0)}", _SIGN, [one])

    def __pos__(self) -> Any:
        return expression(self)

    def __abs__(self) -> Any:
        return call("abs", self)

    def __floor__(self) -> Any:
        return call("floor", self)

    def __ceil__(self) -> Any:
        return -call("floor", -self)

    # Comparisons.
    def __lt__(self, other: Any) -> Any:
        return compare("<", self, other)

    def __le__(self, other: Any) -> Any:
        return compare("<=", self, other)

    def __gt__(self, other: Any) -> Any:
        return compare(">", self, other)

    def __ge__(self, other: Any) -> Any:
        return compare(">=", self, other)

    def __eq__(self, other: Any) -> Any:
        return compare("==", self, other)

    def __ne__(self, other: Any) -> Any:
        return ~compare("==", self, other)

    # What needs a value that nobody has yet.
    def __bool__(self) -> bool:
        refuse(
            "what happens next depends on a value that only a descent knows",
            "use numpy.where(condition, a, b), numpy.maximum or numpy.minimum, and (a < x) & (x < b) for two conditions",
        )

    def __float__(self) -> float:
        refuse("a number is needed here, and there is only a name", "use the function of numpy, such as numpy.sin")

    def __int__(self) -> int:
        refuse("a whole number is needed here, and there is only a name", "use numpy.floor, or a number")

    __index__ = __int__
    __complex__ = __float__

    def __iter__(self) -> Any:
        refuse("a parameter is one number, and has no parts", "give every number a name of its own")

    def __getitem__(self, key: Any) -> Any:
        refuse("a parameter is one number, and rows are not taken one by one", "give every number a name of its own")

    def __matmul__(self, other: Any) -> Any:
        refuse("a parameter is one number, and no matrix", "write the sum out, as in w1*x1 + w2*x2")

    __rmatmul__ = __matmul__

    # As an array has them.
    def mean(self, axis: Any = None) -> Any:
        return mean(self)

    def sum(self, axis: Any = None) -> Any:
        return sum(self)

    def max(self, axis: Any = None) -> Any:
        return over_rows_of("max", self)

    def min(self, axis: Any = None) -> Any:
        return over_rows_of("min", self)

    def clip(self, lo: Any, hi: Any) -> Any:
        return clip(self, lo, hi)

    def __getattr__(self, name: str) -> Any:
        # numpy asks an array of objects for their methods.
        if name in FUNCTIONS:
            return lambda *others: FUNCTIONS[name](self, *others)
        raise AttributeError(f"a name that is followed has no `{name}`")

    # numpy.
    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        name = ufunc.__name__
        if method == "reduce" and name in ("add", "maximum", "minimum"):
            reduced: dict[str, Callable[[Any], Any]] = {
                "add": sum,
                "maximum": lambda one: over_rows_of("max", one),
                "minimum": lambda one: over_rows_of("min", one),
            }
            return reduced[name](inputs[0])
        if method != "__call__" or any(options.get(key) is not None for key in ("out", "dtype")):
            refuse(f"numpy.{name}.{method} cannot be followed", "write it out")
        if name not in UFUNCS:
            refuse(f"formulas have no numpy.{name}", f"they have {', '.join(sorted(UFUNCS))}")
        if any(isinstance(one, np.ndarray) and one.dtype == object for one in inputs):
            plain = [one if isinstance(one, np.ndarray) else _boxed(one) for one in inputs]
            return np.frompyfunc(UFUNCS[name], len(inputs), 1)(*plain)
        return UFUNCS[name](*inputs)

    def __array_function__(self, function: Any, _types: Any, arguments: Any, options: Any) -> Any:
        name = function.__name__
        if name not in ARRAY_FUNCTIONS:
            refuse(f"formulas have no numpy.{name}", f"they have {', '.join(sorted(ARRAY_FUNCTIONS))}")
        options = {key: value for key, value in options.items() if value is not None and key != "axis"}
        return ARRAY_FUNCTIONS[name](*arguments, **options)


class Condition(Expression):
    """What holds or not: for ``where``; elsewhere it is 1 or 0."""

    __slots__ = ("_kind",)

    def __init__(self, kind: str, text: str, parts: Sequence[Expression]) -> None:
        super().__init__(text, _COMPARE, parts)
        self._kind = kind

    def __and__(self, other: Any) -> Condition:
        return Condition("and", "", [self, condition_of(other)])

    __rand__ = __and__

    def __or__(self, other: Any) -> Condition:
        return Condition("or", "", [self, condition_of(other)])

    __ror__ = __or__

    def __invert__(self) -> Condition:
        return Condition("not", "", [self])

    def chosen(self, then: Any, other: Any) -> Expression:
        """``then`` where it holds, else ``other``."""
        if self._kind == "compare":
            return Expression("select({0}, {1}, {2})", WHOLE, [self, expression(then), expression(other)])
        first = self._parts[0]
        assert isinstance(first, Condition)
        if self._kind == "not":
            return first.chosen(other, then)
        second = self._parts[1]
        assert isinstance(second, Condition)
        if self._kind == "and":
            return first.chosen(second.chosen(then, other), other)
        return first.chosen(then, second.chosen(then, other))


#: What is captured by the function that is followed; every thread follows its own.
CAPTURE: ContextVar[Capture | None] = ContextVar("CAPTURE", default=None)


def expression(value: Any) -> Expression:
    if isinstance(value, Condition):
        return value.chosen(1, 0)
    if isinstance(value, Expression):
        return value
    if isinstance(value, (bool, np.bool_)):
        return Expression(str(int(value)), WHOLE)
    if isinstance(value, (np.integer, np.floating)) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return expression(value.item())
    if isinstance(value, (int, float)):
        return _number(value)
    capture = CAPTURE.get()
    if capture is not None and np.ndim(value) > 0 and not isinstance(value, (str, bytes)):
        return capture.column(value)
    refuse(f"a {type(value).__name__} stands in no formula", "use numbers, names and arrays of numbers")


def _number(value: int | float) -> Expression:
    if not math.isfinite(value):
        refuse(f"{value} is not a finite number", "formulas hold finite ones")
    text = repr(value)
    return Expression(f"({text})" if value < 0 else text, WHOLE)


def condition_of(value: Any) -> Condition:
    if isinstance(value, Condition):
        return value
    if isinstance(value, (bool, np.bool_)):
        return compare("==", int(value), 1)
    refuse("a condition is needed here", "compare two values, such as x > 0")


def _boxed(value: Any) -> Any:
    box = np.empty((), dtype=object)
    box[()] = value
    return box


def _inside(part: Expression, level: int, at: int) -> str:
    return f"{{{at}}}" if part._level >= level else f"({{{at}}})"


def _elementwise(make: Callable[[Any, Any], Any], one: Any, other: Any) -> Any:
    """Over an array of expressions."""
    arrays = [value if isinstance(value, np.ndarray) else _boxed(value) for value in (one, other)]
    return np.frompyfunc(make, 2, 1)(*arrays)


def _is_array_of_names(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == object


def binary(sign: str, level: int, one: Any, other: Any) -> Any:
    if _is_array_of_names(one) or _is_array_of_names(other):
        return _elementwise(lambda a, b: binary(sign, level, a, b), one, other)
    left, right = expression(one), expression(other)
    blank = " " if level == SUM else ""
    text = f"{_inside(left, level, 0)}{blank}{sign}{blank}{_inside(right, level + 1, 1)}"
    return Expression(text, level, [left, right])


def power(one: Any, other: Any) -> Any:
    if _is_array_of_names(one) or _is_array_of_names(other):
        return _elementwise(power, one, other)
    left, right = expression(one), expression(other)
    return Expression(f"{_inside(left, WHOLE, 0)}^{_inside(right, WHOLE, 1)}", _POWER, [left, right])


def compare(sign: str, one: Any, other: Any) -> Condition:
    left, right = expression(one), expression(other)
    return Condition("compare", f"{_inside(left, SUM, 0)} {sign} {_inside(right, SUM, 1)}", [left, right])


def call(name: str, *values: Any) -> Expression:
    parts = [expression(value) for value in values]
    listed = ", ".join(f"{{{at}}}" for at in range(len(parts)))
    return Expression(f"{name}({listed})", WHOLE, parts)


def over_rows_of(name: str, value: Any) -> Any:
    """Of one number it is that number."""
    one = expression(value)
    return Expression(f"{name}({{0}})", WHOLE, [one], over_rows=False) if one.over_rows else one


def mean(value: Any) -> Any:
    """The mean over the rows of the data."""
    return over_rows_of("mean", value)


def sum(value: Any) -> Any:
    """The sum over the rows of the data, or of several values."""
    if isinstance(value, (list, tuple)) or _is_array_of_names(value):
        return builtins.sum(np.ravel(np.array(value, dtype=object)).tolist())
    return over_rows_of("sum", value)


def where(condition: Any, then: Any, other: Any) -> Any:
    """``then`` where the condition holds, else ``other``."""
    if not isinstance(condition, Expression) and not any(isinstance(one, Expression) for one in (then, other)):
        return np.where(condition, then, other)
    return condition_of(condition).chosen(then, other)


def clip(value: Any, lo: Any = None, hi: Any = None) -> Any:
    """No less than ``lo``, and no more than ``hi``."""
    value = value if lo is None else call("max", value, lo)
    return value if hi is None else call("min", value, hi)


def written(root: Expression, names: dict[int, str]) -> str:
    """The text, with names for some of its parts."""
    texts: dict[int, str] = {}
    todo = [(root, False)]
    while todo:
        part, done = todo.pop()
        if id(part) in texts:
            continue
        if part is not root and id(part) in names:
            texts[id(part)] = names[id(part)]
        elif done or not part._parts:
            texts[id(part)] = part._text.format(*(texts[id(one)] for one in part._parts))
        else:
            todo.append((part, True))
            todo.extend((one, False) for one in part._parts)
    return texts[id(root)]
