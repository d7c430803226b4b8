"""What is saved is what the command writes, byte for byte, and reads back to the same map."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import alphasweep as asw
from conftest import Command, same_bits

HOW: dict[str, Any] = {"alpha": asw.log(1e-3, 10, 33), "start": asw.lin(-10, 10, 17), "steps": 120}
TYPED = ["lecture", "--alpha=log:0.001:10:33", "--start=lin:-10:10:17", "--steps=120", "--engine=cpu"]
FILES = ["losses.csv", "heatmap.png", "page.html", "map.svg", "map-loss_final.png", "npy/outcome.npy"]


def test_files_are_those_of_the_command(command: Command, tmp_path: Path) -> None:
    command("sweep", *TYPED, "--out=a", "--html=a/page.html", "--svg=a/map.svg", "--map=loss_final", "--npy=a/npy")
    b = tmp_path / "b"
    m = asw.sweep("lecture", engine="cpu", **HOW)
    files = m.save(b, html=b / "page.html", svg=b / "map.svg", map="loss_final", npy=b / "npy")
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (b / name).read_bytes(), name
    assert len({*files}) == len(files)
    assert {file.name for file in files} >= {Path(name).name for name in FILES} | {"sweep.json"}
    one, other = (json.loads((tmp_path / of / "sweep.json").read_text()) for of in "ab")
    assert {**one, "run": 0, "asked": 0} == {**other, "run": 0, "asked": 0}


def test_pictures_and_pages_are_those_of_the_command(command: Command, tmp_path: Path) -> None:
    command("sweep", *TYPED, "--out=a", "--html=a/page.html", "--palette=dark", "--scale=2", "--no-theory")
    m = asw.sweep("lecture", engine="cpu", **HOW)
    look: dict[str, Any] = {"palette": "dark", "scale": 2, "theory": False}
    assert m.png(**look) == (tmp_path / "a/heatmap.png").read_bytes()
    assert m.png() != m.png(**look)
    assert "alphasweep" in m.page(**look).html


@pytest.mark.parametrize("outputs", [{}, {"npy": "npy"}, {"csv": "other.csv"}])
def test_what_is_saved_reads_back(tmp_path: Path, outputs: dict[str, str]) -> None:
    m = asw.sweep("ln(x)", alpha=asw.log(0.1, 10, 16), start=asw.lin(-5, 5, 16), steps=20, precision="f32")
    m.save(tmp_path, **{name: tmp_path / path for name, path in outputs.items()})
    again = asw.load(tmp_path)
    assert [*again] == [*m]
    for name in m:
        assert same_bits(again[name], m[name]) or np.isnan(m[name]).any() and np.array_equal(again[name], m[name], equal_nan=True)
    assert {**again.facts, "run": 0, "asked": 0} == {**m.facts, "run": 0, "asked": 0}
    assert again.png() == m.png()


def test_data_go_with_the_map(tmp_path: Path) -> None:
    m = asw.sweep("mean((w*x-y)^2)", data={"x": [1, 2, 3], "y": [2, 4, 6]}, alpha=asw.log(0.01, 1, 9), steps=50)
    m.save(tmp_path / "there")
    (tmp_path / "there").rename(tmp_path / "elsewhere")
    again = asw.load(tmp_path / "elsewhere")
    assert same_bits(again.loss_final, m.loss_final) and again.page().html == m.page().html


def test_what_the_command_wrote_is_read(command: Command, tmp_path: Path) -> None:
    command("sweep", *TYPED, "--out=a")
    m = asw.load(tmp_path / "a")
    assert same_bits(m.loss_final, asw.sweep("lecture", engine="cpu", **HOW).loss_final)
    command("sweep", "two-layer", "--alpha=0.1,1", "--vary=seed=1,2", "--steps=10", "--history=5", "--npy=n/npy", "--out=n")
    assert asw.load(tmp_path / "n")["history_loss"].shape == (2, 2, 3)


def test_changed_files_are_told(tmp_path: Path) -> None:
    m = asw.sweep("lecture", **HOW)
    m.save(tmp_path)
    table = tmp_path / "losses.csv"
    table.write_text(table.read_text().replace("diverged", "rising", 1))
    with pytest.raises(ValueError, match="was changed"):
        asw.load(tmp_path)
    table.unlink()
    with pytest.raises(FileNotFoundError, match="no columns"):
        asw.load(tmp_path)
    with pytest.raises(FileNotFoundError):
        asw.load(tmp_path / "nowhere")
    (tmp_path / "sweep.json").write_text("{}")
    with pytest.raises(ValueError, match="not the sweep.json"):
        asw.load(tmp_path)


def test_maps_are_pickled() -> None:
    m = asw.sweep("mean((w*x-y)^2)", data={"x": [1, 2, 3], "y": [2, 4, 6]}, alpha=asw.log(0.01, 1, 9), steps=50)
    again = pickle.loads(pickle.dumps(m))
    assert again.facts == m.facts and again.png() == m.png()
    assert all(same_bits(again[name], m[name]) for name in m)


def test_a_call_writes_files_too(tmp_path: Path) -> None:
    asw.sweep("lecture", **HOW, out=tmp_path / "a", png=False, npy=tmp_path / "a" / "npy")
    assert sorted(file.name for file in (tmp_path / "a").iterdir()) == ["losses.csv", "npy", "sweep.json"]
    asw.trace("lecture", alpha=[1, 3], out=tmp_path / "t", gif=False)
    assert sorted(file.name for file in (tmp_path / "t").iterdir()) == ["trace.csv", "trace.json", "trace.png"]
    asw.landscape("lecture", beta=asw.lin(-1, 1, 11), out=tmp_path / "l")
    assert sorted(file.name for file in (tmp_path / "l").iterdir()) == ["landscape.csv", "landscape.json", "landscape.png"]


def test_a_film_is_made(tmp_path: Path) -> None:
    m = asw.sweep("lecture", alpha=asw.log(0.1, 5, 8), start=asw.lin(-1, 1, 6), steps=30)
    m.save(tmp_path, film=tmp_path / "film.gif", film_over="steps=1,5,30", csv=False)
    assert (tmp_path / "film.gif").read_bytes()[:6] == b"GIF89a"
    with pytest.raises(ValueError, match="film_over"):
        m.save(tmp_path, film=tmp_path / "film.gif")


def test_a_path_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    m = asw.sweep("lecture", **HOW)
    (tmp_path / "file").write_text("")
    with pytest.raises((ValueError, OSError), match="file"):
        m.save(tmp_path / "file")
    with pytest.raises(TypeError, match="did you mean `html`"):
        m.save(tmp_path / "b", htlm="x")
