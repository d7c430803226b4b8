#!/usr/bin/env bash
# Reads files of `sweep --parquet` with pyarrow and compares them with the CSV of the same sweep (read.py).
#
# Without Python 3.10 or PyPI it says SKIPPED and why; with ALPHASWEEP_PARQUET=require that is a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."
source tests/common/shell.sh
test_of "Parquet files with another reader" ALPHASWEEP_PARQUET
venv parquet 10 tests/parquet/requirements.txt
build
files=$target/parquet
rm -rf "$files"
sweep() {
    name=$1 && shift
    "$alphasweep" sweep "$@" --engine cpu --no-png --quiet --out "$files/$name" --parquet "$files/$name/sweep.parquet"
}
# Narrow numbers, wide ones, one axis, losses that are no numbers, more rows than a group has, and a network.
sweep narrow lecture --alpha log:0.01:100:64 --start lin:-10:10:48 --precision f32
sweep wide rosenbrock --alpha log:1e-5:10:64 --start lin:-2:2:48 --precision f64 --steps 50
sweep line lecture --set beta_start=-10
sweep undefined "ln(x)" --alpha log:0.1:10:16 --start lin:-5:5:16 --steps 20
sweep large lecture --alpha log:0.1:10:700 --start lin:-10:10:500 --steps 2
sweep network two-layer --vary alpha=log:0.01:10:4 --vary seed=lin:1:3:3 --steps 20
exec "$venv/bin/python" tests/parquet/read.py "$files"
