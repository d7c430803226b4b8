"""What a notebook shows."""

from __future__ import annotations

import base64
import html
import re
from typing import Any

import numpy as np
import pytest

import alphasweep as asw

HOW: dict[str, Any] = {"alpha": asw.log(1e-3, 10, 33), "start": asw.lin(-10, 10, 17), "steps": 120}
PNG = b"\x89PNG\r\n"


def test_a_map_shows_itself_and_its_page() -> None:
    m = asw.sweep("lecture", **HOW)
    shown = m._repr_mimebundle_()
    assert [*shown] == ["image/png", "text/html", "text/plain"]
    assert base64.b64decode(shown["image/png"]) == m.png()
    document = re.search(r"srcdoc='([^']*)'", shown["text/html"])
    assert document and html.unescape(document.group(1)) == m.page().html
    assert "<details>" in shown["text/html"] and 'sandbox="allow-scripts' in shown["text/html"]
    assert [*m._repr_mimebundle_(include=["image/png"])] == ["image/png"]
    assert "text/plain" not in m._repr_mimebundle_(exclude=["text/plain"])


def test_a_large_map_shows_no_page() -> None:
    m = asw.sweep("lecture", alpha=asw.log(1e-3, 10, 600), start=asw.lin(-10, 10, 600), steps=1)
    assert [*m._repr_mimebundle_()] == ["image/png", "text/plain"]
    assert len(m.page().html) > 1 << 20
    larger = asw.sweep("lecture", alpha=asw.log(1e-3, 10, 1200), start=asw.lin(-10, 10, 1000), steps=1)
    with pytest.raises(ValueError, match="a page holds"):
        larger.page()


def test_pages_and_films_and_pictures(tmp_path: Any) -> None:
    m = asw.sweep("lecture", **HOW)
    page = m.page(height=500)
    assert "height:500px" in page._repr_html_() and page.save(tmp_path / "p.html").read_text() == page.html
    film = asw.trace("lecture", alpha=[1, 3], steps=5).animate(width=480)
    assert film.gif[:6] == b"GIF89a" and [*film._repr_mimebundle_()] == ["text/html", "text/plain"]
    picture = asw.trace("lecture", alpha=[1, 3], steps=5).plot()
    assert isinstance(picture, asw.Picture) and picture._repr_png_()[:6] == PNG
    assert asw.landscape("lecture", beta=asw.lin(-1, 1, 9))._repr_mimebundle_()["image/png"]


def test_maps_are_drawn_in_axes() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    m = asw.sweep("lecture", **HOW)
    ax: Any = m.plot()
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert ax.get_xscale() == "log" and ax.get_yscale() == "linear" and "theory 4" in labels
    assert any(label.startswith("converged") for label in labels)
    other: Any = plt.subplots()[1]
    assert m.plot(other, column="loss_final") is other and other.get_xlabel() == "alpha"
    line: Any = asw.sweep("lecture", alpha=asw.log(0.1, 5, 20), beta_start=-10).plot()
    assert line.get_ylabel() == "loss_final"
    assert asw.trace("lecture", alpha=[1, 3]).plot(plt.subplots()[1])
    assert asw.landscape("himmelblau", x0=asw.lin(-1, 1, 9), x1=asw.lin(0, 1, 5)).plot(plt.subplots()[1])
    plt.close("all")


def test_frames_have_the_columns_of_the_csv() -> None:
    pandas = pytest.importorskip("pandas")
    m = asw.sweep("lecture", **HOW)
    frame: Any = m.to_pandas()
    assert [*frame.columns] == ["alpha", "beta_start", "loss_start", "loss_final", "beta_final", "steps", "outcome"]
    cell = frame.iloc[33 * 5 + 7]
    assert (cell.alpha, cell.beta_start, cell.loss_final) == (m.alpha[7], m.beta_start[5], m.loss_final[5, 7])
    assert cell.outcome == m.words()[5, 7] and isinstance(frame.outcome.dtype, pandas.CategoricalDtype)


def test_datasets_have_named_axes() -> None:
    pytest.importorskip("xarray")
    m = asw.sweep("lecture", **HOW)
    dataset: Any = m.to_xarray()
    assert dataset.loss_final.dims == ("beta_start", "alpha") and dataset.attrs["formula"] == "(beta/2-1)^2"
    np.testing.assert_array_equal(dataset.loss_final.sel(beta_start=-10.0), m.loss_final[0])
