"""Python functions as formulas: the loss at the starts is what the function itself gives there."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from math import exp as plain_exp
from typing import Any

import numpy as np
import pytest

import alphasweep as asw

X = np.linspace(-1.9, 2.1, 9)
Y = np.linspace(0.3, 2.7, 7)


def helper(x: Any) -> Any:
    return x**2 + 1


def loops(x: Any, y: Any) -> Any:
    total = 0
    for power in range(1, 4):
        total = total + x**power * y
    return total


FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "rosenbrock": lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    "signs": lambda x, y: -((-x) ** 2) - (x - 1 - y) / (x * 2 / 3 - 4) / -3 + (+x),
    "reflected": lambda x, y: 2 - x + 3 / (y + 4) + 2**y - 1 * x,
    "numpy": lambda x, y: np.exp(-(x**2)) * np.sin(3 * y) + np.log1p(y) + np.sqrt(y) + np.tanh(x) + np.cbrt(y),
    "more numpy": lambda x, y: np.arctan2(y, x) + np.hypot(x, y) + np.square(x) + np.reciprocal(y) + np.log2(y) + np.exp2(x),
    "rounded": lambda x, y: np.floor(x) + np.ceil(x) + x // 0.7 + x % 0.7 + abs(x) + math.floor(y),
    "math": lambda x, y: plain_exp(0.1) * math.pi + math.e * y + 0 * x,
    "chosen": lambda x, y: np.where((x > 0) & (y < 2) | ~(x > -1), x**2, np.maximum(x, y)),
    "compared": lambda x, y: (x > 0.5) * y + (x == y) + (x != y) * 2 + (x >= 0) + (y <= 1),
    "clipped": lambda x, y: np.clip(x, -1, 1) + np.clip(y, 1, None) + np.fmin(x, y) + np.heaviside(x, 0.5),
    "selected": lambda x, y: np.select([x < -1, x < 1], [x, x**2], default=y),
    "helped": lambda x, y: helper(x) + helper(y),
    "loops": loops,
    "arrays": lambda x, y: np.sum(np.array([x, y, x * y]) ** 2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_losses_are_those_of_the_function(name: str) -> None:
    function = FUNCTIONS[name]
    m = asw.sweep(function, alpha=1e-3, vary={"x_start": X, "y_start": Y}, steps=0)
    with np.errstate(all="ignore"):
        wanted = np.array([[float(function(np.float64(x), np.float64(y))) for x in X] for y in Y])
    np.testing.assert_allclose(m.loss_start, wanted, rtol=1e-12, atol=1e-13)


def test_functions_of_math_are_followed() -> None:
    m = asw.sweep(lambda x: math.sin(x) + math.log(x, 2) + math.pow(x, 1.5) + plain_exp(x), alpha=1e-3, x_start=Y, steps=0)
    np.testing.assert_allclose(m.loss_start, [math.sin(y) + math.log2(y) + y**1.5 + math.exp(y) for y in Y], rtol=1e-12)


def test_threads_follow_their_own_functions() -> None:
    def follow(at: int) -> float:
        first, second = np.arange(at + 2.0), np.ones(at + 2)
        m = asw.sweep(lambda w: np.mean((w * first - second) ** 2), steps=0, alpha=1, w_start=[1.0])
        return float(m.loss_start[0])

    with ThreadPoolExecutor(8) as pool:
        together = [*pool.map(follow, range(24))]
    assert together == [pytest.approx(np.mean((np.arange(at + 2.0) - 1) ** 2)) for at in range(24)]


def test_own_functions() -> None:
    f = asw.functions
    m = asw.sweep(lambda x: f.softplus(x) + f.sigmoid(x) + f.relu(x) + f.huber(x, 0.5), alpha=1e-3, x_start=X, steps=0)
    huber = np.where(abs(X) <= 0.5, X**2 / 2, 0.5 * (abs(X) - 0.25))
    np.testing.assert_allclose(m.loss_start, np.log1p(np.exp(X)) + 1 / (1 + np.exp(-X)) + np.maximum(X, 0) + huber, rtol=1e-12)


def test_defaults_are_constants() -> None:
    m = asw.sweep(lambda x, c=0.5: (x - c) ** 2, alpha=0.5, x_start=[1.0], steps=0)
    assert m.loss_start.tolist() == [0.25]
    varied = asw.sweep(lambda x, c=0.5: (x - c) ** 2, alpha=0.5, c=[0, 1], x_start=[1.0], steps=0)
    assert varied.loss_start.ravel().tolist() == [1.0, 0.0]


def test_arrays_around_a_function_are_data() -> None:
    rng = np.random.default_rng(1)
    height, weight = rng.normal(size=20), rng.normal(size=20)
    m = asw.sweep(lambda w, b: np.mean((w * height + b - weight) ** 2), alpha=1e-3, w_start=[0.5], b_start=[2.0], steps=0)
    assert m.facts["spec"]["data"]["columns"] == ["height", "weight"]
    assert m.loss_start.ravel()[0] == pytest.approx(np.mean((0.5 * height + 2 - weight) ** 2), rel=1e-12)


def test_arguments_that_are_columns_are_data() -> None:
    data = {"x": [1.0, 2.0, 4.0], "y": [1.0, 3.0, 5.0]}
    named = asw.sweep(lambda w, x, y: ((w * x - y) ** 2).sum() / len(data["x"]), data=data, alpha=1e-3, w_start=[2.0], steps=0)
    assert named.loss_start.tolist() == [pytest.approx(np.mean([1, 1, 9]))]
    summed = asw.sweep(lambda w, x, y: np.std(w * x - y) + np.max(x) + np.dot(x, y), data=data, alpha=1e-3, w_start=[2.0], steps=0)
    x, y = map(np.array, data.values())
    assert summed.loss_start.tolist() == [pytest.approx(np.std(2 * x - y) + 4 + x @ y)]


def test_what_is_used_often_has_a_name() -> None:
    def deep(x: Any) -> Any:
        for _ in range(30):
            x = x * x * 0.5 + 0.1
        return x

    m = asw.sweep(deep, alpha=1e-3, x_start=[0.7], steps=0)
    assert m.loss_start.tolist() == [pytest.approx(deep(0.7), rel=1e-12)]
    assert len(m.facts["spec"]["formula"]) < 3000


def decides(x: Any) -> Any:
    if x > 0:
        return x
    return -x


REFUSED: list[tuple[Callable[..., Any], str]] = [
    (decides, "if x > 0"),
    (lambda x: x if 0 < x < 1 else 0, "where"),
    (lambda x: max(x, 0), "numpy.maximum"),
    (lambda x: float(x), "a number is needed"),
    (lambda x: np.fft.fft(x), "no numpy.fft"),
    (lambda x: np.sinc(x), "numpy.sinc"),
    (lambda x: np.arcsinh(x), "no numpy.arcsinh"),
    (lambda x: x[0], "one number"),
    (lambda x: np.array([1.0, 2.0]) @ x, "cannot be followed|no numpy.matmul|no matrix"),
    (lambda x: math.gamma(x), "no math.gamma"),
    (lambda x: x * float("inf"), "not a finite number"),
    (lambda x: x + "a", "stands in no formula"),
    (lambda x: [n for n in x], "has no parts"),
]


@pytest.mark.parametrize(("function", "told"), REFUSED)
def test_what_no_formula_says_is_refused_with_the_line(function: Callable[..., Any], told: str) -> None:
    with pytest.raises(asw.TracingError, match=told) as refused:
        asw.sweep(function)
    assert "test_functions.py, line " in str(refused.value)


def test_what_depends_on_nothing_is_refused() -> None:
    with pytest.raises(asw.TracingError, match="depends on none"):
        asw.sweep(lambda x: 3)
    with pytest.raises(TypeError, match="no names"):
        asw.sweep(lambda *x: x[0])


def test_rows_that_do_not_belong_together_are_refused() -> None:
    a, b = np.ones(3), np.ones(4)
    with pytest.raises(asw.TracingError, match="3 rows|4 rows"):
        asw.sweep(lambda w: np.mean(w * a) + np.mean(w * b))


def test_expressions_of_sympy() -> None:
    sympy = pytest.importorskip("sympy")
    x, y = sympy.symbols("x y")
    expression = (1 - x) ** 2 + sympy.Abs(y) + sympy.exp(x / 3) + sympy.Piecewise((x, x < 0), (y, True)) + sympy.Max(x, y)
    m = asw.sweep(expression, alpha=1e-3, vary={"x_start": X, "y_start": Y}, steps=0)
    wanted = [[float(expression.subs({x: a, y: b})) for a in X] for b in Y]
    np.testing.assert_allclose(m.loss_start, wanted, rtol=1e-12)
