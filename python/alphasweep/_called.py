"""What the calls have in common: what was given, what is told of a wrong request, and files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, TypeVar

from . import _core
from ._asked import Asked
from ._errors import CheckWarning, warn
from ._landscape import Landscape
from ._map import Map
from ._progress import Told
from ._trace import Trace

__all__ = ["arguments", "saved", "swept", "told_better"]

_Made = TypeVar("_Made", Map, Trace, Landscape)


def arguments(local: Mapping[str, Any]) -> dict[str, Any]:
    """Those that were given, by name."""
    return {**{name: value for name, value in local.items() if name != "names"}, **local.get("names", {})}


def swept(given: dict[str, Any]) -> Map:
    """The sweep of these arguments, with its files where some were asked for."""
    progress = given.pop("progress")
    asked = Asked("sweep", given.pop("objective"), given.pop("data"), given)
    with Told(progress, "sweeping") as told, told_better(asked):
        core, columns = _core.sweep(asked.json(), asked.held, told.tell)
    warn(core.notes())
    warn(core.warnings(), CheckWarning)
    made = Map(core, columns, asked.json(), asked.held)
    _about_gpus(made.engine.reason)
    return saved(made, asked, "sweep-out", progress=progress)


def saved(made: _Made, asked: Asked, folder: str, **more: Any) -> _Made:
    """What was made; with its files, where some were asked for, in ``folder`` unless another was named."""
    if asked.saved:
        saved = {name.replace("-", "_"): value for name, value in asked.saved.items()}
        made.save(saved.pop("out", folder), **more, **saved)
    return made


class told_better:
    """Data that are no file and no name of the catalog are a file that is missing; a name that is nothing may be a slip."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._data = asked.flags.get("data") if asked.held is None else None

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if not isinstance(error, ValueError):
            return
        text, data = str(error), self._data
        if isinstance(data, str) and text.startswith("data ") and (os.sep in data or "." in data):
            if not os.path.exists(data):
                raise FileNotFoundError(text) from None
        slip = self._asked.slip(text)
        if slip:
            raise ValueError(f"{text}; {slip}") from None


_TOLD_OF_GPUS = False


def _about_gpus(reason: str) -> None:
    """A GPU without a driver for Vulkan, as on Colab, is worth a word; once."""
    global _TOLD_OF_GPUS
    if _TOLD_OF_GPUS or reason != "no GPU here" or not os.path.exists("/dev/nvidia0"):
        return
    _TOLD_OF_GPUS = True
    warn(["there is an NVIDIA GPU, and no Vulkan driver for it is found, so that the CPU computes; docs/python.md says how to get one"])
