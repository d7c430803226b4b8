"""The values a name takes across the grid."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Union

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Axis", "AxisLike", "lin", "log", "x3"]


class Axis:
    """Values along an axis, with a rule between them: pictures mark such axes by their rule, and not value by value.

    Made by :func:`log`, :func:`lin` and :func:`x3`. ``text`` is the axis as the command line writes it.
    """

    __slots__ = ("text",)

    text: str

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"Axis({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Axis) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


AxisLike = Union[Axis, str, float, "ArrayLike", Iterable[float]]


def log(lo: float, hi: float, n: int) -> Axis:
    """``n`` values with equal ratios from ``lo`` to ``hi``, both above 0; the ends are exact.

    >>> log(1e-10, 10, 1024)
    Axis('log:1e-10:10:1024')
    """
    return Axis(f"log:{number(lo)}:{number(hi)}:{whole(n)}")


def lin(lo: float, hi: float, n: int) -> Axis:
    """``n`` values with equal steps from ``lo`` to ``hi``; the ends are exact.

    >>> lin(-10, 10, 512)
    Axis('lin:-10:10:512')
    """
    return Axis(f"lin:{number(lo)}:{number(hi)}:{whole(n)}")


def x3(lo: float, hi: float) -> Axis:
    """``lo``, 3·``lo``, 9·``lo``, … and ``hi``.

    >>> x3(0.001, 1)
    Axis('x3:0.001:1')
    """
    return Axis(f"x3:{number(lo)}:{number(hi)}")


def number(value: Any) -> str:
    """The shortest text that reads back to the same f64."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise TypeError(f"expected a number, and {value!r} is a {type(value).__name__}")
    real = float(value)
    is_plain = real.is_integer() and abs(real) < 1e15 and not (real == 0 and np.signbit(real))
    return str(int(real)) if is_plain else repr(real)


def whole(value: Any) -> str:
    """A number of values."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"expected a whole number of values, and {value!r} is a {type(value).__name__}")
    return str(int(value))


#: The text of a list may have so many bytes (a megabyte), in files too.
MOST_BYTES = 1 << 20


def axis_text(name: str, value: Any) -> str:
    """An axis as the command line writes it; of an array every value, to the bit."""
    if isinstance(value, Axis):
        return value.text
    if isinstance(value, str):
        return value
    values: NDArray[np.float64] = array_of(name, value)
    text = ",".join(map(repr, values.tolist()))
    if len(text) > MOST_BYTES:
        raise ValueError(
            f"{name}: {values.size} values are too many for a list; use alphasweep.lin or alphasweep.log, or fewer values"
        )
    return text


def array_of(name: str, value: Any) -> NDArray[np.float64]:
    """Numbers in one row, in f64."""
    if isinstance(value, Iterable) and not hasattr(value, "__len__"):
        value = list(value)
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" or array.ndim > 1:
        kind = f"has the shape {array.shape}" if array.ndim > 1 else f"holds {array.dtype}"
        raise TypeError(f"{name}: expected numbers in one row, and {type(value).__name__} {kind}")
    if array.size == 0:
        raise ValueError(f"{name}: an axis has at least one value")
    values = np.atleast_1d(array).astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError(f"{name}: {values[~np.isfinite(values)][0]} is not a finite number")
    return values


def is_axis(value: Any) -> bool:
    """Whether it is several values, not one."""
    if isinstance(value, Axis):
        return True
    if isinstance(value, str):
        return "," in value or value.split(":")[0] in ("log", "lin", "x3")
    return not isinstance(value, (bool, int, float, np.generic)) and np.ndim(value) > 0 or isinstance(value, range)
