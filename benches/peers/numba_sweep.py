"""`lecture` in Numba: prange over the rows, f32, all four outputs.

Usage: numba_sweep.py CASE NX NY STEPS OUT.npz; see peer.py for what it answers. Cases: `cells` goes through one descent
after the other and leaves each where it ends; `lanes` makes one step of a row's descents after the other, without
branches, so that the compiler can use vector instructions, and leaves a block of lanes when all of them have ended.
"""

import sys

import numpy as np
from numba import njit, prange

import peer

CONVERGED, DESCENDING, LEVEL, RISING, DIVERGED = range(5)
LANES = 256
F = np.float32
GTOL, DIVERGE, EPSILON = F(1e-5), F(1e8), F(1e-6)


@njit(error_model="numpy", inline="always")
def unfinished(f0, last):
    eps = EPSILON * abs(f0)
    if last < f0 - eps:
        return DESCENDING
    return RISING if last > f0 + eps else LEVEL


@njit(parallel=True, error_model="numpy")
def cells(alpha, start, steps, loss, beta, ended, outcome):
    for y in prange(start.size):
        for x in range(alpha.size):
            b, a = start[y], alpha[x]
            h = b * F(0.5) - F(1)
            f0 = h * h
            f, bar, last, end, code = f0, DIVERGE * (F(1) + f0), b, steps, -1
            for k in range(steps + 1):
                h = b * F(0.5) - F(1)
                f = h * h
                if np.isfinite(f):
                    last = b
                if not f <= bar:
                    code, end = DIVERGED, k
                    break
                if abs(h) < GTOL:
                    code, end = CONVERGED, k
                    break
                b -= a * h
            h = last * F(0.5) - F(1)
            loss[y, x], beta[y, x], ended[y, x] = h * h, last, end
            outcome[y, x] = unfinished(f0, h * h) if code < 0 else code


@njit(parallel=True, error_model="numpy")
def lanes(alpha, start, steps, loss, beta, ended, outcome):
    blocks = (alpha.size + LANES - 1) // LANES
    for task in prange(start.size * blocks):
        y, x0 = task // blocks, (task % blocks) * LANES
        n = min(LANES, alpha.size - x0)
        a = alpha[x0 : x0 + n]
        b = np.full(n, start[y], np.float32)
        h0 = start[y] * F(0.5) - F(1)
        f0 = h0 * h0
        bar = DIVERGE * (F(1) + f0)
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
                now = np.int32(CONVERGED) if abs(h) < GTOL else now
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
            outcome[y, x0 + i] = unfinished(f0, h * h) if code[i] < 0 else code[i]


def main():
    name, nx, ny, steps, out = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5]
    alpha = np.geomspace(1e-10, 10, nx).astype(np.float32)
    start = np.linspace(-10, 10, ny).astype(np.float32)
    kinds = (np.float32, np.float32, np.int32, np.int8)
    loss, beta, ended, outcome = (np.empty((ny, nx), kind) for kind in kinds)
    sweep = {"cells": cells, "lanes": lanes}[name]
    run = lambda: sweep(alpha, start, steps, loss, beta, ended, outcome)
    run()
    np.savez(out, loss=loss, steps=ended, outcome=outcome)
    peer.serve(run)


main()
