"""The sweeps of `run.sh` in JAX: jit, vmap over both axes, a loop on the device, all four outputs.

Usage: jax_sweep.py CASE NX NY STEPS OUT.npz [DATA.csv]; see peer.py for what it answers. Cases: lecture,
lecture-general, lecture-early, rosenbrock-adam, line (reads DATA.csv, from `alphasweep list line --data`), waves.
"""

import sys

import jax
import jax.numpy as jnp
import numpy as np

import peer

CONVERGED, DESCENDING, LEVEL, RISING, DIVERGED = range(5)
GTOL, DIVERGE = np.float32(1e-5), np.float32(1e8)


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
    b1, b2, eps = np.float32(0.9), np.float32(0.999), np.float32(1e-8)
    moved, kept = [], []
    c1, c2 = 1 - b1**t, 1 - b2**t
    for slope, (m, v) in zip(g, state):
        m = b1 * m + (1 - b1) * slope
        v = b2 * v + (1 - b2) * slope * slope
        moved.append(-alpha * (m / c1) / (jnp.sqrt(v / c2) + eps))
        kept.append((m, v))
    return tuple(moved), tuple(kept)


def descend(loss, rule, state0, steps, data):
    """One descent as DESIGN says: outcome by step, the last finite loss and parameters, the step it ended at."""
    value_and_grad = jax.value_and_grad(loss)

    def one(alpha, start):
        f0, _ = value_and_grad(start, data)
        bar = DIVERGE * (1 + jnp.abs(f0))

        def body(k, carry):
            p, state, last, last_p, outcome, ended = carry
            f, g = value_and_grad(p, data)
            finite = jnp.isfinite(f)
            for s in p:
                finite &= jnp.isfinite(s)
            running = outcome < 0
            keep = running & finite
            last = jnp.where(keep, f, last)
            last_p = tuple(jnp.where(keep, s, o) for s, o in zip(p, last_p))
            bad = ~finite | (jnp.abs(f) > bar)
            small = jnp.abs(g[0]) < GTOL
            for s in g[1:]:
                small &= jnp.abs(s) < GTOL
            now = jnp.where(bad, DIVERGED, jnp.where(small, CONVERGED, -1)).astype(jnp.int8)
            ended = jnp.where(running & (now >= 0), k, ended)
            outcome = jnp.where(running, now, outcome)
            moved, state = rule(g, state, alpha, (k + 1).astype(jnp.float32))
            p = tuple(s + d for s, d in zip(p, moved))
            return p, state, last, last_p, outcome, ended

        carry = (start, state0, f0, start, jnp.int8(-1), jnp.int32(steps))
        _, _, last, last_p, outcome, ended = jax.lax.fori_loop(0, steps + 1, body, carry)
        eps = np.float32(1e-6) * jnp.abs(f0)
        unfinished = jnp.where(last < f0 - eps, DESCENDING, jnp.where(last > f0 + eps, RISING, LEVEL))
        return last, last_p, ended, jnp.where(outcome < 0, unfinished, outcome).astype(jnp.int8)

    return one


def descend_scalar(steps):
    """`lecture` written by hand: the leanest body that still gives all four outputs."""

    def one(alpha, start):
        f0 = (start / 2 - 1) ** 2
        bar = DIVERGE * (1 + f0)

        def body(k, carry):
            b, last_b, outcome, ended = carry
            h = b / 2 - 1
            f = h * h
            running = outcome < 0
            bad = ~(f <= bar)
            now = jnp.where(bad, DIVERGED, jnp.where(jnp.abs(h) < GTOL, CONVERGED, -1))
            ended = jnp.where(running & (now >= 0), k, ended)
            last_b = jnp.where(running & jnp.isfinite(f), b, last_b)
            outcome = jnp.where(running, now, outcome)
            return b - alpha * h, last_b, outcome, ended

        _, b, outcome, ended = jax.lax.fori_loop(0, steps + 1, body, (start, start, jnp.int32(-1), jnp.int32(steps)))
        last = (b / 2 - 1) ** 2
        eps = np.float32(1e-6) * f0
        unfinished = jnp.where(last < f0 - eps, DESCENDING, jnp.where(last > f0 + eps, RISING, LEVEL))
        return last, (b,), ended, jnp.where(outcome < 0, unfinished, outcome).astype(jnp.int8)

    return one


