"""Limits and words that all peers share: they are alphasweep's defaults."""

RUNNING = -1
CONVERGED, DESCENDING, LEVEL, RISING, DIVERGED = range(5)
GTOL, DIVERGE, SAME = 1e-5, 1e8, 1e-6


def by_loss(xp, first, last):
    """What a descent is that used all its steps; `xp` is numpy or what stands in for it."""
    band = first.dtype.type(SAME) * xp.abs(first)
    return xp.where(last < first - band, DESCENDING, xp.where(last > first + band, RISING, LEVEL))
