"""How calls behave beside others: interrupts, threads, signals, forks, memory, warnings."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import alphasweep as asw

SMALL: dict[str, Any] = {"alpha": asw.log(1e-3, 10, 33), "start": asw.lin(-10, 10, 17), "steps": 120}
#: Hours of work.
LONG: dict[str, Any] = {"alpha": asw.log(1e-6, 1e-3, 1000), "start": asw.lin(-1, 1, 1000), "steps": 10**8}


def resident() -> int:
    # What was freed and the allocator keeps for later is nobody's: threads have stores of their own.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def in_a_process(program: str) -> str:
    """What a program of its own prints."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("what", ["sweep", "data", "trace", "network"])
def test_ctrl_c_is_answered_within_half_a_second(what: str) -> None:
    long_lists = {"x": np.linspace(0, 1, 100_000), "y": np.linspace(1, 2, 100_000)}
    calls: dict[str, Any] = {
        "sweep": lambda: asw.sweep("rosenbrock", **LONG),
        "data": lambda: asw.sweep("mean((w*x-y)^2)", data=long_lists, **{**LONG, "steps": 10**6}),
        "trace": lambda: asw.trace("mean((w*x-y)^2)", data=long_lists, alpha=[1e-9], w_start=0, gtol=0, steps=4_000_000),
        "network": lambda: asw.network("two-layer", alpha=asw.log(0.01, 10, 50), vary={"seed": asw.lin(1, 50, 50)}, steps=10**6),
    }
    # Of what is started in the background the shell ignores it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    sent: list[float] = []

    def interrupt() -> None:
        time.sleep(1.5)
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        calls[what]()
    took = time.monotonic() - sent[0]
    thread.join()
    signal.signal(signal.SIGINT, before)
    assert took < 0.5, took
    # Nothing else is lost.
    assert asw.sweep("lecture", **SMALL).shape == (17, 33)


def test_no_handler_of_signals_is_installed() -> None:
    program = """
import signal, threading, numpy
threading.Thread(target=int).start()
caught = lambda: [line for line in open("/proc/self/status") if line.startswith(("SigCgt", "SigIgn"))]
before, at_first = caught(), signal.getsignal(signal.SIGINT)
import alphasweep
assert caught() == before, "import"
alphasweep.sweep("lecture", steps=5, alpha=[1, 2], start=[1, 2]).png()
assert signal.getsignal(signal.SIGINT) is at_first
print([now == then for now, then in zip(caught(), before)])
"""
    assert in_a_process(program).strip() == "[True, True]"


def test_no_thread_stays() -> None:
    program = """
import os, time
import numpy, alphasweep
threads = lambda: len(os.listdir("/proc/self/task"))
before = threads()
m = alphasweep.sweep("lecture", steps=5, alpha=[1, 2], start=[1, 2])
m.png()
alphasweep.trace("lecture", steps=5, alpha=[1])
for _ in range(100):
    if threads() == before: break
    time.sleep(0.02)
print(threads() - before)
"""
    assert in_a_process(program).strip() == "0"


def test_other_threads_run_meanwhile() -> None:
    counted = 0
    running = True

    def count() -> None:
        nonlocal counted
        while running:
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    began = time.monotonic()
    asw.sweep("rosenbrock", alpha=asw.log(1e-6, 1e-3, 400), start=asw.lin(-1, 1, 400), steps=1500, gtol=0)
    took, running = time.monotonic() - began, False
    thread.join()
    assert counted > 20 * took, (counted, took)


def test_calls_from_several_threads() -> None:
    alone = [asw.sweep("lecture", **{**SMALL, "steps": 50 + at}).loss_final for at in range(6)]
    with ThreadPoolExecutor(6) as pool:
        together = pool.map(lambda at: asw.sweep("lecture", **{**SMALL, "steps": 50 + at}).loss_final, range(6))
    assert all(np.array_equal(one, other) for one, other in zip(alone, together))


def in_a_fork(_: int) -> float:
    m = asw.sweep("lecture", **SMALL)
    return float(m.loss_final.sum()) + len(m.png()) * 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no forks")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork")
