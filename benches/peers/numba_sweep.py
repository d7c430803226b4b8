"""`lecture` in Numba: prange over the rows, all four outputs.

Usage: numba_sweep.py CASE FORM f32|f64 NX NY STEPS OUT.npz; see peer.py for what it answers. The case is `lecture`. Forms:
`cells` goes through one descent after the other and leaves each where it ends; `lanes` and `frozen` make one step of a row's
descents after the other, without branches, so that the compiler can use vector instructions, and leave a block of lanes when
all of them have ended. `lanes` carries the last finite parameter along, `frozen` stands still where a descent ends.
"""

import sys

import numpy as np
from numba import njit, prange

import peer
from outcomes import CONVERGED, DIVERGE, DIVERGED, GTOL, OUT_OF_STEPS

LANES = 256
F = np.float32  # Exact in both precisions.


@njit(parallel=True, error_model="numpy")
def cells(alpha, start, limits, steps, loss, beta, ended, outcome):
    gtol, diverge = limits
    for y in prange(start.size):
        for x in range(alpha.size):
            b, a = start[y], alpha[x]
            h = b * F(0.5) - F(1)
            f0 = h * h
            f, bar, last, end, code = f0, diverge * (F(1) + f0), b, steps, -1
            for k in range(steps + 1):
                h = b * F(0.5) - F(1)
                f = h * h
                if np.isfinite(f):
                    last = b
                if not f <= bar:
                    code, end = DIVERGED, k
                    break
                if abs(h) < gtol:
                    code, end = CONVERGED, k
                    break
                b -= a * h
            h = last * F(0.5) - F(1)
            loss[y, x], beta[y, x], ended[y, x] = h * h, last, end
            outcome[y, x] = OUT_OF_STEPS if code < 0 else code


@njit(parallel=True, error_model="numpy")
def lanes(alpha, start, limits, steps, loss, beta, ended, outcome):
    gtol, diverge = limits
    blocks = (alpha.size + LANES - 1) // LANES
    for task in prange(start.size * blocks):
        y, x0 = task // blocks, (task % blocks) * LANES
        n = min(LANES, alpha.size - x0)
        a = alpha[x0 : x0 + n]
        b = np.full(n, start[y], alpha.dtype)
        h0 = start[y] * F(0.5) - F(1)
        f0 = h0 * h0
        bar = diverge * (F(1) + f0)
        last = b.copy()
        end = np.full(n, steps, np.int32)
        code = np.full(n, -1, np.int32)
        for k in range(steps + 1):
            running = np.int32(0)
            for i in range(n):
                h = b[i] * F(0.5) - F(1)
                f = h * h
                was = code[i] < 0
                last[i] = b[i] if was and f < np.inf else last[i]
                now = np.int32(-1)
                now = np.int32(CONVERGED) if abs(h) < gtol else now
                now = now if f <= bar else np.int32(DIVERGED)
                end[i] = np.int32(k) if was and now >= 0 else end[i]
                code[i] = now if was else code[i]
                running += np.int32(1) if code[i] < 0 else np.int32(0)
                b[i] -= a[i] * h
            if running == 0:
                break
        for i in range(n):
            h = last[i] * F(0.5) - F(1)
            loss[y, x0 + i], beta[y, x0 + i], ended[y, x0 + i] = h * h, last[i], end[i]
            outcome[y, x0 + i] = OUT_OF_STEPS if code[i] < 0 else code[i]


@njit(parallel=True, error_model="numpy")
def frozen(alpha, start, limits, steps, loss, beta, ended, outcome):
    gtol, diverge = limits
    blocks = (alpha.size + LANES - 1) // LANES
    for task in prange(start.size * blocks):
        y, x0 = task // blocks, (task % blocks) * LANES
        n = min(LANES, alpha.size - x0)
        a = alpha[x0 : x0 + n]
        b = np.full(n, start[y], alpha.dtype)
        h0 = start[y] * F(0.5) - F(1)
        f0 = h0 * h0
        bar = diverge * (F(1) + f0)
        end = np.zeros(n, np.int32)
        for _ in range(steps):
            running = np.int32(0)
            for i in range(n):
                h = b[i] * F(0.5) - F(1)
                # Whoever stands still passes the same test again, so that nothing else has to be remembered.
                goes_on = (abs(h) >= gtol) & (h * h <= bar)
                b[i] -= a[i] * h if goes_on else alpha.dtype.type(0)
                step = np.int32(1) if goes_on else np.int32(0)
                end[i] += step
                running += step
            if running == 0:
                break
        for i in range(n):
            h = b[i] * F(0.5) - F(1)
            f = h * h
            loss[y, x0 + i], beta[y, x0 + i], ended[y, x0 + i] = f, b[i], end[i]
            code = CONVERGED if abs(h) < gtol else OUT_OF_STEPS
            outcome[y, x0 + i] = code if f <= bar else DIVERGED


def main():
    _, form, precision, nx, ny, steps, out = sys.argv[1:]
    number = {"f32": np.float32, "f64": np.float64}[precision]
    alpha = np.geomspace(1e-10, 10, int(nx)).astype(number)
    start = np.linspace(-10, 10, int(ny)).astype(number)
    limits = (number(GTOL), number(DIVERGE))
    loss, beta, ended, outcome = (np.empty((int(ny), int(nx)), kind) for kind in (number, number, np.int32, np.int8))
    sweep = {"cells": cells, "lanes": lanes, "frozen": frozen}[form]
    run = lambda: sweep(alpha, start, limits, int(steps), loss, beta, ended, outcome)
    run()
    peer.compiled(run, lambda _: np.savez(out, loss=loss, steps=ended, outcome=outcome))


main()
