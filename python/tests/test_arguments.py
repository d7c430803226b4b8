"""The page that says which flag is which argument has every flag of every command."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
from pathlib import Path

import pytest

import alphasweep as asw
from alphasweep._asked import INSTEAD, commands

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
#: Calls, by their commands; the others have `run`.
CALLS = ("sweep", "trace", "landscape", "explore", "verify", "list", "devices")


def rows(text: str) -> dict[str, set[str]]:
    """Flags of the tables, by the command that stands in the heading above."""
    found: dict[str, set[str]] = {}
    command = ""
    for line in text.splitlines():
        if heading := re.match(r"### `(\w+)`", line):
            command = heading.group(1)
        elif command and (flags := re.match(r"\| (`[^|]*) \|", line)):
            found.setdefault(command, set()).update(re.findall(r"`(?:--)?([a-z][a-z-]*)`", flags.group(1)))
    return found


@pytest.mark.parametrize("command", [*commands()])
def test_every_flag_is_on_the_page(command: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    told = rows(text)
    if command not in CALLS:
        assert f'run("{command}"' in text, command
        return
    shared = told["sweep"] if command in ("trace", "landscape", "explore") else set()
    flags = {*commands()[command]}
    assert flags <= told.get(command, set()) | shared, flags - told.get(command, set()) - shared
    assert told.get(command, set()) <= flags, "flags that there are not"


def test_a_flag_that_is_left_out_is_missed() -> None:
    text = PAGE.read_text(encoding="utf-8").replace("`--diverge`", "")
    assert not {*commands()["sweep"]} <= rows(text)["sweep"]


def test_arguments_are_flags() -> None:
    calls = {"sweep": asw.sweep, "trace": asw.trace, "landscape": asw.landscape, "verify": asw.verify}
    for command, call in calls.items():
        named = {name for name in inspect.signature(call).parameters if name not in ("progress", "names")}
        assert named <= {flag.argument for flag in commands()[command].values()}, command
    assert {*INSTEAD} <= {*commands()["sweep"]}


@pytest.mark.parametrize("module", ["alphasweep", "alphasweep._calls", "alphasweep._machine", "alphasweep._axes"])
def test_examples_of_the_help_are_true(module: str) -> None:
    found = doctest.testmod(importlib.import_module(module), optionflags=doctest.ELLIPSIS)
    assert found.attempted > 0 and found.failed == 0


def test_everything_public_is_documented() -> None:
    for name in asw.__all__:
        public = getattr(asw, name)
        if inspect.isfunction(public) or inspect.isclass(public):
            assert public.__doc__, name
    for word in ("Parameters", "Returns", "Raises", "shape"):
        assert word in (asw.sweep.__doc__ or "")
