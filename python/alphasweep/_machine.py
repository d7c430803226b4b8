"""The machine and the program: checks, devices, the catalog, and the command itself."""

from __future__ import annotations

import builtins
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _core
from ._asked import Asked
from ._progress import Progress, Told

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Check", "Devices", "Verification", "data", "devices", "list", "run", "verify"]


@dataclass(frozen=True)
class Check:
    """A check of :func:`verify`."""

    name: str
    #: ``cpu`` or ``gpu``.
    engine: str
    #: ``PASS``, ``FAIL`` or ``SKIPPED``.
    status: str
    figures: dict[str, Any]
    note: str


@dataclass(frozen=True)
class Verification:
    """What came of :func:`verify`."""

    checks: tuple[Check, ...]
    passed: int
    failed: int
    skipped: int
    seconds: float
    facts: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return self.failed == 0

    def __str__(self) -> str:
        lines = [f"{check.status:<7}  {check.engine}  {check.name}" for check in self.checks]
        return "\n".join([*lines, f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"])


def verify(*, engine: str | None = None, adapter: str | None = None, progress: Progress = False) -> Verification:
    """Proves that this machine's engines compute right.

    Parameters
    ----------
    engine
        ``"cpu"``, ``"gpu"`` or ``"auto"``: the CPU, and the best adapter where there is one, software drivers included.
    adapter
        Part of the name of a GPU.

    Returns
    -------
    Verification
        ``ok`` where no check failed; otherwise answers of that engine are not to be trusted.

    Raises
    ------
    DeviceError
        No such adapter.
    """
    asked = Asked("verify", None, None, {"engine": engine, "adapter": adapter})
    with Told(progress, "verifying") as told:
        facts = json.loads(_core.verify(asked.json(), told.tell))
    checks = tuple(
        Check(check["name"], check["engine"], check["status"], check["figures"], check["note"]) for check in facts["checks"]
    )
    return Verification(checks, facts["passed"], facts["failed"], facts["skipped"], facts["seconds"], facts)


@dataclass(frozen=True)
class Devices:
    """What there is to compute with."""

    cpu_threads: int
    #: Every adapter, as ``alphasweep devices --json`` has it.
    adapters: tuple[dict[str, Any], ...]
    #: What ``engine="auto"`` takes: the name of an adapter, or ``cpu``; and why.
    auto: str
    reason: str

    def __str__(self) -> str:
        named = [f"gpu  {one['name']} ({one['kind']}, {one['backend']})" for one in self.adapters]
        none = [] if named else ["no GPU that a Vulkan, Metal or DirectX 12 driver is found for"]
        return "\n".join([f"cpu  {self.cpu_threads} threads", *named, *none, f"auto takes {self.auto}: {self.reason}"])


def devices() -> Devices:
    """Adapters, their limits and arithmetic, and which one ``engine="auto"`` takes."""
    facts = json.loads(_core.devices())
    return Devices(facts["cpu_threads"], tuple(facts["adapters"]), facts["auto"], _core.in_words(facts["reason"]))


class Catalog(dict[str, dict[str, builtins.list[str]]]):
    """Sections of the catalog, with the lines of each entry by its name."""

    def __str__(self) -> str:
        blocks = []
        for title, entries in self.items():
            blocks.append(title.upper())
            for name, lines in entries.items():
                blocks += [f"{name if at == 0 else '':<17} {line}" for at, line in enumerate(lines)]
            blocks.append("")
        return "\n".join(blocks)

    __repr__ = __str__


def list(name: str | None = None) -> Catalog:  # noqa: A001
    """The catalog of objectives, networks, data sets, rules, schedules and functions, with formula and source; or one entry.

    >>> import alphasweep as asw
    >>> asw.list()["rules"]["momentum"][0]
    'v = momentum*v + g; delta = -alpha*v'

    Raises
    ------
    ValueError
        Nothing is called so.
    """
    found = Catalog()
    for section in json.loads(_core.catalog()):
        entries = {entry["name"]: entry["lines"] for entry in section["entries"]}
        entries = {key: lines for key, lines in entries.items() if name is None or key.lower() == name.lower()}
        if entries:
            found[section["title"]] = entries
    if name is not None and not found:
        raise ValueError(f"nothing in the catalog is called `{name}`; alphasweep.list() has all of it")
    return found


def data(name: str, *, seed: int = 0) -> dict[str, NDArray[Any]]:
    """A data set of the catalog, or that of an objective: columns by name, one value per row.

    >>> import alphasweep as asw
    >>> {name: column.tolist() for name, column in asw.data("hours").items()}
    {'x': [1.0, 2.0, 3.0], 'y': [2.0, 4.0, 6.0]}

    Raises
    ------
    ValueError
        Nothing is called so.
    """
    return _core.data(name, seed)


def run(*words: str | os.PathLike[str]) -> int:
    """Runs the command itself, such as ``run("sweep", "lecture", "--shard", "1/4")``, and gives its exit code.

    For what no call has: long sweeps that can be resumed, their parts, benchmarks. What it tells is printed.
    """
    command = [sys.executable, "-m", "alphasweep", *(os.fspath(word) for word in words)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    with process:
        for line in process.stdout:
            sys.stdout.write(line)
    return process.returncode


