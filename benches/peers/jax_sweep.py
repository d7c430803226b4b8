"""The sweeps of `run.sh` in JAX, each in several forms, of which the fastest counts.

Usage: jax_sweep.py CASE FORM f32|f64 NX NY STEPS OUT.npz [DATA.csv]; see peer.py for what it answers, and jax_frozen.py and
jax_carried.py for the forms. Cases: lecture, rosenbrock-adam, line (reads DATA.csv, from `alphasweep list line --data`), waves. All give
four outputs: loss, parameters, steps and outcome of every cell.
"""

import os
import sys

PRECISION = sys.argv[3]
# Both are read when JAX starts. A device for each processor, so that chunks run side by side.
os.environ["JAX_ENABLE_X64"] = str(int(PRECISION == "f64"))
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={os.cpu_count()}"

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

import jax_carried  # noqa: E402
import peer  # noqa: E402
from jax_frozen import Frozen  # noqa: E402

F = {"f32": np.float32, "f64": np.float64}[PRECISION]


def lecture(p, _):
    return (p[0] / 2 - 1) ** 2


def rosenbrock(p, _):
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


def line(p, data):
    x, y = data
    return jnp.mean((p[0] * x + p[1] - y) ** 2)


def waves(p, _):
    return 10 * jnp.sin(p[0]) + jnp.exp(p[0] / 10) + p[0] ** 2 / 10


def gd(g, state, alpha, _):
    return tuple(-alpha * s for s in g), state


def adam(g, state, alpha, t):
    b1, b2, eps = F(0.9), F(0.999), F(1e-8)
    moved, kept = [], []
    c1, c2 = 1 - b1**t, 1 - b2**t
    for slope, (m, v) in zip(g, state):
        m = b1 * m + (1 - b1) * slope
        v = b2 * v + (1 - b2) * slope * slope
        moved.append(-alpha * (m / c1) / (jnp.sqrt(v / c2) + eps))
        kept.append((m, v))
    return tuple(moved), tuple(kept)


def axis(kind, lo, hi, n):
    values = np.geomspace(lo, hi, n) if kind == "log" else np.linspace(lo, hi, n)
    return values.astype(F)


def rows(path):
    data = np.loadtxt(path, delimiter=",", skiprows=1)
    return F(data[:, 0]), F(data[:, 2])


# Loss, rule, numbers of its state per parameter, axes, and the starts of further parameters.
CASES = {
    "lecture": (lecture, gd, 0, ("log", 1e-10, 10), ("lin", -10, 10), ()),
    "rosenbrock-adam": (rosenbrock, adam, 2, ("log", 1e-5, 1), ("lin", -2, 2), (1.0,)),
    "line": (line, gd, 0, ("log", 1e-4, 10), ("lin", -10, 10), (-1.0,)),
    "waves": (waves, gd, 0, ("log", 1e-4, 10), ("lin", -10, 10), ()),
}


def main():
    name, form, _, nx, ny, steps, out, *more = sys.argv[1:]
    loss, rule, slots, x, y, others = CASES[name]
    alpha, start = axis(*x, int(nx)), axis(*y, int(ny))
    data = rows(more[0]) if more else None
    parameters = 1 + len(others)
    state = tuple(tuple(F(0) for _ in range(slots)) for _ in range(parameters if slots else 0))
    starts = (start, *(np.full_like(start, other) for other in others))
    case = (F, form, loss, rule, state, int(steps), data)
    if form in ("carried", "hand", "hand-rows"):
        run, shaped = jax_carried.prepare(*case, alpha, starts)
    else:
        run, shaped = Frozen(*case).prepare(alpha, starts)
    peer.compiled(run, lambda answers: save(out, shaped(answers)))


def save(out, answers):
    loss, _, ended, outcome = answers
    np.savez(out, loss=loss, steps=ended, outcome=outcome)


main()
