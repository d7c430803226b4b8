"""Data that Python holds, as the table that the library reads: columns by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _core

__all__ = ["Table", "table_of"]

_FORMS = (
    "expected a path, a name of the catalog, a DataFrame of pandas or polars, a dict of arrays, a structured array, or an "
    "array of rows and columns"
)


@dataclass(frozen=True)
class Table:
    """Columns of the same length: numbers in f64, or texts."""

    columns: dict[str, Any]

    @classmethod
    def of(cls, columns: Mapping[str, Any]) -> Table:
        """Checks and converts columns.

        Raises
        ------
        ValueError
            Columns of different lengths, a number that is not finite.
        TypeError
            A column that holds neither numbers nor texts.
        """
        if not columns:
            raise ValueError("data: there are no columns")
        typed = {str(name): _column(str(name), values) for name, values in columns.items()}
        lengths = {name: len(values) for name, values in typed.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{name} {length}" for name, length in lengths.items())
            raise ValueError(f"data: columns of different lengths: {told}")
        return cls(typed)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns."""
        return tuple(self.columns)

    def with_more(self, columns: Mapping[str, Any]) -> Table:
        """The same with more columns."""
        return Table.of({**self.columns, **columns})

    def csv(self) -> bytes:
        """As a file, with numbers that read back to the same bits."""
        return bytes(_core.table(list(self.columns), list(self.columns.values())))


def table_of(data: Any) -> Table:
    """Data of any of the forms that people have.

    Raises
    ------
    TypeError
        Data of another form.
    """
    return Table.of(dict(_columns(data)))


def _columns(data: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(data, Table):
        yield from data.columns.items()
    elif isinstance(data, Mapping):
        yield from ((str(name), values) for name, values in data.items())
    elif hasattr(data, "columns") and hasattr(data, "__getitem__") and not isinstance(data, np.ndarray):
        names = [str(name) for name in data.columns]
        if len(set(names)) != len(names):
            raise ValueError(f"data: two columns are called alike, of {', '.join(names)}")
        yield from zip(names, (data[name] for name in data.columns))
    elif not isinstance(data, np.ndarray) and hasattr(data, "column_names") and hasattr(data, "column"):
        yield from ((name, data.column(name).to_pylist()) for name in data.column_names)
    elif isinstance(data, np.ndarray) and data.dtype.names:
        yield from ((name, data[name]) for name in data.dtype.names)
    else:
        yield from _rows(data)


def _rows(data: Any) -> Iterator[tuple[str, Any]]:
    array = np.asarray(data)
    if array.ndim != 2 or array.dtype.kind not in "iufb":
        raise TypeError(f"data: {_FORMS}; this is a {type(data).__name__}")
    yield from ((f"x{at + 1}", array[:, at]) for at in range(array.shape[1]))


def _column(name: str, values: Any) -> Any:
    # Of pandas and polars, nullable numbers become NaN, and are missing.
    for convert in ("to_numpy",):
        if hasattr(values, convert):
            values = getattr(values, convert)()
    array = np.asarray(values)
    if array.ndim != 1:
        raise TypeError(f"data: the column {name} has the shape {array.shape}, and a column is one row of values")
    if array.dtype.kind in "iufb":
        numbers = np.ascontiguousarray(array, dtype=np.float64)
        if np.isinf(numbers).any():
            raise ValueError(f"data: the column {name} is infinite in row {int(np.isinf(numbers).argmax()) + 1}")
        return numbers
    if array.dtype.kind in "OUST":
        return _texts(name, array)
    raise TypeError(f"data: the column {name} holds {array.dtype}, and neither numbers nor texts")


def _texts(name: str, array: Any) -> Any:
    items = [None if _is_missing(item) else item for item in array.tolist()]
    if all(item is None or (isinstance(item, (int, float)) and not isinstance(item, bool)) for item in items):
        return np.array([np.nan if item is None else float(item) for item in items])
    wrong = [item for item in items if item is not None and not isinstance(item, (str, bool, int, float))]
    if wrong:
        raise TypeError(f"data: the column {name} holds a {type(wrong[0]).__name__}, and neither numbers nor texts")
    return [None if item is None else str(item) for item in items]


def _is_missing(item: Any) -> bool:
    if item is None or type(item).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(item, float) and np.isnan(item)
