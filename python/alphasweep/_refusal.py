"""What is said where a Python function does what no formula can say: the line that was at it, and what to write instead."""

from __future__ import annotations

import linecache
import os
import sys
from typing import NoReturn

import numpy as np

__all__ = ["TracingError", "refuse"]


class TracingError(ValueError):
    """A function does what no formula can say; the message has the line."""


_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def refuse(what: str, instead: str) -> NoReturn:
    """Names the line of the function that was at it."""
    frame = sys._getframe(1)
    numpys = os.path.dirname(os.path.abspath(np.__file__)) + os.sep
    while frame.f_back is not None and os.path.abspath(frame.f_code.co_filename).startswith((_HERE, numpys)):
        frame = frame.f_back
    name, number = frame.f_code.co_filename, frame.f_lineno
    line = linecache.getline(name, number).strip()
    shown = f": {line}" if line else ""
    raise TracingError(f"{os.path.basename(name)}, line {number}{shown}\n  {what}; {instead}")
