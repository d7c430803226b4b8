"""The live page with a box for the formula, in a browser beside."""

from __future__ import annotations

import atexit
import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ._asked import Asked

__all__ = ["Explorer"]


class Explorer:
    """A page that runs until it is stopped, or Python ends. Whoever has the address can use it, on this machine alone."""

    def __init__(self, asked: Asked, open: bool) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="alphasweep-")
        flags = dict(asked.flags)
        if asked.held is not None:
            data = Path(self._folder.name) / asked.held[0]
            data.write_bytes(asked.held[1])
            flags["data"] = str(data)
        objective = flags.pop("objective", None)
        words = [sys.executable, "-m", "alphasweep", "explore", *typed(flags)]
        words += [] if open else ["--no-open"]
        words += [] if objective is None else ["--", objective]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self._process.stdout is not None and self._process.stderr is not None
        #: What a browser opens.
        self.address = self._process.stdout.readline().strip()
        if not self.address:
            told = self._process.stderr.read().strip()
            self.stop()
            raise ValueError(told.removeprefix("error: "))
        atexit.register(self.stop)

    def stop(self) -> None:
        """Ends it. Ending it again does nothing."""
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(3)
        for end in (self._process.stdout, self._process.stderr):
            if end is not None:
                end.close()
        self._folder.cleanup()
        atexit.unregister(self.stop)

    def __enter__(self) -> Explorer:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Explorer at {self.address}>"

    def _repr_html_(self) -> str:
        return f'<a href="{self.address}" target="_blank" rel="noreferrer">{self.address}</a>'


def typed(flags: dict[str, Any]) -> list[str]:
    """Flags as they are typed."""
    words = []
    for name, value in flags.items():
        if value is True:
            words.append(f"--{name}")
        elif value is not False:
            words += [f"--{name}={one}" for one in (value if isinstance(value, list) else [value])]
    return words
