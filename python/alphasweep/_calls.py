"""The calls: the commands, with the same words."""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

from . import _core
from ._asked import Asked
from ._axes import AxisLike
from ._called import arguments, saved, swept, told_better
from ._errors import warn
from ._explore import Explorer
from ._landscape import Landscape
from ._map import Map
from ._progress import Progress, Told
from ._trace import Trace

if TYPE_CHECKING:
    import sympy

__all__ = ["explore", "landscape", "network", "sweep", "trace"]

#: A formula or a name of the catalog, a Python function of the parameters, or an expression of sympy.
Objective = Union[str, Callable[..., Any], "sympy.Basic"]

#: A path or a name of the catalog, a DataFrame, a dict of arrays, a structured array, or rows and columns.
Data = Any

#: A number, or a text such as ``"-pi/2"``.
Setting = Union[float, str]

Path = Union[str, "os.PathLike[str]"]


def sweep(
    objective: Objective | None = None,
    *,
    data: Data = None,
    alpha: AxisLike | None = None,
    start: AxisLike | None = None,
    vary: Mapping[str, AxisLike] | Sequence[str] | None = None,
    set: Mapping[str, Setting] | Sequence[str] | None = None,
    const: Mapping[str, Setting] | Sequence[str] | None = None,
    rule: str | None = None,
    schedule: str | None = None,
    gradient: str | None = None,
    batch: int | str | None = None,
    shuffle: bool | None = None,
    steps: int | None = None,
    epochs: int | None = None,
    gtol: float | str | Sequence[float] | None = None,
    stop: str | None = None,
    diverge: float | None = None,
    seed: int | None = None,
    standardize: bool | str | Sequence[str] | None = None,
    drop_missing: bool | None = None,
    no_header: bool | None = None,
    precision: str | None = None,
    engine: str | None = None,
    adapter: str | None = None,
    threads: int | None = None,
    repair: bool | None = None,
    check: float | None = None,
    fallback: str | None = None,
    native_functions: bool | None = None,
    out: Path | None = None,
    progress: Progress = False,
    **names: Any,
) -> Map:
    """Runs one gradient descent for every cell of a grid, and says of each whether it converged, crawled, cycled or diverged.

    >>> import alphasweep as asw
    >>> m = asw.sweep("(beta/2-1)^2", alpha=asw.log(1e-10, 10, 1024), start=asw.lin(-10, 10, 512))
    >>> m.outcome.shape, m.advice.safe.alpha < m.theory.limits[0].alpha
    ((512, 1024), True)

    Parameters
    ----------
    objective
        A formula such as ``"(x-1)^2 + y^2"``, a name of the catalog (:func:`alphasweep.list`), a Python function of the
        parameters, which is followed once (``lambda x, y: (1-x)**2 + 100*(y-x**2)**2``; an argument with a number for a default
        is a constant), or an expression of sympy. ``lecture`` unless it is given.
    data
        Data whose columns become names of the formula: a path, a name of the catalog, a DataFrame of pandas or polars, a dict of
        arrays, a structured array, or an array of rows and columns (``x1``, ``x2``, …).
    alpha, start
        Learning rates (the first axis), and starts of the first parameter (the second): an array, a range, :func:`log`,
        :func:`lin`, :func:`x3`, or a text such as ``"log:1e-3:10:200"``. A single number for ``alpha`` fixes it.
    vary
        Other axes, by name: ``vary={"momentum": asw.lin(0, 0.99, 100)}``. The first is x of the map, the second is y.
    set, const
        Fixed hyperparameters, starts and constants; and names of the formula that are constants, not parameters.
    **names
        Any name of the problem: ``momentum=0.9`` fixes it, ``momentum=asw.lin(0, 0.99, 100)`` varies it, ``w_start=1`` begins
        there. And every other flag of ``alphasweep sweep``, with ``_`` for ``-``, those of networks and files among them.
    rule, schedule
        How one step moves: ``"gd"``, ``"momentum"``, ``"adam"``, … or a text such as ``"delta = -alpha*g"``; and what multiplies
        ``alpha`` on the way: ``"cosine"``, ``"warmup:10*cosine"``, …
    gradient
        ``"auto"`` (derived), ``"central:1e-4"`` (differences), or a text such as ``"w = 2*x*(w*x-y)"``.
    batch, shuffle
        Rows per step: ``"full"``, ``"each"``, or a number of rows; without repetition.
    steps, epochs
        Steps that a descent may take (1000), or passes over the data.
    gtol, stop, diverge
        When a descent has converged and diverged: see the guide.
    seed
        What drawn data, starts, batches and noise are drawn from (0).
    standardize, drop_missing, no_header
        How data are read.
    precision
        ``"auto"``, ``"f32"``, ``"compensated"`` or ``"f64"``.
    engine, adapter, threads
        ``"auto"`` (a hardware GPU, else the CPU), ``"gpu"`` or ``"cpu"``; part of the name of a GPU; threads of the CPU.
    repair, check, fallback, native_functions
        As the flags.
    out
        Also write the files of the command there, as :meth:`Map.save` does.
    progress
        True for a bar (of tqdm, where it is there), or what is called with the work that is done and all there is, in
        descent-steps, some twenty times a second.

    Returns
    -------
    Map
        Columns of the shape ``(ny, nx)``; with one axis ``(nx,)``.

    Raises
    ------
    ValueError
        A request that cannot be; of a formula with a caret under the place.
    TypeError
        An argument of another kind.
    FileNotFoundError
        Data that are not there.
    DeviceError
        An engine failed, cannot do it, or is not there.
    KeyboardInterrupt
        Ctrl-C, within half a second.

    Warns
    -----
    AlphasweepWarning
        What was assumed.

    Notes
    -----
    The sweep is that of the command, to the bit; how it is computed is in the project's docs/numerics.md. Other threads of
    Python run meanwhile.
    """
    return swept(arguments(locals()))


