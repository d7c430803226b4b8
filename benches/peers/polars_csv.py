"""The columns of `losses.csv` by polars: only `write_csv` is timed.

Usage: polars_csv.py KIND COLUMNS OUT.csv; COLUMNS is a folder of `alphasweep sweep lecture --npy`; see peer.py for what
it answers. KIND is `text` or `enum`, the type of the outcomes. Nothing is quoted in either, as in `losses.csv`.
"""

import sys

import numpy as np
import polars as pl

import peer
from outcomes import WORDS


def frame(folder, kind):
    column = lambda name: np.load(f"{folder}/{name}.npy")
    loss_start = column("loss_start")
    alpha, start = (column(name).astype(loss_start.dtype) for name in ("alpha", "beta_start"))
    return pl.DataFrame(
        {
            "alpha": np.tile(alpha, start.size),
            "beta_start": np.repeat(start, alpha.size),
            "loss_start": loss_start.ravel(),
            "loss_final": column("loss_final").ravel(),
            "beta_final": column("beta_final").ravel(),
            "steps": column("steps").ravel(),
            "outcome": np.array(WORDS)[column("outcome").ravel()],
        }
    ).with_columns(pl.col("outcome").cast(pl.Enum(WORDS) if kind == "enum" else pl.String))


def main():
    kind, folder, out = sys.argv[1:4]
    columns = frame(folder, kind)
    run = lambda: columns.write_csv(out)
    run()
    peer.serve(run)


main()
