"""The command of the wheel."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import alphasweep as asw
from conftest import Command


def test_it_is_there_under_both_names(command: Command) -> None:
    script = shutil.which("alphasweep", path=sysconfig.get_path("scripts"))
    assert script is not None
    told = subprocess.run([script, "--version"], capture_output=True, text=True, check=True).stdout
    assert told == command("--version").stdout == f"alphasweep {asw.__version__}\n"


def test_exit_codes_are_those_of_the_command(command: Command) -> None:
    assert command("sweep", "(x-", fails=True).returncode == 2
    done = command("sweep", "--steps", "many", fails=True)
    assert done.returncode == 2 and done.stderr.startswith("error: ")


def test_ctrl_c_keeps_what_is_finished(tmp_path: Path) -> None:
    words = ["sweep", "rosenbrock", "--steps", "1e8", "--keep-after", "0", "--engine", "cpu"]
    # Of what is started in the background the shell ignores Ctrl-C, and so does the command then.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen([sys.executable, "-m", "alphasweep", *words], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, before)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=10)
    assert process.returncode == 130 and "interrupted" in told


def test_it_is_run_from_python(capsys: object) -> None:
    assert asw.run("list", "momentum") == 0
    assert asw.run("sweep", "(x-") == 2


def test_explore_serves_until_it_is_stopped() -> None:
    with asw.explore("mean((w*x-y)^2)", data={"x": [1, 2], "y": [2, 4]}, open=False) as page:
        assert page.address.startswith("http://127.0.0.1:") and page.address in page._repr_html_()
        assert page._process.poll() is None
    assert page._process.poll() is not None
