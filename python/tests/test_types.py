"""The annotations hold: mypy and pyright, at their strictest, find nothing in the package and in a script that uses it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import alphasweep

PACKAGE = Path(alphasweep.__file__).parent
SAMPLE = Path(__file__).with_name("sample.py")

pytestmark = pytest.mark.slow


def test_mypy_is_content(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    settings = Path(__file__).parents[1] / "pyproject.toml"
    command = [sys.executable, "-m", "mypy", "--config-file", str(settings), "--cache-dir", str(tmp_path)]
    done = subprocess.run([*command, "-p", "alphasweep"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    done = subprocess.run([*command, "--strict", str(SAMPLE)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_mypy_sees_what_is_wrong(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    wrong = tmp_path / "wrong.py"
    wrong.write_text('import alphasweep as asw\nm: int = asw.sweep("x^2")\nasw.sweep("x^2", steps="many")\n')
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), str(wrong)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.count("error:") == 2, done.stdout


def test_pyright_is_content(tmp_path: Path) -> None:
    pyright = shutil.which("pyright")
    if pyright is None:
        pytest.skip("there is no pyright")
    settings = tmp_path / "pyrightconfig.json"
    settings.write_text(json.dumps({"include": [str(SAMPLE)], "typeCheckingMode": "strict"}))
    command = [pyright, "--pythonpath", sys.executable, "--project", str(settings)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    done = subprocess.run([pyright, "--pythonpath", sys.executable, str(PACKAGE)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_example_runs() -> None:
    subprocess.run([sys.executable, "-W", "ignore", str(SAMPLE)], check=True, capture_output=True)
