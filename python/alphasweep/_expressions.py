"""What stands for numbers while a Python function is followed, and what can be done with it.

Operators, the functions of numpy, ``math`` and ``scipy.special`` that the language of formulas has, ``where``, comparisons, and
``mean`` or ``sum`` over data can be followed. What depends on a value that only a descent knows, such as ``if x > 0``, cannot,
and is refused with the line.
"""

from __future__ import annotations

import builtins
import linecache
import math
import os
import sys
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

__all__ = ["Capture", "Condition", "Expression", "TracingError", "mean", "sum", "where"]


class TracingError(ValueError):
    """A function does what no formula can say; the message has the line."""


_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def refuse(what: str, instead: str) -> NoReturn:
    """Names the line of the function that was at it."""
    frame = sys._getframe(1)
    numpys = os.path.dirname(os.path.abspath(np.__file__)) + os.sep
    while frame.f_back is not None and os.path.abspath(frame.f_code.co_filename).startswith((_HERE, numpys)):
        frame = frame.f_back
    name, number = frame.f_code.co_filename, frame.f_lineno
    line = linecache.getline(name, number).strip()
    shown = f": {line}" if line else ""
    raise TracingError(f"{os.path.basename(name)}, line {number}{shown}\n  {what}; {instead}")


# How tightly each form binds.
_COMPARE, _SUM, _PRODUCT, _SIGN, _POWER, WHOLE = range(6)


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
        return _binary("+", _SUM, self, other)

    def __radd__(self, other: Any) -> Any:
        return _binary("+", _SUM, other, self)

    def __sub__(self, other: Any) -> Any:
        return _binary("-", _SUM, self, other)

    def __rsub__(self, other: Any) -> Any:
        return _binary("-", _SUM, other, self)

    def __mul__(self, other: Any) -> Any:
        return _binary("*", _PRODUCT, self, other)

    def __rmul__(self, other: Any) -> Any:
        return _binary("*", _PRODUCT, other, self)

    def __truediv__(self, other: Any) -> Any:
        return _binary("/", _PRODUCT, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _binary("/", _PRODUCT, other, self)

    def __pow__(self, other: Any) -> Any:
        return _power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return _power(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return _call("floor", self / other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _call("floor", other / self)

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
        return _call("abs", self)

    def __floor__(self) -> Any:
        return _call("floor", self)

    def __ceil__(self) -> Any:
        return -_call("floor", -self)

    # Comparisons.
    def __lt__(self, other: Any) -> Any:
        return _compare("<", self, other)

    def __le__(self, other: Any) -> Any:
        return _compare("<=", self, other)

    def __gt__(self, other: Any) -> Any:
        return _compare(">", self, other)

    def __ge__(self, other: Any) -> Any:
        return _compare(">=", self, other)

    def __eq__(self, other: Any) -> Any:
        return _compare("==", self, other)

    def __ne__(self, other: Any) -> Any:
        return ~_compare("==", self, other)

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
        return _over_rows("max", self)

    def min(self, axis: Any = None) -> Any:
        return _over_rows("min", self)

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
                "maximum": lambda one: _over_rows("max", one),
                "minimum": lambda one: _over_rows("min", one),
            }
            return reduced[name](inputs[0])
        if method != "__call__" or any(options.get(key) is not None for key in ("out", "dtype")):
            refuse(f"numpy.{name}.{method} cannot be followed", "write it out")
        if name not in _UFUNCS:
            refuse(f"formulas have no numpy.{name}", f"they have {', '.join(sorted(_UFUNCS))}")
        if any(isinstance(one, np.ndarray) and one.dtype == object for one in inputs):
            plain = [one if isinstance(one, np.ndarray) else _boxed(one) for one in inputs]
            return np.frompyfunc(_UFUNCS[name], len(inputs), 1)(*plain)
        return _UFUNCS[name](*inputs)

    def __array_function__(self, function: Any, _types: Any, arguments: Any, options: Any) -> Any:
        name = function.__name__
        if name not in _ARRAY_FUNCTIONS:
            refuse(f"formulas have no numpy.{name}", f"they have {', '.join(sorted(_ARRAY_FUNCTIONS))}")
        options = {key: value for key, value in options.items() if value is not None and key != "axis"}
        return _ARRAY_FUNCTIONS[name](*arguments, **options)


class Column(Expression):
    """A column of the data, whose rows can be counted."""

    __slots__ = ("size",)

    size: int

    def __init__(self, name: str, size: int) -> None:
        super().__init__(name, WHOLE, over_rows=True)
        self.size = size

    def __len__(self) -> int:
        return self.size

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.size,)


class Condition(Expression):
    """What holds or not: for ``where``; elsewhere it is 1 or 0."""

    __slots__ = ("_kind",)

    def __init__(self, kind: str, text: str, parts: Sequence[Expression]) -> None:
        super().__init__(text, _COMPARE, parts)
        self._kind = kind

    def __and__(self, other: Any) -> Condition:
        return Condition("and", "", [self, _condition(other)])

    __rand__ = __and__

    def __or__(self, other: Any) -> Condition:
        return Condition("or", "", [self, _condition(other)])

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


@dataclass
class Capture:
    """Arrays that a function uses without being given them."""

    #: Names of arrays by where they are.
    known: dict[int, str]
    taken: set[str]
    columns: dict[str, Any] = field(default_factory=dict)
    seen: dict[int, tuple[Any, Column]] = field(default_factory=dict)

    def column(self, values: Any) -> Column:
        if id(values) in self.seen:
            return self.seen[id(values)][1]
        array = np.asarray(values)
        if array.ndim != 1 or array.dtype.kind not in "iufb":
            refuse(f"an array of the shape {array.shape} is no column", "use one array per column")
        lengths = {len(other) for other in self.columns.values()}
        if lengths and len(array) not in lengths:
            refuse(f"this column has {len(array)} rows, and others have {lengths.pop()}", "use rows that belong together")
        name = getattr(values, "name", None) or self.known.get(id(values))
        if not isinstance(name, str) or not name.isidentifier() or name in self.taken:
            name = next(f"x{at}" for at in range(1, 1 << 16) if f"x{at}" not in self.taken)
        self.taken.add(name)
        self.columns[name] = array
        # What is seen must live, or another would have its place.
        self.seen[id(values)] = (values, Column(name, len(array)))
        return self.seen[id(values)][1]


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


def _condition(value: Any) -> Condition:
    if isinstance(value, Condition):
        return value
    if isinstance(value, (bool, np.bool_)):
        return _compare("==", int(value), 1)
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


def _binary(sign: str, level: int, one: Any, other: Any) -> Any:
    if _is_array_of_names(one) or _is_array_of_names(other):
        return _elementwise(lambda a, b: _binary(sign, level, a, b), one, other)
    left, right = expression(one), expression(other)
    blank = " " if level == _SUM else ""
    text = f"{_inside(left, level, 0)}{blank}{sign}{blank}{_inside(right, level + 1, 1)}"
    return Expression(text, level, [left, right])


def _power(one: Any, other: Any) -> Any:
    if _is_array_of_names(one) or _is_array_of_names(other):
        return _elementwise(_power, one, other)
    left, right = expression(one), expression(other)
    return Expression(f"{_inside(left, WHOLE, 0)}^{_inside(right, WHOLE, 1)}", _POWER, [left, right])


def _compare(sign: str, one: Any, other: Any) -> Condition:
    left, right = expression(one), expression(other)
    return Condition("compare", f"{_inside(left, _SUM, 0)} {sign} {_inside(right, _SUM, 1)}", [left, right])


def _call(name: str, *values: Any) -> Expression:
    parts = [expression(value) for value in values]
    listed = ", ".join(f"{{{at}}}" for at in range(len(parts)))
    return Expression(f"{name}({listed})", WHOLE, parts)


def _over_rows(name: str, value: Any) -> Any:
    """Of one number it is that number."""
    one = expression(value)
    return Expression(f"{name}({{0}})", WHOLE, [one], over_rows=False) if one.over_rows else one


def mean(value: Any) -> Any:
    """The mean over the rows of the data."""
    return _over_rows("mean", value)


def sum(value: Any) -> Any:
    """The sum over the rows of the data, or of several values."""
    if isinstance(value, (list, tuple)) or _is_array_of_names(value):
        return builtins.sum(np.ravel(np.array(value, dtype=object)).tolist())
    return _over_rows("sum", value)


def where(condition: Any, then: Any, other: Any) -> Any:
    """``then`` where the condition holds, else ``other``."""
    if not isinstance(condition, Expression) and not any(isinstance(one, Expression) for one in (then, other)):
        return np.where(condition, then, other)
    return _condition(condition).chosen(then, other)


def clip(value: Any, lo: Any = None, hi: Any = None) -> Any:
    """No less than ``lo``, and no more than ``hi``."""
    value = value if lo is None else _call("max", value, lo)
    return value if hi is None else _call("min", value, hi)


def _select(conditions: Any, choices: Any, default: Any = 0) -> Any:
    # What is chosen where no condition holds may be no number, where one always does.
    pairs = list(zip(conditions, choices))
    if isinstance(default, float) and math.isnan(default):
        default = pairs.pop()[1]
    for condition, choice in reversed(pairs):
        default = choice if condition is True else _condition(condition).chosen(choice, default)
    return default


def _log(value: Any, base: Any = None) -> Any:
    return _call("ln", value) if base is None else _call("ln", value) / math.log(base)


def _of(name: str) -> Callable[..., Any]:
    return lambda *values: _call(name, *values)


#: Functions of the language, and how others are made of them.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{
        name: _of(name)
        for name in (
            "exp log2 sqrt abs sign sin cos tan tanh sigmoid softplus atan sinh cosh log1p expm1 cbrt erf erfc gelu floor "
            "min max atan2 hypot logsumexp relu log10 asin acos huber"
        ).split()
    },
    "log": _log,
    "ln": _log,
    "ceil": lambda x: -_call("floor", -expression(x)),
    "exp2": lambda x: _power(2, x),
    "square": lambda x: _power(x, 2),
    "reciprocal": lambda x: _binary("/", _PRODUCT, 1, x),
    "conjugate": lambda x: x,
}

