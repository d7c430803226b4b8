"""Which functions of the language, of numpy and of ``math`` can be followed, and what each is made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ._expressions import (
    ARRAY_FUNCTIONS,
    FUNCTIONS,
    PRODUCT,
    SUM,
    UFUNCS,
    binary,
    call,
    clip,
    compare,
    condition_of,
    expression,
    mean,
    over_rows_of,
    power,
    sum,
    where,
)
from ._refusal import refuse

__all__ = ["FUNCTIONS", "MATH", "mean", "sum", "where"]


def _select(conditions: Any, choices: Any, default: Any = 0) -> Any:
    # What is chosen where no condition holds may be no number, where one always does.
    pairs = list(zip(conditions, choices))
    if isinstance(default, float) and math.isnan(default):
        default = pairs.pop()[1]
    for condition, choice in reversed(pairs):
        default = choice if condition is True else condition_of(condition).chosen(choice, default)
    return default


def _log(value: Any, base: Any = None) -> Any:
    return call("ln", value) if base is None else call("ln", value) / math.log(base)


def _of(name: str) -> Callable[..., Any]:
    return lambda *values: call(name, *values)


# Functions of the language, and how others are made of them.
FUNCTIONS.update(
    {
        **{
            name: _of(name)
            for name in (
                "exp log2 sqrt abs sign sin cos tan tanh sigmoid softplus atan sinh cosh log1p expm1 cbrt erf erfc gelu floor "
                "min max atan2 hypot logsumexp relu log10 asin acos huber"
            ).split()
        },
        "log": _log,
        "ln": _log,
        "ceil": lambda x: -call("floor", -expression(x)),
        "exp2": lambda x: power(2, x),
        "square": lambda x: power(x, 2),
        "reciprocal": lambda x: binary("/", PRODUCT, 1, x),
        "conjugate": lambda x: x,
    }
)

#: Functions of ``math``, beside those above.
MATH: dict[str, Callable[..., Any]] = {
    "fabs": _of("abs"),
    "pow": power,
    "fmod": lambda a, b: refuse("formulas have no math.fmod", "use a - b*numpy.floor(a/b)"),
}

UFUNCS.update(
    {
        **{name: make for name, make in FUNCTIONS.items() if name not in ("min", "max", "ln", "relu", "huber", "gelu")},
        "add": lambda a, b: binary("+", SUM, a, b),
        "subtract": lambda a, b: binary("-", SUM, a, b),
        "multiply": lambda a, b: binary("*", PRODUCT, a, b),
        "divide": lambda a, b: binary("/", PRODUCT, a, b),
        "true_divide": lambda a, b: binary("/", PRODUCT, a, b),
        "floor_divide": lambda a, b: expression(a) // b,
        "remainder": lambda a, b: expression(a) % b,
        "power": power,
        "float_power": power,
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
        "heaviside": lambda x, h: where(compare("<", x, 0), 0, where(compare("==", x, 0), h, 1)),
        "clip": clip,
        "less": lambda a, b: compare("<", a, b),
        "less_equal": lambda a, b: compare("<=", a, b),
        "greater": lambda a, b: compare(">", a, b),
        "greater_equal": lambda a, b: compare(">=", a, b),
        "equal": lambda a, b: compare("==", a, b),
        "not_equal": lambda a, b: ~compare("==", a, b),
        "logical_and": lambda a, b: condition_of(a) & b,
        "logical_or": lambda a, b: condition_of(a) | b,
        "logical_not": lambda a: ~condition_of(a),
        "bitwise_and": lambda a, b: condition_of(a) & b,
        "bitwise_or": lambda a, b: condition_of(a) | b,
        "invert": lambda a: ~condition_of(a),
    }
)

ARRAY_FUNCTIONS.update(
    {
        "mean": mean,
        "average": mean,
        "sum": sum,
        "where": where,
        "clip": clip,
        "select": _select,
        "max": lambda x: over_rows_of("max", x),
        "amax": lambda x: over_rows_of("max", x),
        "min": lambda x: over_rows_of("min", x),
        "amin": lambda x: over_rows_of("min", x),
        "dot": lambda a, b: sum(binary("*", PRODUCT, a, b)),
        "inner": lambda a, b: sum(binary("*", PRODUCT, a, b)),
        "vdot": lambda a, b: sum(binary("*", PRODUCT, a, b)),
        "norm": lambda x: call("sqrt", sum(power(x, 2))),
        "var": lambda x: mean(power(expression(x) - mean(x), 2)),
        "std": lambda x: call("sqrt", mean(power(expression(x) - mean(x), 2))),
        "square": lambda x: power(x, 2),
    }
)
