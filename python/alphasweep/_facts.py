"""What is said of a sweep, typed: the facts that stand in ``sweep.json``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from . import _core

__all__ = [
    "Advice",
    "AlphaAt",
    "Best",
    "Engine",
    "Exact",
    "LowestLoss",
    "Limit",
    "OUTCOMES",
    "Outcome",
    "Pick",
    "RestPoint",
    "Theory",
]


class Outcome(IntEnum):
    """What a descent came to; the codes in ``outcome`` arrays."""

    CONVERGED = 0
    SETTLED = 1
    DESCENDING = 2
    LEVEL = 3
    OSCILLATING = 4
    UNSTABLE = 5
    RISING = 6
    DIVERGED = 7


#: The words of outcomes, by code: ``OUTCOMES[m.outcome[i, j]]``.
OUTCOMES: tuple[str, ...] = tuple(word for word, _ in _core.outcomes())

#: What they mean.
MEANINGS: tuple[str, ...] = tuple(meaning for _, meaning in _core.outcomes())


@dataclass(frozen=True)
class AlphaAt:
    """A learning rate of the axis, and its index there."""

    alpha: float
    index: int

    @classmethod
    def of(cls, facts: dict[str, Any]) -> AlphaAt:
        return cls(facts["alpha"], facts["index"])


@dataclass(frozen=True)
class Pick:
    """A learning rate, and how descents fare with it."""

    alpha: float
    index: int
    #: Over all starts that count; None where fewer than half arrive.
    median_steps: int | None
    #: Starts that arrive, of those that count.
    arrived: int
    of_starts: int

    def __float__(self) -> float:
        return self.alpha

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Pick:
        return cls(facts["alpha"], facts["index"], facts["median_steps"], facts["arrived"], facts["of"])


@dataclass(frozen=True)
class LowestLoss:
    """Where nothing arrives, the learning rate with the lowest median of final losses."""

    alpha: float
    index: int
    median_loss: float

    def __float__(self) -> float:
        return self.alpha

    @classmethod
    def of(cls, facts: dict[str, Any]) -> LowestLoss:
        return cls(facts["alpha"], facts["index"], facts["median_loss"])


@dataclass(frozen=True)
class Advice:
    """Which learning rate to take, and why."""

    #: The least median of steps, of those learning rates at which at least 99 % of the starts arrive.
    fastest: Pick | None
    #: The end of convergence: from the fastest up to this one at least 99 % of the starts arrive at every learning rate.
    safe: Pick | None
    #: How many times the fastest it is.
    factor: float | None
    #: The first learning rate at which some start rises or diverges.
    first_rise: AlphaAt | None
    #: Where nothing arrives.
    lowest: LowestLoss | None
    #: Cells that say nothing of the learning rate: they rest, or have no loss, where they start.
    apart: int
    #: What there is to know besides; each has a ``why``, and numbers with it.
    reasons: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, facts: dict[str, Any] | None) -> Advice | None:
        if facts is None:
            return None

        def perhaps(make: Any, name: str) -> Any:
            return None if facts.get(name) is None else make(facts[name])

        return cls(
            fastest=perhaps(Pick.of, "fastest"),
            safe=perhaps(Pick.of, "safe"),
            factor=facts["factor"],
            first_rise=perhaps(AlphaAt.of, "first_rise"),
            lowest=perhaps(LowestLoss.of, "lowest"),
            apart=facts["apart"],
            reasons=tuple(facts["reasons"]),
        )


@dataclass(frozen=True)
class Limit:
    """The largest stable learning rate at a minimum."""

    alpha: float
    #: λmax, the largest curvature there.
    sharpness: float
    #: One value per parameter.
    minimum: tuple[float, ...]

    def __float__(self) -> float:
        return self.alpha

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Limit:
        return cls(facts["alpha"], facts["sharpness"], tuple(facts["minimum"]))


@dataclass(frozen=True)
class Theory:
    """What theory says of where descent stops converging."""

    #: One for each minimum that has one, that of the lowest minimum first.
    limits: tuple[Limit, ...]
    #: Why there is none.
    why: str | None
    #: Which steps the limits are of, such as ``all-rows``.
    steps_of: str | None
    #: Where the limit depends on both axes, as ``sweep.json`` has it.
    curves: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Theory:
        theory = facts["theory"]
        limits = tuple(Limit.of(limit) for limit in theory.get("limits", ()))
        return cls(limits, theory.get("none"), facts.get("steps_of"), tuple(facts["curves"]))


@dataclass(frozen=True)
class RestPoint:
    """A place where descents come to rest."""

    #: ``minimum``, ``valley``, ``saddle``, ``maximum``, ``plateau``, …
    kind: str
    #: One value per parameter.
    point: tuple[float, ...]
    loss: float
    #: λmax, the largest curvature there, and the least.
    sharpness: float
    least: float
    #: Of the cells that came to rest; None where nobody looked.
    share: float | None
    #: Of a valley the least and the largest of what was reached.
    limits: tuple[Limit, ...]
    #: Why there is none.
    why: str | None

    @classmethod
    def of(cls, facts: dict[str, Any]) -> RestPoint:
        return cls(
            kind=facts["class"],
            point=tuple(facts["point"]),
            loss=facts["loss"],
            sharpness=facts["sharpness"],
            least=facts["least"],
            share=facts["share"],
            limits=tuple(Limit.of(limit) for limit in facts["limits"]),
            why=facts.get("why"),
        )


@dataclass(frozen=True)
class Exact:
    """Of a loss that is quadratic in its parameters: the answer of the normal equations."""

    minimum: tuple[float, ...]
    loss: float
    rank: int
    unique: bool
    #: Of the best cell from the set of minima.
    distance: float | None

    @classmethod
    def of(cls, facts: dict[str, Any] | None) -> Exact | None:
        if facts is None:
            return None
        return cls(tuple(facts["minimum"]), facts["loss"], facts["rank"], facts["unique"], facts.get("distance"))


@dataclass(frozen=True)
class Best:
    """A cell of the map, and where its descent got to."""

    #: Column and row on the map.
    cell: tuple[int, int]
    x: float
    y: float | None
    loss: float
    steps: int
    #: Parameters of a formula, measures of a network.
    finals: tuple[float, ...]

    @classmethod
    def of(cls, facts: dict[str, Any] | None) -> Best | None:
        if facts is None:
            return None
        x, y = facts["cell"]
        return cls((x, y), facts["x"], facts["y"], facts["loss"], facts["steps"], tuple(facts["finals"]))


@dataclass(frozen=True)
class Engine:
    """What computed, and why that."""

    #: ``cpu`` or ``gpu``.
    engine: str
    device: str
    driver: str
    reason: str
    #: ``f32``, ``compensated`` or ``f64``.
    precision: str

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Engine:
        engine, run = facts["engine"], facts["run"]
        reason, precision = _core.in_words(run["engine_reason"]), facts["spec"]["precision"]
        return cls(engine["engine"], engine["device"], engine["driver"], reason, precision)
