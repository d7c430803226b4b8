"""Compares each sweep.parquet below a folder, as pyarrow reads it, with the losses.csv and sweep.json beside it."""

import csv
import json
import math
import struct
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

GROUP_ROWS = 1 << 18


def bits(value, narrow):
    """The bits of a number; all that is no number is alike."""
    return None if math.isnan(value) else struct.pack("<f" if narrow else "<d", value)


def expected(texts, kind):
    """The fields of a column of the CSV as values of a type."""
    if pa.types.is_floating(kind):
        return [bits(float(text) if text else math.nan, kind == pa.float32()) for text in texts]
    return [int(text) for text in texts] if pa.types.is_integer(kind) else texts


def found(column):
    values = column.to_pylist()
    if pa.types.is_floating(column.type):
        return [bits(value, column.type == pa.float32()) for value in values]
    return values


def check(folder):
    file = pq.ParquetFile(folder / "sweep.parquet")
    table = file.read()
    with open(folder / "losses.csv", newline="") as text:
        header, *rows = csv.reader(text)
    assert table.column_names == header, (table.column_names, header)
    assert table.num_rows == len(rows), (table.num_rows, len(rows))
    for at, name in enumerate(header):
        column = table.column(name)
        assert column.null_count == 0, f"{name} has nulls"
        assert found(column) == expected([row[at] for row in rows], column.type), f"{folder.name}: {name} differs"
    types = {name: str(table.schema.field(name).type) for name in header}
    assert (types["steps"], types["outcome"]) == ("uint32", "string"), types
    manifest = json.loads((folder / "sweep.json").read_text())
    metadata = file.metadata.metadata
    assert json.loads(metadata[b"spec"]) == manifest["spec"], "another spec than sweep.json has"
    assert metadata[b"alphasweep"].decode() == manifest["alphasweep"]
    assert file.num_row_groups == -(-len(rows) // GROUP_ROWS), file.num_row_groups
    return f"{folder.name}: {len(rows)} rows, {len(header)} columns, {types['loss_final']}"


def main():
    folders = sorted(path.parent for path in Path(sys.argv[1]).glob("*/sweep.parquet"))
    assert len(folders) >= 6, folders
    for folder in folders:
        print(check(folder))
    print(f"pyarrow {pa.__version__} reads all {len(folders)} files as their CSVs have them")


main()
