"""`lecture` in C, by gcc: lecture.c says how.

Usage: c_lecture.py FORM f32|f64 NX NY STEPS OUT.npz; see peer.py for what it answers. FORM is how wide vectors are: 256 or 512
bits.
"""

import ctypes
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import peer
from outcomes import DIVERGE, GTOL

# As alphasweep: no product and sum in one rounding.
FLAGS = ["-O3", "-march=native", "-ffp-contract=off", "-fopenmp", "-shared", "-fPIC"]


def library(form, precision, folder):
    real, path = {"f32": "float", "f64": "double"}[precision], Path(folder) / "lecture.so"
    source = Path(__file__).with_name("lecture.c")
    command = ["gcc", *FLAGS, f"-mprefer-vector-width={form}", f"-DREAL={real}", "-o", path, source, "-lm"]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(path))


def main():
    form, precision, nx, ny, steps, out = sys.argv[1:]
    number, real = {"f32": (np.float32, ctypes.c_float), "f64": (np.float64, ctypes.c_double)}[precision]
    alpha = np.geomspace(1e-10, 10, int(nx)).astype(number)
    start = np.linspace(-10, 10, int(ny)).astype(number)
    answers = [np.empty((int(ny), int(nx)), kind) for kind in (number, number, np.int32, np.int8)]
    with tempfile.TemporaryDirectory() as folder:
        sweep = library(form, precision, folder).sweep
    pointers = [ctypes.c_void_p(array.ctypes.data) for array in (alpha, start, *answers)]
    size = ctypes.c_long(int(nx)), ctypes.c_long(int(ny)), ctypes.c_int(int(steps))
    run = lambda: sweep(*size, real(GTOL), real(DIVERGE), *pointers)
    run()
    loss, _, ended, outcome = answers
    peer.compiled(run, lambda _: np.savez(out, loss=loss, steps=ended, outcome=outcome))


main()