def test_forks_compute_too() -> None:
    mine = asw.sweep("lecture", **SMALL)
    mine.png()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        theirs = pool.map_async(in_a_fork, range(4)).get(timeout=60)
    assert theirs == [float(mine.loss_final.sum())] * 4


def test_results_free_their_memory() -> None:
    def once() -> None:
        m = asw.sweep("lecture", alpha=asw.log(1e-3, 10, 1000), start=asw.lin(-10, 10, 1000), steps=2)
        assert m.loss_final.nbytes == 8_000_000

    def least() -> int:
        """Of some maps, one after the other: what the allocator holds goes up and down by a map or two."""
        found = []
        for _ in range(4):
            once()
            gc.collect()
            found.append(resident())
        return min(found)

    before = least()
    for _ in range(40):
        once()
    # One array of each that stayed would be 320 MB; what the allocator keeps for the next map goes up and down by less.
    assert least() - before < 200_000_000, "forty maps of 30 MB"


def test_memory_that_is_not_there_is_an_error() -> None:
    program = """
import resource, numpy, alphasweep as asw
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
try:
    asw.sweep("x^2", alpha=asw.lin(0.1, 1, 30000), x_start=asw.lin(0, 1, 30000), steps=0)
except MemoryError as error:
    print("told:", error)
"""
    assert "take fewer values" in in_a_process(program)


def test_an_array_outlives_its_map() -> None:
    losses = asw.sweep("lecture", **SMALL).loss_final
    gc.collect()
    assert np.isfinite(losses).all()


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    m = asw.sweep("lecture", **SMALL, check=0.1, precision="f32")
    m.png()
    asw.trace("hours", alpha=[0.1])
    asw.landscape("lecture")
    assert capfd.readouterr() == ("", "")


def test_notes_are_warnings_at_the_line_of_the_caller() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asw.sweep("mean((w*x+b-y)^2)", data={"x": [1, 2], "y": [2, 4]}, alpha=[0.1, 0.2])
    told = [str(one.message) for one in caught]
    assert any("choose it with set b_start=VALUE" in text for text in told), told
    assert {one.filename for one in caught} == {__file__}
    assert all(issubclass(one.category, asw.AlphasweepWarning) for one in caught)
    assert not any("--" in text for text in told)


def test_progress_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[tuple[int, int]] = []
    asw.sweep("lecture", **SMALL, progress=lambda done, of: told.append((done, of)))
    assert told[-1] == (17 * 33 * 121, 17 * 33 * 121) and told == sorted(told)
    asw.sweep("lecture", **SMALL, progress=True)
    assert "sweeping" in capsys.readouterr().err


def test_what_progress_raises_ends_the_call() -> None:
    def stop(done: int, of: int) -> None:
        raise RuntimeError(f"enough at {done} of {of}")

    began = time.monotonic()
    with pytest.raises(RuntimeError, match="enough"):
        asw.sweep("rosenbrock", **LONG, progress=stop)
    assert time.monotonic() - began < 5


def test_without_what_need_not_be_there(tmp_path: Path) -> None:
    program = f"""
import sys
for name in ("pandas", "polars", "xarray", "matplotlib", "sympy", "tqdm", "IPython", "pyarrow"):
    sys.modules[name] = None
import alphasweep as asw
m = asw.sweep(lambda x: (x-1)**2, alpha=asw.log(0.1, 5, 9), x_start=[1.5, 2], progress=True)
assert m.plot().png[:4] == bytes([137]) + b"PNG"
m.page(); m.save({str(tmp_path)!r}); asw.load({str(tmp_path)!r}); m._repr_mimebundle_()
asw.sweep("mean((w*x-y)^2)", data={{"x": [1, 2], "y": [2, 4]}}, steps=3, alpha=[0.1])
asw.trace("lecture", alpha=[1]).plot()
for absent in (m.to_pandas, m.to_xarray):
    try: absent()
    except ImportError as error: print(error)
"""
    assert in_a_process(program).count("\n") == 2


def test_import_starts_nothing() -> None:
    program = """
import sys, os, numpy
threads = len(os.listdir("/proc/self/task"))
import alphasweep
print(len(os.listdir("/proc/self/task")) - threads, sorted({"pandas", "matplotlib", "sympy", "tqdm"} & set(sys.modules)))
"""
    assert in_a_process(program).strip() == "0 []"
