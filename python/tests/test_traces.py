"""Traces, landscapes, checks, devices and the catalog: what the command gives."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import alphasweep as asw
from conftest import Command


def test_paths_are_those_of_the_command(command: Command, tmp_path: Path) -> None:
    command("trace", "hours", "--alpha=0.1,0.2", "--set=w_start=1", "--show=mae=mean(abs(w*x-y))", "--predict=x=4", "--out=t")
    t = asw.trace("hours", alpha=[0.1, 0.2], w_start=1, show={"mae": "mean(abs(w*x-y))"}, predict={"x": 4})
    rows = list(csv.DictReader((tmp_path / "t/trace.csv").read_text().splitlines()))
    for at, descent in enumerate(t):
        own = [row for row in rows if row["descent"] == str(at + 1)]
        for name in ("loss", "w", "w_gradient", "mae"):
            assert [float(row[name]) for row in own] == descent[name].tolist(), name
    facts = json.loads((tmp_path / "t/trace.json").read_text())
    assert [one.facts for one in t] == facts["descents"]
    assert t.png() == (tmp_path / "t/trace.png").read_bytes()
    assert t.animate().gif == (tmp_path / "t/trace.gif").read_bytes()
    assert t[0].predictions == [({"x": 4.0}, facts["descents"][0]["predictions"][0]["value"])]


def test_a_path_is_gradient_descent() -> None:
    t = asw.trace("hours", alpha=0.05, w_start=1.0, steps=20, gtol=0)
    w, x = [1.0], np.array([1.0, 2.0, 3.0])
    for _ in range(20):
        w.append(w[-1] - 0.05 * np.mean(2 * x * (w[-1] * x - 2 * x)))
    np.testing.assert_allclose(t[0].w, w, rtol=1e-14)
    assert (t[0].alpha, t[0].steps, len(t), t[-1].given["w_start"]) == (0.05, 20, 1, 1.0)


def test_rules_are_compared() -> None:
    t = asw.trace("himmelblau", alpha=0.01, rule=["gd", "momentum"], momentum=0.7)
    assert [descent.rule for descent in t] == ["gd", "momentum"]
    assert "momentum" in repr(t) and t[0].outcome in asw.Outcome


def test_the_default_rates_are_told_of() -> None:
    with pytest.warns(asw.AlphasweepWarning, match="around the limit 4 of theory; choose with alpha"):
        asw.trace("lecture", steps=5)


def test_a_landscape_is_that_of_the_command(command: Command, tmp_path: Path) -> None:
    command("landscape", "himmelblau", "--vary=x0=lin:-5:5:21", "--vary=x1=lin:-4:4:11", "--out=l")
    valley = asw.landscape("himmelblau", x0=asw.lin(-5, 5, 21), x1=asw.lin(-4, 4, 11))
    rows = list(csv.DictReader((tmp_path / "l/landscape.csv").read_text().splitlines()))
    assert [float(row["loss"]) for row in rows] == valley.loss.ravel().tolist()
    x, y = np.meshgrid(valley.x0, valley["x1"])
    np.testing.assert_allclose(valley.loss, (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2, rtol=1e-14)
    assert valley.png() == (tmp_path / "l/landscape.png").read_bytes()
    assert valley.lowest is not None and valley.lowest["loss"] == valley.loss.min()
    assert any(np.allclose(minimum, (3, 2)) for minimum in valley.minima)


def test_the_machine_computes_right() -> None:
    told: list[tuple[int, int]] = []
    found = asw.verify(engine="cpu", progress=lambda done, of: told.append((done, of)))
    assert found.ok and found.passed > 10 and {check.status for check in found.checks} <= {"PASS", "SKIPPED"}
    assert not told or told[-1][0] == told[-1][1]
    with pytest.raises(asw.DeviceError, match="no adapter"):
        asw.verify(adapter="no such thing")


def test_devices_are_told(command: Command) -> None:
    facts = json.loads(command("devices", "--json").stdout)
    found = asw.devices()
    assert (found.auto, found.cpu_threads, len(found.adapters)) == (facts["auto"], facts["cpu_threads"], len(facts["adapters"]))
    assert "auto takes" in str(found)


def test_the_catalog_is_that_of_the_command(command: Command) -> None:
    printed = command("list").stdout
    catalog = asw.list()
    assert {"objectives", "rules", "data", "functions"} <= {*catalog}
    for entries in catalog.values():
        for name, lines in entries.items():
            assert f"{name:<17} {lines[0]}" in printed
    assert [*asw.list("adam")] == ["rules"]
    with pytest.raises(ValueError, match="nothing in the catalog"):
        asw.list("no such thing")


def test_data_sets_are_those_of_the_command(command: Command) -> None:
    rows = list(csv.DictReader(command("list", "line", "--data", "--seed", "3").stdout.splitlines()))
    for name, column in asw.data("line", seed=3).items():
        assert [float(row[name]) for row in rows] == column.tolist()
    with pytest.raises(ValueError, match="no data set is called so"):
        asw.data("no such thing")


def test_frames_of_paths(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    t = asw.trace("hours", alpha=[0.1, 0.2], w_start=1)
    t.save(tmp_path)
    written = pandas.read_csv(tmp_path / "trace.csv")
    frame: Any = t.to_pandas()
    assert set(written.columns) <= set(frame.columns) and len(frame) == len(written)
    np.testing.assert_array_equal(frame["w"], written["w"])
