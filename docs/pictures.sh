#!/usr/bin/env bash
# Remakes the pictures of the README, by the commands that stand there.
set -euo pipefail
cd "$(dirname "$0")/.."
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
sweep() { cargo run --release --locked --quiet -- sweep --engine cpu --threads 2 --no-csv --out "$files" --quiet "$@"; }
sweep --png docs/lecture.png
sweep lecture --rule momentum --vary alpha=log:0.01:10:500 --vary momentum=lin:0:0.99:200 --png docs/momentum.png
sweep --rule momentum --alpha lin:0.02:12:180 --steps 300 --no-png --film docs/film.gif --film-over momentum=lin:0:0.93:32
cargo run --release --locked --quiet -- trace lecture --alpha 0.1,1,3.9,4.05 --start -10 --steps 100 --width 720 --out "$files" --quiet
cp "$files/trace.png" docs/trace.png
cp "$files/trace.gif" docs/trace.gif
sweep trainability --vary alpha_1=log:1e-3:1e6:128 --vary alpha_2=log:1e-3:1e6:128 --steps 300 --precision f32 --no-png --map measure
cp "$files/map-measure.png" docs/trainability.png
