"""The loss on a grid of the parameters."""

from __future__ import annotations

import json
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _core, _show
from ._asked import document, more_flags

if TYPE_CHECKING:
    import matplotlib.axes
    from numpy.typing import NDArray

__all__ = ["Landscape"]


class Landscape:
    """The loss on a grid of the parameters themselves.

    ``loss`` has the shape ``(ny, nx)``, or ``(nx,)``; NaN where it is not finite. Made by :func:`alphasweep.landscape`.
    """

    def __init__(self, core: _core.Landscape) -> None:
        self._core = core
        #: The losses.
        self.loss: NDArray[Any] = core.loss()
        self._axis_values = dict(core.axes())

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the parameters along x, and along y where there are two."""
        return tuple(self._axis_values)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """The losses as ``loss``, or the values of an axis by its name."""
        return self.loss if name == "loss" else self._axis_values[name]

    def __getattr__(self, name: str) -> NDArray[Any]:
        if name.startswith("_") or name not in self._axis_values:
            raise AttributeError(f"a landscape has no `{name}`")
        return self._axis_values[name]

    @cached_property
    def facts(self) -> dict[str, Any]:
        """All facts, as ``landscape.json`` has them."""
        facts: dict[str, Any] = json.loads(self._core.json())
        return facts

    @property
    def lowest(self) -> dict[str, Any] | None:
        """The lowest point: its ``loss``, its ``parameters``, and how many ``points`` have that loss."""
        lowest = self.facts["lowest"]
        return None if lowest is None else dict(lowest)

    @property
    def minima(self) -> tuple[tuple[float, ...], ...]:
        """Known minima, or the one next to the lowest point; one value per parameter."""
        return tuple(tuple(minimum) for minimum in self.facts["minima"])

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed; each was warned of, too."""
        return tuple(self._core.notes())

    def __repr__(self) -> str:
        size = " × ".join(map(str, reversed(self.loss.shape)))
        return f"<Landscape of {self.facts['formula']}, {size} points>"

    def png(self, **look: Any) -> bytes:
        """The picture that the command draws. ``look``: ``palette``, ``scale``."""
        return self._core.png(document(more_flags("landscape", look)))

    def plot(self, ax: matplotlib.axes.Axes | None = None, **look: Any) -> matplotlib.axes.Axes | _show.Picture:
        """The command's picture; with ``ax``, the losses, drawn there with matplotlib."""
        if ax is None:
            return _show.Picture(self.png(**look))
        from . import _plot

        return _plot.landscape(self, ax)

    def save(self, out: str | os.PathLike[str] = "landscape-out", **outputs: Any) -> list[Path]:
        """Writes what ``alphasweep landscape --out`` writes, and gives the paths."""
        return [Path(file) for file in self._core.save(os.fspath(out), document(more_flags("landscape", outputs)))]

    @cached_property
    def _picture(self) -> bytes:
        return self.png()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return _show.chosen(_show.bundle(self._picture, None, repr(self)), include, exclude)
