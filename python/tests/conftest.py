"""What the tests share: the command of the same wheel, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Runs the command in an empty folder; it must succeed."""

    def run(*words: str, fails: bool = False) -> subprocess.CompletedProcess[str]:
        arguments = [sys.executable, "-m", "alphasweep", *words]
        done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert fails == (done.returncode != 0), done.stderr
        return done

    return run


@pytest.fixture
def swept(command: Command, tmp_path: Path) -> Callable[..., tuple[dict[str, Any], dict[str, Any]]]:
    """The columns that the command writes as `.npy`, and its `sweep.json`."""

    def sweep(*words: str, out: str = "out") -> tuple[dict[str, Any], dict[str, Any]]:
        command("sweep", *words, "--engine", "cpu", "--no-csv", "--no-png", "--npy", f"{out}/npy", "--out", out, "--quiet")
        files = (tmp_path / out / "npy").glob("*.npy")
        facts = json.loads((tmp_path / out / "sweep.json").read_text())
        return {file.stem: np.load(file) for file in files}, facts

    return sweep


def same_bits(one: Any, other: Any) -> bool:
    """Whether two arrays have the same type, shape and bits."""
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
