"""The phase diagram of gradient descent: one descent for every point of a grid, millions at a time, and for each one whether
it converged, crawled, cycled or diverged.

>>> import alphasweep as asw
>>> m = asw.sweep("(beta/2-1)^2", alpha=asw.log(1e-10, 10, 1024), start=asw.lin(-10, 10, 512))
>>> m.advice.fastest.alpha < m.theory.limits[0].alpha
True

``sweep`` · ``network`` · ``trace`` · ``landscape`` · ``explore`` · ``load`` · ``verify`` · ``devices`` · ``list`` · ``run``
"""

import os as _os

# Without a runtime directory, as in containers, a layer of Mesa prints an error at every look for adapters. This switches the
# layer off, which only sorts adapters.
if "XDG_RUNTIME_DIR" not in _os.environ:
    _os.environ.setdefault("NODEVICE_SELECT", "1")

from . import functions
from ._axes import Axis, lin, log, x3
from ._calls import explore, landscape, network, sweep, trace
from ._core import __version__
from ._errors import AlphasweepWarning, CheckWarning, DeviceError
from ._facts import OUTCOMES, Advice, Engine, Exact, Limit, Outcome, Pick, RestPoint, Theory
from ._landscape import Landscape
from ._load import load
from ._machine import Devices, Verification, data, devices, list, run, verify
from ._map import Map
from ._refusal import TracingError
from ._show import Film, Page, Picture
from ._trace import Descent, Trace
from .functions import mean, where

__all__ = [
    "OUTCOMES",
    "Advice",
    "AlphasweepWarning",
    "Axis",
    "CheckWarning",
    "Descent",
    "DeviceError",
    "Devices",
    "Engine",
    "Exact",
    "Film",
    "Landscape",
    "Limit",
    "Map",
    "Outcome",
    "Page",
    "Pick",
    "Picture",
    "RestPoint",
    "Theory",
    "Trace",
    "TracingError",
    "Verification",
    "__version__",
    "data",
    "devices",
    "explore",
    "functions",
    "landscape",
    "lin",
    "list",
    "load",
    "log",
    "mean",
    "network",
    "run",
    "sweep",
    "trace",
    "verify",
    "where",
    "x3",
]
