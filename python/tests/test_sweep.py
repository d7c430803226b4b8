"""Sweeps: the arrays are those of the command, to the bit, and the facts are those of its `sweep.json`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import alphasweep as asw
from conftest import same_bits

SMALL: dict[str, Any] = {"alpha": asw.log(1e-3, 10, 33), "start": asw.lin(-10, 10, 17), "steps": 120}
TYPED = ["--alpha", "log:0.001:10:33", "--start", "lin:-10:10:17", "--steps", "120"]

CASES: list[tuple[str, list[str], dict[str, Any]]] = [
    ("f64", ["lecture", *TYPED], {"objective": "lecture", **SMALL}),
    ("f32", ["lecture", *TYPED, "--precision", "f32"], {"objective": "lecture", "precision": "f32", **SMALL}),
    (
        "repaired",
        ["x^4 - x^2", *TYPED, "--precision", "compensated", "--repair"],
        {"objective": "x^4 - x^2", "precision": "compensated", "repair": True, **SMALL},
    ),
    (
        "two parameters",
        ["rosenbrock", "--alpha", "log:1e-05:0.01:20", "--vary", "x1_start=lin:-1:1:9", "--set", "x0_start=-1.2"],
        {"objective": "rosenbrock", "alpha": asw.log(1e-5, 1e-2, 20), "x1_start": asw.lin(-1, 1, 9), "x0_start": -1.2},
    ),
    (
        "one axis",
        ["lecture", "--alpha", "log:0.001:10:50", "--set", "beta_start=-10"],
        {"objective": "lecture", "alpha": asw.log(1e-3, 10, 50), "beta_start": -10},
    ),
    (
        "a rule and its number",
        ["(b/2-1)^2", "--rule", "momentum", "--vary", "momentum=lin:0:0.9:10", "--alpha", "log:0.1:10:20"],
        {"objective": "(b/2-1)^2", "rule": "momentum", "momentum": asw.lin(0, 0.9, 10), "alpha": asw.log(0.1, 10, 20)},
    ),
    (
        "batches and a schedule",
        ["line", *TYPED, "--batch", "10", "--seed", "3", "--schedule", "cosine", "--shuffle"],
        {"objective": "line", "batch": 10, "seed": 3, "schedule": "cosine", "shuffle": True, **SMALL},
    ),
    (
        "no finite loss",
        ["ln(x)", "--alpha", "log:0.1:10:16", "--start", "lin:-5:5:16", "--steps", "20"],
        {"objective": "ln(x)", "alpha": "log:0.1:10:16", "start": "lin:-5:5:16", "steps": 20},
    ),
    (
        "a network and its history",
        ["two-layer", "--vary", "alpha=log:0.01:10:3", "--vary", "seed=1.0,2.0", "--steps", "20", "--history", "5"],
        {"objective": "two-layer", "alpha": asw.log(0.01, 10, 3), "vary": {"seed": [1, 2]}, "steps": 20, "history": 5},
    ),
]


@pytest.mark.parametrize(("words", "arguments"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_arrays_are_those_of_the_command(swept: Any, words: list[str], arguments: dict[str, Any]) -> None:
    columns, facts = swept(*words)
    m = asw.sweep(arguments["objective"], **{k: v for k, v in arguments.items() if k != "objective"}, engine="cpu")
    for name, values in columns.items():
        assert same_bits(m[name], values), name
    assert {*m, *m.axes} == {*columns}
    told = {key: value for key, value in m.facts.items() if key not in ("run", "asked")}
    assert told == {key: value for key, value in facts.items() if key not in ("run", "asked")}


def test_other_steps_give_other_arrays(swept: Any) -> None:
    columns, _ = swept("lecture", *TYPED)
    m = asw.sweep("lecture", **{**SMALL, "steps": 121})
    assert not same_bits(m.loss_final, columns["loss_final"])


def test_axes_may_be_arrays_ranges_and_texts(swept: Any) -> None:
    columns, _ = swept("lecture", "--alpha", "0.1,0.30000000000000004,3", "--start", "1,2,3,4")
    for start in (range(1, 5), [1, 2, 3, 4], np.arange(1.0, 5.0), "1,2,3,4", (n for n in (1, 2, 3, 4))):
        m = asw.sweep("lecture", alpha=np.array([0.1, 0.1 + 0.2, 3]), start=start)
        assert same_bits(m.loss_final, columns["loss_final"])
        assert m.alpha.tolist() == [0.1, 0.30000000000000004, 3.0]


def test_one_number_is_fixed_and_several_vary() -> None:
    m = asw.sweep("x^2", alpha=0.1, vary={"x_start": [1, 2]})
    assert (m.axes, m.shape, m.y) == (("x_start",), (2,), None)
    assert m.facts["spec"]["fixed"]["alpha"] == 0.1


def test_closed_form_of_the_lecture() -> None:
    m = asw.sweep("(beta/2-1)^2", alpha=asw.lin(0.1, 5, 50), start=asw.lin(-10, 10, 8), steps=4000)
    below = m.alpha < 4
    assert (m.outcome[:, below] == asw.Outcome.CONVERGED).all()
    assert (m.outcome[:, m.alpha > 4.001] == asw.Outcome.DIVERGED).all()
    assert [limit.alpha for limit in m.theory.limits] == [4.0]
    assert m.minima[0].point == (2.0,) and m.exact is not None and m.exact.minimum == (2.0,)


def test_facts_are_typed() -> None:
    m = asw.sweep("lecture", **SMALL)
    advice = m.advice
    assert advice is not None and advice.fastest is not None and advice.safe is not None
    assert advice.fastest.alpha == m.alpha[advice.fastest.index] < advice.safe.alpha < 4 < m.alpha[-1]
    assert float(advice.safe) == advice.safe.alpha
    assert m.engine.engine == "cpu" and m.engine.precision == "f64" and m.seconds >= 0
    assert sum(m.outcomes.values()) == m.outcome.size
    assert m.share("converged") == m.share(asw.Outcome.CONVERGED) == m.outcomes["converged"] / m.outcome.size
    assert m.words()[0, 0] == asw.OUTCOMES[m.outcome[0, 0]]
    assert [outcome.name.lower() for outcome in asw.Outcome] == [*asw.OUTCOMES]
    assert "critical α" in str(m) and "33 × 17" in repr(m)


def test_arrays_are_not_copied_and_not_writable() -> None:
    m = asw.sweep("lecture", **SMALL)
    assert m.loss_final is m["loss_final"] is m.loss_final
    assert not m.loss_final.flags.owndata and m.loss_final.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        m.loss_final[0, 0] = 1
    assert (m.loss_final + 1).flags.writeable


def test_a_check_is_told_of() -> None:
    m = asw.sweep("lecture", **SMALL, precision="compensated", check=0.2)
    assert m.facts["check"]["cells"] > 0


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ({"objective": "(x-"}, ValueError, r"\(x-\n +\^"),
        ({"objective": "x^2", "alpha": "log:-1:2:3"}, ValueError, "alpha log:-1:2:3: LO = -1 must be above 0"),
        ({"objective": "x^2", "alpha": []}, ValueError, "at least one value"),
        ({"objective": "x^2", "alpha": [1, float("nan")]}, ValueError, "nan is not a finite number"),
        ({"objective": "x^2", "alpha": ["a"]}, TypeError, "alpha: expected numbers"),
        ({"objective": "x^2", "alpha": np.ones((2, 2))}, TypeError, r"shape \(2, 2\)"),
        ({"objective": "x^2", "stepz": 3}, ValueError, "argument `steps` meant"),
        ({"objective": "x^2", "steps": "abc"}, ValueError, "'steps <N>'"),
        ({"objective": "x^2", "shuffle": 3}, TypeError, "shuffle is a switch"),
        ({"objective": "x^2", "rule": "adamm"}, ValueError, "did you mean `adam`"),
        ({"objective": "x^2", "shard": "1/2"}, TypeError, "command line"),
        ({"objective": "x^2", "data": "nowhere.csv"}, FileNotFoundError, "nowhere.csv"),
        ({"objective": "x^2", "engine": "gpu", "adapter": "no such thing"}, asw.DeviceError, "adapter no such thing"),
        ({"objective": 3}, TypeError, "expected a formula"),
    ],
)
def test_what_is_wrong_is_told(arguments: dict[str, Any], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        asw.sweep(arguments["objective"], **{k: v for k, v in arguments.items() if k != "objective"})


def test_a_column_that_is_not_there_is_told() -> None:
    m = asw.sweep("lecture", **SMALL)
    with pytest.raises(KeyError, match="beta_final"):
        m["gamma_final"]
    with pytest.raises(AttributeError, match="beta_final"):
        m.gamma_final
    assert "beta_final" in dir(m) and "alpha" in dir(m)


def test_a_network_learns_a_table() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 2))
    table = {"a": x[:, 0], "b": x[:, 1], "kind": np.where(x.sum(axis=1) > 0, "up", "down")}
    m = asw.network(net=[2, 4, 2], data=table, target="kind", alpha=[0.1, 1], vary={"seed": [1]}, steps=200, loss="cross-entropy")
    assert m.test_accuracy.shape == (1, 2) and m.test_accuracy.max() > 0.8
    with pytest.raises(ValueError, match="target COLUMN"):
        asw.network(net=[2, 4, 2], data=table)
    with pytest.raises(ValueError, match="name one of the catalog"):
        asw.network()
