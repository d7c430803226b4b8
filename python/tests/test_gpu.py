"""On a GPU, or a software driver of one: in processes of their own, since an open adapter stays open."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import alphasweep as asw
from conftest import Command, same_bits


def printed(program: str, folder: Path) -> str:
    command = [sys.executable, "-W", "ignore", "-c", "import alphasweep as asw\n" + program]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def adapter(tmp_path: Path) -> None:
    if printed("print(len(asw.devices().adapters))", tmp_path) == "0":
        pytest.skip("there is no adapter, not even a software driver")


def test_arrays_are_those_of_the_command(command: Command, tmp_path: Path) -> None:
    words = ["lecture", "--alpha=log:0.001:10:64", "--start=lin:-10:10:40", "--steps=200", "--engine=gpu"]
    command("sweep", *words, "--no-csv", "--no-png", "--npy=npy", "--out=a", "--quiet")
    how = 'alpha=asw.log(1e-3, 10, 64), start=asw.lin(-10, 10, 40), steps=200, engine="gpu"'
    printed(f'asw.sweep("lecture", {how}).save("b", npy="b/npy", csv=False, png=False)', tmp_path)
    names = [file.name for file in (tmp_path / "npy").glob("*.npy")]
    assert len(names) == 7
    assert all(same_bits(np.load(tmp_path / "npy" / name), np.load(tmp_path / "b/npy" / name)) for name in names)


def test_what_it_was_computed_by_is_told(tmp_path: Path) -> None:
    told = printed('m = asw.sweep("x^2", engine="gpu", steps=5); print(m.engine.engine, m.engine.precision)', tmp_path)
    assert told == "gpu compensated"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no forks")
def test_a_fork_has_the_cpu(tmp_path: Path) -> None:
    program = """
import os
asw.sweep("x^2", engine="gpu", steps=5)
child = os.fork()
if child == 0:
    told = asw.sweep("x^2", steps=5).engine.engine
    try:
        asw.sweep("x^2", engine="gpu", steps=5)
    except asw.DeviceError:
        told += " alone"
    os.write(1, told.encode())
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    assert printed(program, tmp_path) == "cpu alone"


def test_the_machine_computes_right(tmp_path: Path) -> None:
    assert printed("print(asw.verify(engine='gpu').ok)", tmp_path) == "True"
    assert asw.verify(engine="cpu").ok
