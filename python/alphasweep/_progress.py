"""How far a call is: a bar of tqdm, a plain line, or whatever the caller does with two numbers."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any, Union

__all__ = ["Progress", "Told"]

#: ``True`` for a bar, or what is called with the work that is done and all there is (cell-steps).
Progress = Union[bool, Callable[[int, int], object]]


class Told:
    """Tells of progress for the time of a call."""

    def __init__(self, progress: Progress, what: str) -> None:
        self.tell: Callable[[int, int], object] | None = None
        self._bar: Any = None
        if callable(progress):
            self.tell = progress
        elif progress:
            self._what = what
            self.tell = self._show

    def _show(self, done: int, of: int) -> None:
        if self._bar is None:
            self._bar = _bar(self._what, of)
        self._bar(done, of)

    def __enter__(self) -> Told:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


def _bar(what: str, of: int) -> Any:
    try:
        with warnings.catch_warnings():
            # In a notebook it says that its widgets are missing, and shows a plain bar.
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm
    except ImportError:
        return _Line(what)
    return _Tqdm(tqdm(total=of, desc=what, unit="step", unit_scale=True, leave=False))


class _Tqdm:
    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def __call__(self, done: int, of: int) -> None:
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


class _Line:
    """One line on stderr, written over."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __call__(self, done: int, of: int) -> None:
        sys.stderr.write(f"\r{self._what} {100 * done / max(of, 1):3.0f} %")
        sys.stderr.flush()

    def close(self) -> None:
        sys.stderr.write("\n")
