"""The examples run in a kernel, from the first cell to the last, and show what they are saved with."""

from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")

EXAMPLES = Path(__file__).parents[1] / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.ipynb"))

#: A map as the last line of a cell.
MAP = """
import alphasweep as asw
asw.sweep("(beta/2-1)^2", alpha=asw.log(1e-2, 10, 60), start=asw.lin(-10, 10, 40), steps=200)
"""


def executed(notebook: Any, folder: Path) -> Any:
    nbclient.NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


def shapes(notebook: Any) -> list[list[str]]:
    """What kinds of outputs each cell has; what is printed may come in several pieces."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    kinds = ([" ".join(sorted(one.get("data", {one.get("name", ""): ""}))) for one in cell.outputs] for cell in code)
    return [[kind for kind, _ in groupby(of_cell)] for of_cell in kinds]


def printed(notebook: Any) -> list[str]:
    """What cells print, word by word."""
    outputs = (output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs)
    return "".join(output.text for output in outputs if output.output_type == "stream").split()


def test_there_is_one_for_every_source() -> None:
    assert {"lecture", "hours", "digits", "noisy-line", "sine", "your-own-csv", "compare-optimisers"} <= {*NAMES}
    assert sum(path.stat().st_size for path in EXAMPLES.glob("*.ipynb")) < 1 << 20


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_an_example_runs(name: str, tmp_path: Path) -> None:
    saved = nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4)
    fresh = executed(nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4), tmp_path)
    assert shapes(fresh) == shapes(saved)
    assert printed(fresh) == printed(saved)
    assert not any("Traceback" in word or "/tmp" in word for word in printed(saved))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_notebook_as_html_has_the_live_page(tmp_path: Path) -> None:
    nbconvert = pytest.importorskip("nbconvert")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(MAP)])
    html, _ = nbconvert.HTMLExporter().from_notebook_node(executed(notebook, tmp_path))
    assert "srcdoc=" in html and "data:image/png;base64," in html
    # For the test in a browser.
    folder = Path(os.environ.get("ALPHASWEEP_NOTEBOOKS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "map.html").write_text(html, encoding="utf-8")