def network(
    objective: str | None = None,
    *,
    data: Data = None,
    net: str | Sequence[int] | None = None,
    target: str | None = None,
    activation: str | None = None,
    loss: str | None = None,
    init: str | None = None,
    scaling: str | None = None,
    no_bias: bool | None = None,
    history: int | None = None,
    alpha: AxisLike | None = None,
    vary: Mapping[str, AxisLike] | Sequence[str] | None = None,
    set: Mapping[str, Setting] | Sequence[str] | None = None,
    rule: str | None = None,
    schedule: str | None = None,
    batch: int | str | None = None,
    steps: int | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    standardize: bool | str | None = None,
    engine: str | None = None,
    out: Path | None = None,
    progress: Progress = False,
    **names: Any,
) -> Map:
    """Trains a network of dense layers for every cell of a grid.

    >>> import alphasweep as asw
    >>> m = asw.network("two-layer", alpha=asw.log(0.01, 10, 4), vary={"seed": [1, 2]}, steps=20)
    >>> m["test_accuracy"].shape
    (2, 4)

    Parameters
    ----------
    objective
        A network of the catalog, such as ``"two-layer"``; or ``net``.
    net
        The sizes of the layers, inputs first: ``[784, 50, 10]``.
    data, target
        What it learns: a folder with MNIST's four files, ``"digits"``, ``"gaussian:ROWS:INPUTS"``, or a table (a CSV file, a
        DataFrame, a dict of arrays, …) with the column ``target``.
    activation, loss, init, scaling, no_bias
        What the network is made of.
    history
        Also record loss and accuracies at every step that is a multiple of this: ``m["history_loss"]``, shape
        ``(ny, nx, records)``.
    alpha, vary, set, rule, schedule, batch, steps, epochs, seed, standardize, engine, out, progress, **names
        As for :func:`alphasweep.sweep`.

    Returns
    -------
    Map
        With ``train_accuracy``, ``test_accuracy`` and ``loss_best`` in place of parameters.

    Raises
    ------
    ValueError, TypeError, FileNotFoundError, DeviceError, KeyboardInterrupt
        As :func:`alphasweep.sweep`.
    """
    given = arguments(locals())
    if isinstance(given.get("net"), (builtins.list, tuple)):
        given["net"] = "-".join(map(str, given["net"]))
    if given.get("objective") is None and given.get("net") is None:
        raise ValueError('network: name one of the catalog, such as "two-layer", or give its sizes, as in net=[784, 50, 10]')
    return swept(given)


