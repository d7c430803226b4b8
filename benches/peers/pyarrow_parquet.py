"""The columns of `losses.parquet` by pyarrow: only `write_table` is timed.

Usage: pyarrow_parquet.py FORM COLUMNS OUT.parquet; COLUMNS is a folder of `alphasweep sweep lecture --npy`; see peer.py for
what it answers. Outcomes are words in a dictionary and pages are packed by snappy, as in alphasweep's file. FORM says what
else is: `plain` keeps numbers as they are, `dictionary` is pyarrow's default, which tries to list the numbers that occur.
"""

import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import peer
from outcomes import WORDS


def table(folder):
    column = lambda name: np.load(f"{folder}/{name}.npy")
    loss_start, outcome = column("loss_start"), column("outcome").ravel()
    alpha, start = (column(name).astype(loss_start.dtype) for name in ("alpha", "beta_start"))
    words = pa.DictionaryArray.from_arrays(pa.array(outcome, pa.int32()), pa.array(WORDS))
    return pa.table(
        {
            "alpha": np.tile(alpha, start.size),
            "beta_start": np.repeat(start, alpha.size),
            **{name: column(name).ravel() for name in ("loss_start", "loss_final", "beta_final", "steps")},
            "outcome": words,
        }
    )


def main():
    form, folder, out = sys.argv[1:4]
    columns, dictionary = table(folder), {"plain": ["outcome"], "dictionary": True}[form]
    run = lambda: pq.write_table(columns, out, compression="snappy", use_dictionary=dictionary)
    run()
    peer.serve(run)


main()