def descend_early(steps):
    """`lecture` with the loop left as soon as every descent of a row has ended."""

    def row(alpha, starts):
        f0 = (starts / 2 - 1) ** 2
        bar = DIVERGE * (1 + f0)

        def body(carry):
            k, b, last_b, outcome, ended = carry
            h = b / 2 - 1
            f = h * h
            running = outcome < 0
            now = jnp.where(~(f <= bar), DIVERGED, jnp.where(jnp.abs(h) < GTOL, CONVERGED, -1))
            ended = jnp.where(running & (now >= 0), k, ended)
            last_b = jnp.where(running & jnp.isfinite(f), b, last_b)
            outcome = jnp.where(running, now, outcome)
            return k + 1, b - alpha * h, last_b, outcome, ended

        def go(carry):
            return (carry[0] <= steps) & jnp.any(carry[3] < 0)

        n = starts.shape
        carry = (jnp.int32(0), starts, starts, jnp.full(n, -1, jnp.int32), jnp.full(n, steps, jnp.int32))
        _, _, b, outcome, ended = jax.lax.while_loop(go, body, carry)
        last = (b / 2 - 1) ** 2
        eps = np.float32(1e-6) * f0
        unfinished = jnp.where(last < f0 - eps, DESCENDING, jnp.where(last > f0 + eps, RISING, LEVEL))
        return last, (b,), ended, jnp.where(outcome < 0, unfinished, outcome).astype(jnp.int8)

    return row


def axis(name, lo, hi, n):
    values = np.geomspace(lo, hi, n) if name == "log" else np.linspace(lo, hi, n)
    return values.astype(np.float32)


def case(name, nx, ny, steps, path):
    zero = (np.float32(0), np.float32(0))
    if name.startswith("lecture"):
        alpha, start = axis("log", 1e-10, 10, nx), axis("lin", -10, 10, ny)
        if name == "lecture-early":
            rows = jax.vmap(descend_early(steps), (0, None))
            return lambda: rows(alpha, start)
        one = descend(lecture, gd, (), steps, None) if name == "lecture-general" else None
        f = (lambda a, b: one(a, (b,))) if one else descend_scalar(steps)
    elif name == "rosenbrock-adam":
        alpha, start = axis("log", 1e-5, 1, nx), axis("lin", -2, 2, ny)
        one = descend(rosenbrock, adam, (zero, zero), steps, None)
        f = lambda a, b: one(a, (b, jnp.float32(1)))
    elif name == "line":
        alpha, start = axis("log", 1e-4, 10, nx), axis("lin", -10, 10, ny)
        data = np.loadtxt(path, delimiter=",", skiprows=1)
        data = (jnp.float32(data[:, 0]), jnp.float32(data[:, 2]))
        one = descend(line, gd, (), steps, data)
        f = lambda a, b: one(a, (b, jnp.float32(-1)))
    elif name == "waves":
        alpha, start = axis("log", 1e-4, 10, nx), axis("lin", -10, 10, ny)
        one = descend(waves, gd, (), steps, None)
        f = lambda a, b: one(a, (b,))
    else:
        sys.exit(f"no case {name}")
    both = jax.vmap(jax.vmap(f, (0, None)), (None, 0))
    return lambda: both(alpha, start)


def main():
    name, nx, ny, steps, out = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
    compiled = jax.jit(case(name, nx, ny, steps, sys.argv[6] if len(sys.argv) > 6 else None))
    run = lambda: jax.block_until_ready(compiled())
    loss, parameters, ended, outcome = jax.tree.map(np.asarray, run())
    if name == "lecture-early":
        loss, ended, outcome = loss.T, ended.T, outcome.T
    np.savez(out, loss=loss, steps=ended, outcome=outcome)
    peer.serve(run)


main()
