"""Maps from the files of the command."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from . import _core
from ._asked import commands, document
from ._map import Map, _again

__all__ = ["load"]


def load(folder: str | os.PathLike[str] = "sweep-out") -> Map:
    """Reads a finished sweep: its ``sweep.json``, and its columns from ``--npy``, else from the CSV, else from Parquet.

    Parameters
    ----------
    folder
        What ``--out`` or :meth:`Map.save` named, or the ``sweep.json`` itself.

    Raises
    ------
    FileNotFoundError
        No ``sweep.json``, or no columns beside it.
    ValueError
        Files that do not belong together, or were changed.
    """
    place = Path(folder)
    manifest = place if place.name.endswith(".json") else place / "sweep.json"
    home = manifest.parent
    text = manifest.read_text(encoding="utf-8")
    try:
        facts = json.loads(text)
        asked = dict(facts["asked"])
        results = facts["results"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{manifest} is not the sweep.json of a finished sweep") from None
    columns = _columns(home, asked, facts)
    flags = {flag.name: flag for flag in commands()["sweep"].values()}
    kept = {name: value for name, value in asked.items() if not (name in flags and flags[name].output and flags[name].path)}
    kept = {name: value for name, value in kept.items() if name not in ("check", "film", "map", "no-csv", "no-png")}
    held = _data(home, kept)
    map = _again(document(kept), held, text, columns, True)
    if json.loads(map._core.json())["results"] != results:
        raise ValueError(f"{home}: the columns have other bits than sweep.json tells of; one of them was changed")
    return map


def _data(home: Path, asked: dict[str, Any]) -> tuple[str, bytes] | None:
    """Data that lie in the folder itself go with it, wherever it is now."""
    data = asked.get("data")
    beside = home / Path(data).name if isinstance(data, str) else None
    if beside is None or not beside.is_file():
        return None
    return beside.name, beside.read_bytes()


def _columns(home: Path, asked: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    names = list(facts["results"]["xxh3"])
    if "npy" in asked and (home / asked["npy"]).is_dir():
        return {name: np.load(home / asked["npy"] / f"{name}.npy", allow_pickle=False) for name in names}
    if any(name.startswith("history_") for name in names):
        raise FileNotFoundError(f"{home}: histories are read from .npy files; save them with npy=DIR")
    table = home / asked.get("csv", "losses.csv")
    if table.is_file():
        read = _core.losses(os.fspath(table))
        return {name: read[name] for name in names}
    if "parquet" in asked and (home / asked["parquet"]).is_file():
        return _of_parquet(home / asked["parquet"], names)
    raise FileNotFoundError(f"{home} has no columns beside sweep.json: no losses.csv, no .npy files, no Parquet")


def _of_parquet(file: Path, names: list[str]) -> dict[str, Any]:
    import pyarrow.parquet  # pyright: ignore[reportMissingImports]

    from ._facts import OUTCOMES

    table = pyarrow.parquet.read_table(file)
    columns = {name: table[name].to_numpy() for name in names if name != "outcome"}
    columns["outcome"] = np.array([OUTCOMES.index(str(word)) for word in table["outcome"].to_pylist()], dtype=np.uint8)
    return {name: values.astype(np.float64) for name, values in columns.items()}
