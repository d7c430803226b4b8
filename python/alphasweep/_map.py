"""A sweep: its columns as arrays, what is said of it, and what is drawn and written of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core, _show
from ._asked import document, more_flags
from ._errors import CheckWarning, warn
from ._facts import OUTCOMES, Advice, Best, Engine, Exact, Outcome, RestPoint, Theory
from ._progress import Progress, Told

if TYPE_CHECKING:
    import matplotlib.axes
    import pandas
    import xarray
    from numpy.typing import NDArray

__all__ = ["Map"]


class Map(Mapping[str, "NDArray[Any]"]):
    """A sweep: one descent for every cell of the grid.

    Columns are arrays of the shape ``(ny, nx)``, or ``(nx,)`` where one name varies, with the numbers that ``--npy`` writes, to
    the bit: ``m["beta_final"]``, or ``m.beta_final``. The axes are there by their names, too: ``m.alpha`` has ``nx`` values.
    Nobody can write into the arrays; copy them first.

    ``outcome`` holds codes: ``m.outcome == alphasweep.Outcome.CONVERGED``, and ``alphasweep.OUTCOMES`` has the words.

    Made by :func:`alphasweep.sweep`, :func:`alphasweep.network` and :func:`alphasweep.load`.
    """

    def __init__(
        self, core: _core.Map, columns: Mapping[str, NDArray[Any]], asked: str, held: tuple[str, bytes] | None
    ) -> None:
        self._core = core
        self._columns = dict(columns)
        self._asked = asked
        self._held = held
        self._facts: dict[str, Any] | None = None

    # Columns.

    def __getitem__(self, name: str) -> NDArray[Any]:
        """A column by its name, such as ``loss_final``; an axis by its own."""
        for known in (self._columns, self._axis_values):
            if name in known:
                return known[name]
        raise KeyError(f"{name}: there are {', '.join([*self._columns, *self._axis_values])}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __getattr__(self, name: str) -> NDArray[Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(f"a map has no `{name}`; {error.args[0]}") from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._columns, *self._axis_values]

    # A map is one thing, and not equal to another because its columns are.
    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    @cached_property
    def _axis_values(self) -> dict[str, NDArray[Any]]:
        return dict(self._core.axes())

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes: of x, then of y where there are two."""
        return tuple(self._axis_values)

    @property
    def x(self) -> NDArray[Any]:
        """Values of the first axis, in the working precision, shape ``(nx,)``."""
        return self._axis_values[self.axes[0]]

    @property
    def y(self) -> NDArray[Any] | None:
        """Values of the second axis, shape ``(ny,)``; None where there is one axis."""
        return self._axis_values[self.axes[1]] if len(self.axes) > 1 else None

    @property
    def shape(self) -> tuple[int, ...]:
        """``(ny, nx)``, or ``(nx,)``."""
        return self.outcome.shape

    @property
    def outcome(self) -> NDArray[np.uint8]:
        """Codes of outcomes: see :class:`alphasweep.Outcome`."""
        return self._columns["outcome"]

    @property
    def steps(self) -> NDArray[np.uint32]:
        """The step at which each outcome was decided."""
        return self._columns["steps"]

    @property
    def loss_start(self) -> NDArray[Any]:
        """Loss at the start; NaN where the start has none."""
        return self._columns["loss_start"]

    @property
    def loss_final(self) -> NDArray[Any]:
        """The last finite loss."""
        return self._columns["loss_final"]

    def words(self) -> NDArray[np.str_]:
        """Outcomes as their words, in the shape of the map."""
        return np.array(OUTCOMES)[self.outcome]

    def share(self, outcome: Outcome | str) -> float:
        """The share of the cells with an outcome, such as ``"converged"``."""
        code = OUTCOMES.index(outcome) if isinstance(outcome, str) else int(outcome)
        return float(np.mean(self.outcome == code))

    # What is said of it.

    @property
    def facts(self) -> dict[str, Any]:
        """All facts, as ``sweep.json`` has them."""
        facts = self._facts
        if facts is None:
            facts = self._facts = dict(json.loads(self._core.json()))
        return facts

    @property
    def advice(self) -> Advice | None:
        """Which learning rate to take; None where alpha is no axis."""
        return Advice.of(self.facts["summary"]["advice"])

    @property
    def theory(self) -> Theory:
        """Where descent must stop converging: the limits at the minima, or why there are none."""
        return Theory.of(self.facts)

    @property
    def minima(self) -> tuple[RestPoint, ...]:
        """The minima and valleys among :attr:`rest_points`, lowest loss first."""
        return tuple(point for point in self.rest_points if point.kind in ("minimum", "valley"))

    @property
    def rest_points(self) -> tuple[RestPoint, ...]:
        """Where descents come to rest: minima, saddles, plateaus; lowest loss first."""
        return tuple(RestPoint.of(point) for point in self.facts["rest_points"])

    @property
    def exact(self) -> Exact | None:
        """Of a loss that is quadratic in its parameters, the answer of the normal equations."""
        return Exact.of(self.facts["exact"])

    @property
    def best(self) -> Best | None:
        """The converged descent with the lowest loss; where none converged, the lowest of those that did not diverge."""
        summary = self.facts["summary"]
        return Best.of(summary["best"] or summary["lowest"])

    @property
    def outcomes(self) -> dict[str, int]:
        """Cells by outcome."""
        return dict(self.facts["summary"]["outcomes"])

    @property
    def engine(self) -> Engine:
        """What computed, in which precision, and why that."""
        return Engine.of(self.facts)

    @property
    def seconds(self) -> float:
        """How long the engine took."""
        return float(self.facts["run"]["seconds"])

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed; each was warned of, too."""
        return tuple(self._core.notes())

    @property
    def report(self) -> str:
        """The summary, as the command prints it."""
        return "\n".join(f"{label:<11} {text}" for label, text in self._core.report())

    def __repr__(self) -> str:
        size = " × ".join(map(str, reversed(self.shape)))
        return f"<Map of {self.facts['spec'].get('formula') or self.facts['spec']['objective']}, {size} cells>"

    def __str__(self) -> str:
        return self.report

    # Pictures and pages.

    def png(self, column: str | None = None, **look: Any) -> bytes:
        """The picture that the command draws, as a PNG; with ``column`` a map of that one.

        ``look``: ``palette``, ``shade``, ``scale``, ``theory=False``.
        """
        return self._core.png(self._columns, document(self._more(look, column)))

    def _more(self, look: Mapping[str, Any], column: str | None = None) -> dict[str, Any]:
        flags = more_flags("sweep", look)
        return {**flags, "map": [column]} if column is not None else flags

    def plot(
        self, ax: matplotlib.axes.Axes | None = None, column: str | None = None, **look: Any
    ) -> matplotlib.axes.Axes | _show.Picture:
        """Draws the map with matplotlib, into ``ax`` or a new figure; without matplotlib, gives the command's picture.

        Parameters
        ----------
        ax
            What to draw into.
        column
            The column that colours show; the outcome unless it is given.
        **look
            ``palette`` and ``theory=False``, as for :meth:`png`.
        """
        try:
            from . import _plot
        except ImportError:
            return _show.Picture(self.png(column, **look))
        return _plot.map(self, ax, column, **look)

    def page(self, height: int = 760, **look: Any) -> _show.Page:
        """The live page, in a frame of the notebook: it reads the map, follows any path, and makes descents anew.

        A saved notebook keeps it working. ``height`` is in pixels.

        Raises
        ------
        ValueError
            More cells or data than a page holds.
        """
        return _show.Page(self._core.html(self._columns, document(self._more(look))), height)

    @cached_property
    def _shown(self) -> dict[str, Any]:
        page = None
        if self.outcome.size <= 1 << 17:
            try:
                page = self._core.html(self._columns, document({}))
            except ValueError:
                # Too much for a page; the picture is there.
                pass
        if page is not None and len(page) > _show.MOST_INLINE:
            page = None
        return _show.bundle(self.png(), page, self.report)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return _show.chosen(self._shown, include, exclude)

    # Other forms.

    def to_pandas(self) -> pandas.DataFrame:
        """One row per cell, with the columns of the CSV file; outcomes are a categorical."""
        import pandas

        frame = pandas.DataFrame({name: np.ravel(values) for name, values in self._long().items()})
        frame["outcome"] = pandas.Categorical.from_codes(self.outcome.ravel(), categories=list(OUTCOMES))
        return frame

    def _long(self) -> dict[str, NDArray[Any]]:
        x = np.broadcast_to(self.x, self.shape)
        places = {self.axes[0]: x}
        if self.y is not None:
            places[self.axes[1]] = np.broadcast_to(self.y[:, None], self.shape)
        return {**places, **{name: values for name, values in self._columns.items() if values.shape == self.shape}}

    def to_xarray(self) -> xarray.Dataset:
        """All columns with their axes as coordinates; the facts are attributes."""
        import xarray

        names = tuple(reversed(self.axes))
        columns = {
            name: ((*names, "record") if values.ndim > len(names) else names, values)
            for name, values in self._columns.items()
        }
        spec = self.facts["spec"]
        attributes = {name: spec[name] for name in ("formula", "rule", "precision", "steps") if name in spec}
        return xarray.Dataset(columns, coords=self._axis_values, attrs={**attributes, "outcomes": list(OUTCOMES)})

    def save(self, out: str | os.PathLike[str] = "sweep-out", *, progress: Progress = False, **outputs: Any) -> list[Path]:
        """Writes what ``alphasweep sweep --out`` writes, and gives the paths.

        Parameters
        ----------
        out
            The folder. Data that were given as arrays are written there too, as ``data.csv``.
        progress
            Of a film, as for :func:`alphasweep.sweep`.
        **outputs
            Flags of files: ``npy``, ``parquet``, ``html``, ``svg``, ``png``, ``csv``, ``film``, ``map``, ``csv=False``, ``png=False``,
            ``palette``, ``shade``, ``scale``, ``theory=False``.

        Raises
        ------
        OSError
            A full disk.
        ValueError
            A path that cannot be written.
        """
        with Told(progress, "filming") as told:
            flags = document(more_flags("sweep", outputs))
            files, failed = self._core.save(self._columns, os.fspath(out), flags, told.tell)
        if failed is not None:
            warn([failed], CheckWarning)
        return [Path(file) for file in files]

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self._asked, self._held, json.dumps(self.facts), self._columns, self._facts is not None)


def _again(asked: str, held: tuple[str, bytes] | None, manifest: str, columns: dict[str, NDArray[Any]], _: bool) -> Map:
    """A map from what was kept of it."""
    core, made = _core.again(asked, held, manifest, {name: np.ascontiguousarray(one) for name, one in columns.items()})
    map = Map(core, made, asked, held)
    map._facts = json.loads(manifest)
    return map
