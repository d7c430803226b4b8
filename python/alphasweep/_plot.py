"""Maps, paths and valleys in axes of matplotlib. The command's own pictures show more: ``png()`` gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from . import _core
from ._facts import OUTCOMES

if TYPE_CHECKING:
    import matplotlib.axes
    from numpy.typing import NDArray

    from ._landscape import Landscape
    from ._map import Map
    from ._trace import Trace


def map(
    m: Map,
    ax: matplotlib.axes.Axes | None,
    column: str | None,
    palette: str = "light",
    theory: bool = True,
    **_: Any,
) -> matplotlib.axes.Axes:
    """The map, with theory and advice; of one axis the final losses."""
    ax = ax or plt.subplots(layout="constrained")[1]
    colours = [(red / 255, green / 255, blue / 255) for red, green, blue in _core.colours(palette)]
    _scale(ax, "x", m.x)
    ax.set_xlabel(m.axes[0])
    if m.y is None:
        _curve(m, ax, column or "loss_final", colours)
    else:
        _scale(ax, "y", m.y)
        ax.set_ylabel(m.axes[1])
        if column is None:
            _outcomes(m, ax, colours)
        else:
            _mesh(ax, m.x, m.y, m[column], column)
    lines = _lines(m, ax) if theory else []
    if m.y is not None and column is None:
        patches = [
            Patch(color=colours[code], label=f"{OUTCOMES[code]} {np.mean(m.outcome == code):.1%}")
            for code in range(len(OUTCOMES))
            if (m.outcome == code).any()
        ]
        ax.legend(handles=[*patches, *lines], loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    elif ax.get_legend_handles_labels()[0]:
        ax.legend(frameon=False)
    ax.set_title(m.facts["spec"].get("formula") or m.facts["spec"]["objective"])
    return ax


def _outcomes(m: Map, ax: matplotlib.axes.Axes, colours: list[Any]) -> None:
    cells, y = m.outcome, m.y
    assert y is not None
    ax.pcolormesh(_edges(m.x), _edges(y), cells, cmap=ListedColormap(colours), vmin=-0.5, vmax=7.5, rasterized=True)


def _mesh(ax: matplotlib.axes.Axes, x: NDArray[Any], y: NDArray[Any], values: NDArray[Any], label: str) -> None:
    norm = _norm(values)
    # What has no logarithm is as low as the lowest that has one.
    shown = values if norm is None else np.where(values <= 0, norm.vmin, values)
    mesh = ax.pcolormesh(_edges(x), _edges(y), shown, norm=norm, rasterized=True)
    ax.figure.colorbar(mesh, ax=ax, label=label)


def _curve(m: Map, ax: matplotlib.axes.Axes, column: str, colours: list[Any]) -> None:
    values = m[column]
    ax.plot(m.x, values, color="0.7", linewidth=0.8, zorder=1)
    for code in np.unique(m.outcome):
        of = m.outcome == code
        ax.scatter(m.x[of], values[of], s=9, color=colours[code], label=OUTCOMES[code], zorder=2)
    if (values[np.isfinite(values)] > 0).all():
        ax.set_yscale("log")
    ax.set_ylabel(column)


def _lines(m: Map, ax: matplotlib.axes.Axes) -> list[Any]:
    """Theory, dashed, and the fastest and the largest safe learning rate, where alpha is an axis."""
    if "alpha" not in m.axes:
        return []
    drawn: list[Any] = []
    line = ax.axvline if m.axes[0] == "alpha" else ax.axhline
    values, advice = m["alpha"], m.advice
    marked = [(limit.alpha, "--", "theory") for limit in m.theory.limits]
    if advice is not None and advice.fastest is not None:
        marked.append((advice.fastest.alpha, ":", "fastest"))
    if advice is not None and advice.safe is not None:
        marked.append((advice.safe.alpha, "-.", "safe"))
    for alpha, style, label in marked:
        if values.min() <= alpha <= values.max():
            told = f"{label} {alpha:.4g}"
            rim = [withStroke(linewidth=3, foreground="white")]
            drawn.append(line(alpha, color="black", linestyle=style, linewidth=1.2, label=told, path_effects=rim))
    return drawn


def _scale(ax: matplotlib.axes.Axes, which: str, values: NDArray[Any]) -> None:
    if _is_log(values):
        (ax.set_xscale if which == "x" else ax.set_yscale)("log")


def _is_log(values: NDArray[Any]) -> bool:
    """Whether values lie more evenly on a logarithmic axis."""
    if values.size < 3 or (values <= 0).any():
        return bool((values > 0).all() and values.max() / values.min() > 100)
    steps, ratios = np.diff(values), np.diff(np.log(values))
    return bool(np.ptp(ratios) / abs(ratios.mean()) < np.ptp(steps) / abs(steps.mean()))


def _edges(values: NDArray[Any]) -> NDArray[Any]:
    """Between the values, half-way on their scale."""
    at = np.log(values.astype(np.float64)) if _is_log(values) else values.astype(np.float64)
    if at.size == 1:
        inner = np.array([at[0] - 0.5, at[0] + 0.5])
    else:
        middle = (at[1:] + at[:-1]) / 2
        inner = np.concatenate([[2 * at[0] - middle[0]], middle, [2 * at[-1] - middle[-1]]])
    return np.exp(inner) if _is_log(values) else inner


def _norm(values: NDArray[Any]) -> Any:
    finite = values[np.isfinite(values)]
    positive = finite[finite > 0]
    if positive.size and positive.size >= finite.size * 0.99 and positive.max() / positive.min() > 1000:
        return LogNorm(positive.min(), positive.max())
    return None


def trace(t: Trace, ax: matplotlib.axes.Axes) -> matplotlib.axes.Axes:
    """The losses over the steps."""
    for descent in t:
        ax.plot(descent["loss"], label=descent.label)
    if all((one["loss"][np.isfinite(one["loss"])] > 0).all() for one in t):
        ax.set_yscale("log")
    ax.set_xlabel("step")
    ax.set_ylabel("loss")
    ax.legend(frameon=False)
    return ax


def landscape(valley: Landscape, ax: matplotlib.axes.Axes) -> matplotlib.axes.Axes:
    """The losses, over one parameter or two."""
    x = valley[valley.axes[0]]
    ax.set_xlabel(valley.axes[0])
    if len(valley.axes) == 1:
        ax.plot(x, valley.loss)
        ax.set_ylabel("loss")
        return ax
    y = valley[valley.axes[1]]
    ax.set_ylabel(valley.axes[1])
    _mesh(ax, x, y, valley.loss, "loss")
    return ax
