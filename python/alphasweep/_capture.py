"""Arrays that a Python function uses without being given them: columns of the data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ._expressions import WHOLE, Expression
from ._refusal import refuse

__all__ = ["Capture", "Column"]


class Column(Expression):
    """A column of the data, whose rows can be counted."""

    __slots__ = ("size",)

    size: int

    def __init__(self, name: str, size: int) -> None:
        super().__init__(name, WHOLE, over_rows=True)
        self.size = size

    def __len__(self) -> int:
        return self.size

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.size,)


@dataclass
class Capture:
    """Arrays that a function uses without being given them."""

    #: Names of arrays by where they are.
    known: dict[int, str]
    taken: set[str]
    columns: dict[str, Any] = field(default_factory=dict)
    seen: dict[int, tuple[Any, Column]] = field(default_factory=dict)

    def column(self, values: Any) -> Column:
        if id(values) in self.seen:
            return self.seen[id(values)][1]
        array = np.asarray(values)
        if array.ndim != 1 or array.dtype.kind not in "iufb":
            refuse(f"an array of the shape {array.shape} is no column", "use one array per column")
        lengths = {len(other) for other in self.columns.values()}
        if lengths and len(array) not in lengths:
            refuse(f"this column has {len(array)} rows, and others have {lengths.pop()}", "use rows that belong together")
        name = getattr(values, "name", None) or self.known.get(id(values))
        if not isinstance(name, str) or not name.isidentifier() or name in self.taken:
            name = next(f"x{at}" for at in range(1, 1 << 16) if f"x{at}" not in self.taken)
        self.taken.add(name)
        self.columns[name] = array
        # What is seen must live, or another would have its place.
        self.seen[id(values)] = (values, Column(name, len(array)))
        return self.seen[id(values)][1]
