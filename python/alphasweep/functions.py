"""Functions for Python functions that become formulas, beside those of numpy and ``math``.

>>> import alphasweep as asw
>>> asw.sweep(lambda w: asw.functions.softplus(-w) + 0.01*w**2)  # doctest: +SKIP
"""

from __future__ import annotations

from typing import Any

from ._tables import FUNCTIONS, mean, sum, where

__all__ = ["gelu", "huber", "logsumexp", "mean", "relu", "sigmoid", "softplus", "sum", "where"]


def sigmoid(x: Any) -> Any:
    """1/(1 + exp(-x))"""
    return FUNCTIONS["sigmoid"](x)


def softplus(x: Any) -> Any:
    """ln(1 + exp(x))"""
    return FUNCTIONS["softplus"](x)


def relu(x: Any) -> Any:
    """max(x, 0)"""
    return FUNCTIONS["relu"](x)


def gelu(x: Any) -> Any:
    """x·erfc(-x/√2)/2"""
    return FUNCTIONS["gelu"](x)


def huber(x: Any, d: Any) -> Any:
    """x²/2 up to \\|x\\| = d, and beyond a line that goes on with its slope."""
    return FUNCTIONS["huber"](x, d)


def logsumexp(*values: Any) -> Any:
    """The logarithm of a sum of exponentials, without overflow."""
    return FUNCTIONS["logsumexp"](*values)
