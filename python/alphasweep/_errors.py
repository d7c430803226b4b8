"""What calls raise and warn of."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable

from ._core import DeviceError

__all__ = ["AlphasweepWarning", "CheckWarning", "DeviceError"]


class AlphasweepWarning(UserWarning):
    """What was assumed, or what there is to know: the notes of the command."""


class CheckWarning(AlphasweepWarning):
    """A machine failed on the way, or a check does not hold: numbers may be wrong."""


_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def warn(texts: Iterable[str], category: type[Warning] = AlphasweepWarning) -> None:
    """Warns, at the line outside of this package that called."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and os.path.abspath(frame.f_code.co_filename).startswith(_HERE):
        level, frame = level + 1, frame.f_back
    for text in texts:
        warnings.warn(text, category, stacklevel=level)