def trace(
    objective: Objective | None = None,
    *,
    data: Data = None,
    alpha: AxisLike | None = None,
    start: AxisLike | None = None,
    vary: Mapping[str, AxisLike] | Sequence[str] | None = None,
    set: Mapping[str, Setting] | Sequence[str] | None = None,
    const: Mapping[str, Setting] | Sequence[str] | None = None,
    rule: str | Sequence[str] | None = None,
    schedule: str | None = None,
    gradient: str | None = None,
    batch: int | str | None = None,
    steps: int | None = None,
    epochs: int | None = None,
    gtol: float | str | Sequence[float] | None = None,
    stop: str | None = None,
    seed: int | None = None,
    precision: str | None = None,
    show: Mapping[str, str] | Sequence[str] | None = None,
    predict: Mapping[str, float] | Sequence[Mapping[str, float]] | None = None,
    model: str | None = None,
    range: tuple[float, float] | None = None,
    out: Path | None = None,
    progress: Progress = False,
    **names: Any,
) -> Trace:
    """Follows chosen descents step by step.

    >>> import alphasweep as asw
    >>> t = asw.trace("hours", alpha=[0.1, 0.2], w_start=1)
    >>> t[0].outcome, len(t[0].loss) == t[0].steps + 1
    (<Outcome.CONVERGED: 0>, True)

    Parameters
    ----------
    objective, data, const, schedule, gradient, batch, epochs, gtol, stop, seed, precision, set
        As for :func:`alphasweep.sweep`.
    alpha, start, vary, **names
        Values; every combination of all values is a descent, at most 64.
    rule
        One rule, or several: ``["gd", "momentum"]``.
    steps
        Steps that a descent may take (100).
    show
        Numbers to follow besides the loss: ``{"mae": "mean(abs(w*x-y))"}``.
    predict, model
        What the model predicts for these values of its columns: ``{"x": 4}``; and the model, where it is not found in the
        objective.
    range
        What pictures show of the first parameter.
    out
        Also write the files of the command there.
    progress
        As for :func:`alphasweep.sweep`.

    Returns
    -------
    Trace
        A sequence of :class:`alphasweep.Descent`, whose columns have one value per step.

    Raises
    ------
    ValueError, TypeError, FileNotFoundError, DeviceError, KeyboardInterrupt
        As :func:`alphasweep.sweep`.
    """
    given = arguments(locals())
    progress = given.pop("progress")
    asked = Asked("trace", given.pop("objective"), given.pop("data"), given)
    with Told(progress, "following") as told, told_better(asked):
        core = _core.trace(asked.json(), asked.held, told.tell)
    warn(core.notes())
    made = Trace(core)
    return saved(made, asked, "trace-out")


def landscape(
    objective: Objective | None = None,
    *,
    data: Data = None,
    vary: Mapping[str, AxisLike] | Sequence[str] | None = None,
    set: Mapping[str, Setting] | Sequence[str] | None = None,
    const: Mapping[str, Setting] | Sequence[str] | None = None,
    seed: int | None = None,
    precision: str | None = None,
    engine: str | None = None,
    out: Path | None = None,
    progress: Progress = False,
    **names: Any,
) -> Landscape:
    """Evaluates the loss on a grid of the parameters themselves.

    >>> import alphasweep as asw
    >>> valley = asw.landscape("himmelblau", x0=asw.lin(-5, 5, 101), x1=asw.lin(-5, 5, 101))
    >>> valley.loss.shape
    (101, 101)

    Parameters
    ----------
    objective, data, const, seed, precision, engine, progress
        As for :func:`alphasweep.sweep`.
    vary, **names
        Parameters along the axes; the first two over the objective's own starts, unless they are given.
    set
        Other parameters and constants, fixed.
    out
        Also write the files of the command there.

    Returns
    -------
    Landscape
        ``loss`` of the shape ``(ny, nx)``, or ``(nx,)``.

    Raises
    ------
    ValueError, TypeError, FileNotFoundError, DeviceError, KeyboardInterrupt
        As :func:`alphasweep.sweep`.
    """
    given = arguments(locals())
    progress = given.pop("progress")
    asked = Asked("landscape", given.pop("objective"), given.pop("data"), given)
    with Told(progress, "evaluating") as told, told_better(asked):
        core = _core.landscape(asked.json(), asked.held, told.tell)
    warn(core.notes())
    made = Landscape(core)
    return saved(made, asked, "landscape-out")


def explore(objective: Objective | None = None, *, data: Data = None, open: bool = True, **flags: Any) -> Explorer:
    """Opens the live map in a browser beside: type a formula, drag, zoom, click.

    Parameters
    ----------
    objective, data
        What it begins with, as for :func:`alphasweep.sweep`.
    open
        False only gives the address.
    **flags
        Those of ``alphasweep explore``, and names of the problem.

    Returns
    -------
    Explorer
        With its ``address``; ``stop()`` ends it, and the end of Python does.

    Raises
    ------
    ValueError
        A port that is taken.
    """
    return Explorer(Asked("explore", objective, data, flags), open)
