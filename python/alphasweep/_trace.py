"""Descents step by step."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from . import _core, _show
from ._asked import document, more_flags
from ._facts import OUTCOMES, Outcome

if TYPE_CHECKING:
    import matplotlib.axes
    import pandas
    from numpy.typing import NDArray

__all__ = ["Descent", "Trace"]


class Descent(Mapping[str, "NDArray[Any]"]):
    """One descent with every point of its path, from the start on.

    Columns have one value per step: ``d["loss"]``, ``d["beta"]``, ``d["beta_gradient"]``, and what ``show`` named; or
    ``d.loss``, ``d.beta``.
    """

    def __init__(
        self, facts: dict[str, Any], path: tuple[str, str, list[tuple[str, float | None]], dict[str, NDArray[Any]]]
    ) -> None:
        #: As ``trace.json`` has them.
        self.facts = facts
        self.label, self.rule, values, self._columns = path
        #: Numbers of this descent by name, such as ``alpha`` and ``beta_start``.
        self.given: dict[str, float | None] = dict(values)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __getattr__(self, name: str) -> NDArray[Any]:
        if name.startswith("_") or name not in self._columns:
            raise AttributeError(f"a descent has no `{name}`")
        return self._columns[name]

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    @property
    def alpha(self) -> float:
        """The learning rate."""
        return float(self.facts["knobs"]["alpha"])

    @property
    def outcome(self) -> Outcome:
        """What it came to."""
        return Outcome(OUTCOMES.index(self.facts["outcome"]))

    @property
    def steps(self) -> int:
        """The step at which that was decided."""
        return int(self.facts["steps"])

    @property
    def loss_final(self) -> float:
        """The last finite loss; NaN where the start has none."""
        loss = self.facts["loss_final"]
        return float("nan") if loss is None else float(loss)

    @property
    def final(self) -> tuple[float, ...]:
        """Where each parameter got to."""
        return tuple(self.facts["parameters"])

    @property
    def predictions(self) -> list[tuple[dict[str, float], float | None]]:
        """What ``predict`` asked of the model, with its answers."""
        return [(one["at"], one["value"]) for one in self.facts.get("predictions", [])]

    def __repr__(self) -> str:
        return f"<Descent {self.label}: {self.outcome.name.lower()} after {self.steps} steps, loss {self.loss_final:.4g}>"


class Trace(Sequence[Descent]):
    """Descents that were followed: ``t[0].loss``, ``t.plot()``, ``t.animate()``.

    Made by :func:`alphasweep.trace`.
    """

    def __init__(self, core: _core.Trace) -> None:
        self._core = core

    @cached_property
    def facts(self) -> dict[str, Any]:
        """All facts, as ``trace.json`` has them."""
        facts: dict[str, Any] = json.loads(self._core.json())
        return facts

    @cached_property
    def _descents(self) -> list[Descent]:
        return [Descent(facts, path) for facts, path in zip(self.facts["descents"], self._core.paths())]

    @overload
    def __getitem__(self, at: int) -> Descent: ...

    @overload
    def __getitem__(self, at: slice) -> list[Descent]: ...

    def __getitem__(self, at: int | slice) -> Descent | list[Descent]:
        return self._descents[at]

    def __len__(self) -> int:
        return len(self._descents)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed; each was warned of, too."""
        return tuple(self._core.notes())

    def __repr__(self) -> str:
        return "\n".join(map(repr, self._descents))

    def png(self, **look: Any) -> bytes:
        """The picture that the command draws. ``look``: ``palette``, ``scale``, ``range=(lo, hi)``."""
        return self._core.png(document(more_flags("trace", look)))

    def plot(self, ax: matplotlib.axes.Axes | None = None, **look: Any) -> matplotlib.axes.Axes | _show.Picture:
        """The command's picture of all paths; with ``ax``, the losses over the steps, drawn there with matplotlib."""
        if ax is None:
            return _show.Picture(self.png(**look))
        from . import _plot

        return _plot.trace(self, ax)

    def animate(self, **look: Any) -> _show.Film:
        """The film. ``look``: ``palette``, ``scale``, ``fps``, ``width``, ``range=(lo, hi)``."""
        return _show.Film(self._core.gif(document(more_flags("trace", look))))

    def to_pandas(self) -> pandas.DataFrame:
        """One row per descent and step, with the columns of the CSV file."""
        import pandas

        def rows(at: int, descent: Descent) -> pandas.DataFrame:
            steps = len(descent["loss"])
            told = {"descent": at + 1, "rule": descent.rule, **descent.given, "step": np.arange(steps)}
            return pandas.DataFrame({**told, **dict(descent)})

        return pandas.concat([rows(at, one) for at, one in enumerate(self._descents)], ignore_index=True)

    def save(self, out: str | os.PathLike[str] = "trace-out", **outputs: Any) -> list[Path]:
        """Writes what ``alphasweep trace --out`` writes, and gives the paths."""
        return [Path(file) for file in self._core.save(os.fspath(out), document(more_flags("trace", outputs)))]

    @cached_property
    def _picture(self) -> bytes:
        return self.png()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return _show.chosen(_show.bundle(self._picture, None, repr(self)), include, exclude)