#: Functions of ``math``, beside those above.
MATH: dict[str, Callable[..., Any]] = {
    "fabs": _of("abs"),
    "pow": _power,
    "fmod": lambda a, b: refuse("formulas have no math.fmod", "use a - b*numpy.floor(a/b)"),
}

_UFUNCS: dict[str, Callable[..., Any]] = {
    **{name: make for name, make in FUNCTIONS.items() if name not in ("min", "max", "ln", "relu", "huber", "gelu")},
    "add": lambda a, b: _binary("+", _SUM, a, b),
    "subtract": lambda a, b: _binary("-", _SUM, a, b),
    "multiply": lambda a, b: _binary("*", _PRODUCT, a, b),
    "divide": lambda a, b: _binary("/", _PRODUCT, a, b),
    "true_divide": lambda a, b: _binary("/", _PRODUCT, a, b),
    "floor_divide": lambda a, b: expression(a) // b,
    "remainder": lambda a, b: expression(a) % b,
    "power": _power,
    "float_power": _power,
    "negative": lambda a: -expression(a),
    "positive": lambda a: expression(a),
    "absolute": _of("abs"),
    "fabs": _of("abs"),
    "maximum": _of("max"),
    "minimum": _of("min"),
    "fmax": _of("max"),
    "fmin": _of("min"),
    "arcsin": _of("asin"),
    "arccos": _of("acos"),
    "arctan": _of("atan"),
    "arctan2": _of("atan2"),
    "logaddexp": _of("logsumexp"),
    "expit": _of("sigmoid"),
    "heaviside": lambda x, h: where(_compare("<", x, 0), 0, where(_compare("==", x, 0), h, 1)),
    "clip": clip,
    "less": lambda a, b: _compare("<", a, b),
    "less_equal": lambda a, b: _compare("<=", a, b),
    "greater": lambda a, b: _compare(">", a, b),
    "greater_equal": lambda a, b: _compare(">=", a, b),
    "equal": lambda a, b: _compare("==", a, b),
    "not_equal": lambda a, b: ~_compare("==", a, b),
    "logical_and": lambda a, b: _condition(a) & b,
    "logical_or": lambda a, b: _condition(a) | b,
    "logical_not": lambda a: ~_condition(a),
    "bitwise_and": lambda a, b: _condition(a) & b,
    "bitwise_or": lambda a, b: _condition(a) | b,
    "invert": lambda a: ~_condition(a),
}

_ARRAY_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "mean": mean,
    "average": mean,
    "sum": sum,
    "where": where,
    "clip": clip,
    "select": _select,
    "max": lambda x: _over_rows("max", x),
    "amax": lambda x: _over_rows("max", x),
    "min": lambda x: _over_rows("min", x),
    "amin": lambda x: _over_rows("min", x),
    "dot": lambda a, b: sum(_binary("*", _PRODUCT, a, b)),
    "inner": lambda a, b: sum(_binary("*", _PRODUCT, a, b)),
    "vdot": lambda a, b: sum(_binary("*", _PRODUCT, a, b)),
    "norm": lambda x: _call("sqrt", sum(_power(x, 2))),
    "var": lambda x: mean(_power(expression(x) - mean(x), 2)),
    "std": lambda x: _call("sqrt", mean(_power(expression(x) - mean(x), 2))),
    "square": lambda x: _power(x, 2),
}


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
