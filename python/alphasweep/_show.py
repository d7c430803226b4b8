"""What a notebook shows: pictures, films, and live pages in a frame."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["Film", "Page", "Picture"]

#: A page of more bytes is not put behind every map; ``m.page()`` shows it.
MOST_INLINE = 2 << 20


class Picture:
    """A PNG, which a notebook shows."""

    def __init__(self, png: bytes) -> None:
        #: The bytes of the file.
        self.png = png

    def __repr__(self) -> str:
        return f"<Picture, {len(self.png)} bytes of PNG>"

    def _repr_png_(self) -> bytes:
        return self.png

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the file."""
        return _written(path, self.png)


class Film:
    """A GIF, which a notebook plays."""

    def __init__(self, gif: bytes) -> None:
        #: The bytes of the file.
        self.gif = gif

    def __repr__(self) -> str:
        return f"<Film, {len(self.gif)} bytes of GIF>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        gif = base64.b64encode(self.gif).decode("ascii")
        return {"text/html": f'<img alt="film" src="data:image/gif;base64,{gif}">', "text/plain": repr(self)}

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the file."""
        return _written(path, self.gif)


class Page:
    """The live page of a map: it reads the map, follows any path, and makes descents anew. It needs no connection."""

    def __init__(self, page: str, height: int = 760) -> None:
        #: The document.
        self.html = page
        self.height = height

    def __repr__(self) -> str:
        return f"<Page, {len(self.html)} characters of HTML>"

    def _repr_html_(self) -> str:
        return frame(self.html, self.height)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the file, for any browser."""
        return _written(path, self.html.encode("utf-8"))


def frame(page: str, height: int) -> str:
    """A page in a frame, which can do nothing to the notebook around it."""
    # Between apostrophes, of which a page has hardly any: its thousands of quotation marks would be six characters each.
    document = page.replace("&", "&amp;").replace("'", "&#39;")
    may = 'sandbox="allow-scripts allow-downloads allow-popups" allow="clipboard-write"'
    style = f"width:100%;height:{height}px;border:1px solid #8886;background:#fff"
    return f'<iframe title="alphasweep" loading="lazy" {may} style="{style}" ' + f"srcdoc='{document}'></iframe>"


def bundle(png: bytes, page: str | None, text: str) -> dict[str, Any]:
    """The picture first; where there is a page, the same with the live page behind a click."""
    picture = base64.b64encode(png).decode("ascii")
    shown = {"image/png": picture}
    if page is not None:
        image = f'<img style="max-width:100%" alt="map" src="data:image/png;base64,{picture}">'
        live = f"<details><summary>live page</summary>{frame(page, 760)}</details>"
        shown["text/html"] = f"<div>{image}{live}</div>"
    return {**shown, "text/plain": text}


def chosen(bundle: Mapping[str, Any], include: Any, exclude: Any) -> dict[str, Any]:
    """The forms that are asked for."""
    return {
        form: data
        for form, data in bundle.items()
        if (include is None or form in include) and (exclude is None or form not in exclude)
    }


def _written(path: str | os.PathLike[str], content: bytes) -> Path:
    target = Path(path)
    target.write_bytes(content)
    return target
