"""Data of every form are the same table as a CSV file of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import alphasweep as asw
from conftest import same_bits

RNG = np.random.default_rng(7)
A, B = RNG.normal(size=50) * 1e3, RNG.normal(size=50).astype(np.float32)
FORMULA = "mean((w*a+c-b)^2)"
HOW: dict[str, Any] = {"alpha": asw.log(1e-9, 1e-5, 20), "steps": 50, "standardize": False}


def forms() -> dict[str, Any]:
    both = {"a": A, "b": B}
    records = np.zeros(50, dtype=[("a", "f8"), ("b", "f4")])
    records["a"], records["b"] = A, B
    found: dict[str, Any] = {"dict": both, "lists": {"a": A.tolist(), "b": B.tolist()}, "structured": records}
    try:
        import pandas

        found["pandas"] = pandas.DataFrame(both)
        found["pandas objects"] = pandas.DataFrame({"a": A.astype(object), "b": pandas.array(B.astype(float), dtype="Float64")})
    except ImportError:
        pass
    try:
        import polars

        found["polars"] = polars.DataFrame(both)
    except ImportError:
        pass
    return found


@pytest.mark.parametrize("name", forms())
def test_every_form_is_the_same_table(swept: Any, tmp_path: Path, name: str) -> None:
    rows = "".join(f"{float(a)!r},{float(b)!r}\n" for a, b in zip(A, B))
    (tmp_path / "data.csv").write_text("a,b\n" + rows)
    columns, facts = swept(FORMULA, "--data", "data.csv", "--alpha", "log:1e-9:1e-5:20", "--steps", "50")
    m = asw.sweep(FORMULA, data=forms()[name], **HOW)
    assert same_bits(m.loss_final, columns["loss_final"])
    assert m.facts["spec"]["data"] == facts["spec"]["data"]


def test_rows_and_columns_have_numbers_for_names() -> None:
    m = asw.sweep("mean((w*x1-x2)^2)", data=np.stack([A, B], axis=1), alpha=1e-9, w_start=[1.0], steps=0)
    assert m.loss_start.tolist() == [pytest.approx(np.mean((A - B) ** 2), rel=1e-12)]


def test_other_numbers_are_another_table() -> None:
    one = asw.sweep(FORMULA, data={"a": A, "b": B}, **HOW)
    other = asw.sweep(FORMULA, data={"a": np.nextafter(A, np.inf), "b": B}, **HOW)
    assert one.facts["spec"]["data"]["hash"] != other.facts["spec"]["data"]["hash"]


def test_missing_values_are_told_and_left_out() -> None:
    table = {"a": [1.0, float("nan"), 3.0], "b": [1, 2, 3]}
    with pytest.raises(ValueError, match="row 2"):
        asw.sweep(FORMULA, data=table, **HOW)
    m = asw.sweep(FORMULA, data=table, drop_missing=True, **HOW)
    assert m.facts["spec"]["data"]["rows"] == 2


@pytest.mark.parametrize(
    ("data", "error", "told"),
    [
        ({}, ValueError, "no columns"),
        ({"a": [1, 2], "b": [1]}, ValueError, "a 2, b 1"),
        ({"a": [1, float("inf")], "b": [1, 2]}, ValueError, "infinite in row 2"),
        ({"a": [[1], [2]], "b": [1, 2]}, TypeError, "shape"),
        ({"a": [1 + 2j, 2], "b": [1, 2]}, TypeError, "complex"),
        (np.ones(3), TypeError, "expected a path"),
        (3, TypeError, "expected a path"),
    ],
)
def test_what_is_no_table_is_told(data: Any, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        asw.sweep(FORMULA, data=data)


def test_names_of_columns_are_names_of_formulas() -> None:
    m = asw.sweep("mean((w*größe-y_2)^2)", data={"größe": [1.0, 2.0], "y 2": [2.0, 4.0]}, alpha=0.1, w_start=[2.0], steps=0)
    assert m.loss_start.tolist() == [0.0]
