"""From arguments of Python to flags of the command: the same words, with ``_`` for ``-``."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from . import _core, _data, _tracing
from ._axes import Axis, axis_text, is_axis, number

#: What the JSON of a request holds for a flag.
FlagValue = "bool | int | float | str | list[str]"

#: Flags that say where and how a process runs: calls have other ways to say it.
INSTEAD = {
    "spec": "alphasweep.load(folder) reads what was saved",
    "shard": 'alphasweep.run("sweep", ...) runs the command itself',
    "keep-tiles": 'alphasweep.run("sweep", ...) runs the command itself',
    "keep-after": 'alphasweep.run("sweep", ...) runs the command itself',
    "json": "the result has .facts",
    "quiet": "nothing is printed",
}


#: Flags of files that have no path of their own: a call with one of them writes files, too.
WRITES = ("film-over", "map", "no-csv", "no-png", "no-gif")


@dataclass(frozen=True)
class Flag:
    """A flag of a command."""

    name: str
    aliases: tuple[str, ...]
    #: What the help calls its value; none of a switch.
    value: str | None
    repeats: bool
    help: str
    positional: bool
    #: Whether an output of a sweep owns it, and whether it says where to write.
    output: bool
    path: bool
    process: bool
    beside: bool

    @property
    def argument(self) -> str:
        """As calls have it."""
        return self.name.replace("-", "_")


@lru_cache(maxsize=None)
def commands() -> dict[str, dict[str, Flag]]:
    """All commands with their flags, by name."""
    found = json.loads(_core.commands())
    return {row["name"]: {flag["name"]: _flag(flag) for flag in row["flags"]} for row in found}


def _flag(row: dict[str, Any]) -> Flag:
    return Flag(**{**row, "aliases": tuple(row["aliases"])})


@lru_cache(maxsize=None)
def _by_argument(command: str) -> dict[str, Flag]:
    flags = commands()[command].values()
    named = {flag.argument: flag for flag in flags}
    return {**{alias.replace("-", "_"): flag for flag in flags for alias in flag.aliases}, **named}


class Asked:
    """What is asked of a command."""

    def __init__(self, command: str, objective: Any, data: Any, arguments: Mapping[str, Any]) -> None:
        self.command = command
        self.flags: dict[str, Any] = {}
        #: Where to write, and what besides the usual files.
        self.saved: dict[str, Any] = {}
        self.held: tuple[str, bytes] | None = None
        columns = self._data(data)
        self._objective(objective, columns)
        for name, value in arguments.items():
            if value is not None:
                self._argument(name, value)

    def _objective(self, objective: Any, columns: _data.Table | None) -> None:
        if objective is None:
            return
        if isinstance(objective, str):
            self.flags["objective"] = objective
            return
        traced = _tracing.formula_of(objective, columns.names if columns else ())
        self.flags["objective"] = traced.text
        for name, value in traced.constants.items():
            self._append("const", f"{name}={number(value)}")
        if traced.columns:
            table = columns.with_more(traced.columns) if columns else _data.Table.of(traced.columns)
            self.held = ("data.csv", table.csv())

    def _data(self, data: Any) -> _data.Table | None:
        if data is None:
            return None
        if isinstance(data, (str, os.PathLike)):
            self.flags["data"] = os.fspath(data)
            return None
        table = _data.table_of(data)
        self.held = ("data.csv", table.csv())
        return table

    def _argument(self, name: str, value: Any) -> None:
        flag, value = _flag_of(self.command, name, value)
        if flag is None:
            self._knob(name, value)
        elif flag.name in INSTEAD and flag.name != "objective":
            raise TypeError(f"{name} is for the command line: {INSTEAD[flag.name]}")
        elif flag.name == "out" or flag.path or flag.name in WRITES:
            self.saved[flag.name] = value if flag.name == "out" else flag_value(flag, value)
        elif flag.name == "alpha" and not is_axis(value) and self.command == "sweep":
            # One number is fixed, as that of every other name is.
            self._knob(name, value)
        elif flag.name in ("alpha", "start"):
            self.flags[flag.name] = axis_text(name, value)
        elif flag.name == "vary":
            self._pairs(flag.name, value, axis_text)
        elif flag.name in ("set", "const"):
            self._pairs(flag.name, value, setting)
        else:
            self.flags[flag.name] = flag_value(flag, value)

    def _knob(self, name: str, value: Any) -> None:
        """A name of the problem: several values vary, one is fixed."""
        taken = commands()[self.command]
        if "vary" not in taken or isinstance(value, (bool, Mapping)) or callable(value):
            raise TypeError(f"{self.command}() takes no argument `{name}`{_hint(self.command, name)}")
        try:
            if is_axis(value):
                self._append("vary", f"{name}={axis_text(name, value)}")
            else:
                self._append("set", f"{name}={setting(name, value)}")
        except TypeError as error:
            raise TypeError(f"{error}{_hint(self.command, name)}") from None

    def _pairs(self, flag: str, value: Any, text: Callable[[str, Any], str]) -> None:
        if isinstance(value, Mapping):
            for name, one in value.items():
                self._append(flag, f"{name}={text(str(name), one)}")
        else:
            for one in [value] if isinstance(value, str) else value:
                self._append(flag, str(one))

    def _append(self, flag: str, text: str) -> None:
        self.flags.setdefault(flag, []).append(text)

    def slip(self, text: str) -> str:
        """What may be meant where a name of the problem is none."""
        for flag in ("set", "vary"):
            for pair in self.flags.get(flag, []):
                name = pair.split("=")[0]
                if f"`{name}` is nothing" in text:
                    close = difflib.get_close_matches(name, _by_argument(self.command), n=1)
                    return f"or is the argument `{close[0]}` meant?" if close else ""
        return ""

    def json(self) -> str:
        """As the library reads it."""
        return document(self.flags)


def _flag_of(command: str, name: str, value: Any) -> tuple[Flag | None, Any]:
    """The flag of an argument with its value: ``png=False`` is ``no_png=True``."""
    flags = _by_argument(command)
    if value is False and f"no_{name}" in flags:
        return flags[f"no_{name}"], True
    return flags.get(name), value


def document(flags: Mapping[str, Any]) -> str:
    """Flags as the library reads them."""
    return json.dumps({"asked": dict(flags)}, ensure_ascii=False)


def setting(name: str, value: Any) -> str:
    """What fixes a name: a number, or a text such as ``-pi/2``."""
    if isinstance(value, str):
        return value
    if np.ndim(value) == 0 and hasattr(value, "item"):
        value = value.item()
    try:
        return number(value)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None


def flag_value(flag: Flag, value: Any) -> Any:
    """The value of a flag, typed: numbers stay numbers."""
    if isinstance(value, Mapping):
        pairs = [f"{name}={setting(str(name), one)}" for name, one in value.items()]
        # One question of several columns, or several flags with a name each.
        return [",".join(pairs)] if flag.name == "predict" else pairs if flag.repeats else ",".join(pairs)
    if flag.value is None:
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError(f"{flag.argument} is a switch: expected True or False, and {value!r} is neither")
        return bool(value)
    if isinstance(value, (bool, np.bool_)):
        if flag.name != "standardize":
            raise TypeError(f"{flag.argument}: expected {flag.value}, and {value!r} is a switch's")
        return bool(value)
    if isinstance(value, Axis):
        return value.text
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, str):
        return [value] if flag.repeats else value
    if np.ndim(value) == 0 and isinstance(value, (int, float, np.number)):
        return [number(value)] if flag.repeats else one_number(value)
    if isinstance(value, Iterable):
        texts = [one if isinstance(one, str) else _inner(flag, one) for one in value]
        if flag.repeats:
            return texts
        return (":" if flag.value == "LO:HI" else ",").join(texts)
    raise TypeError(f"{flag.argument}: expected {flag.value}, and {value!r} is a {type(value).__name__}")


def _inner(flag: Flag, value: Any) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{name}={setting(str(name), one)}" for name, one in value.items())
    return setting(flag.argument, value)


def one_number(value: Any) -> int | float | str:
    """A number as JSON has it; what JSON has not is a text."""
    if isinstance(value, (int, np.integer)):
        return int(value)
    real = float(value)
    return real if np.isfinite(real) else repr(real)


def _hint(command: str, name: str) -> str:
    close = difflib.get_close_matches(name, _by_argument(command), n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def more_flags(command: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Flags of pictures and files."""
    flags: dict[str, Any] = {}
    for name, given in arguments.items():
        if given is None or (given is True and f"no_{name}" in _by_argument(command)):
            continue
        flag, value = _flag_of(command, name, given)
        if flag is None:
            raise TypeError(f"no argument is called `{name}`{_hint(command, name)}")
        flags[flag.name] = flag_value(flag, value)
    return flags
