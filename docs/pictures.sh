#!/usr/bin/env bash
# Makes the pictures of README.md, docs/guide.md and docs/gallery.md again, with the commands that are shown beside them; twice as fine but for
# the films and those that are dense.
#
# ALPHASWEEP=PATH takes that program instead of building one. Needs Python 3 for the last step.
set -euo pipefail
cd "$(dirname "$0")/.."
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
if [ -z "${ALPHASWEEP:-}" ]; then
    cargo build --release --locked --quiet
    ALPHASWEEP=${CARGO_TARGET_DIR:-target}/release/alphasweep
fi
sweep() { "$ALPHASWEEP" sweep --engine cpu --threads 2 --no-csv --out "$files" --quiet "$@"; }
trace() { "$ALPHASWEEP" trace lecture --alpha 0.1,1,3.9,4.05 --start -10 --steps 100 --width 720 --out "$files" --quiet "$@"; }
sweep --scale 2 --png docs/lecture.png
sweep lecture --rule momentum --vary alpha=log:0.01:10:500 --vary momentum=lin:0:0.99:200 --scale 2 --png docs/momentum.png
sweep --rule momentum --alpha lin:0.02:12:180 --steps 300 --no-png --film docs/film.gif --film-over momentum=lin:0:0.93:32
trace --no-png
cp "$files/trace.gif" docs/trace.gif
trace --no-gif --scale 2
cp "$files/trace.png" docs/trace.png
"$ALPHASWEEP" bifurcation logistic-map --alpha lin:1.5:3:1200 --png docs/bifurcation.png --out "$files" --no-csv --quiet
"$ALPHASWEEP" trace four-factors --alpha 0.04,0.055 --start 3 --set y_start=0.1 --steps 200 --sharpness --flow --no-gif --out "$files" --quiet
cp "$files/trace.png" docs/edge-of-stability.png
"$ALPHASWEEP" trace --net 4-12-1 --data gaussian:20:4 --activation tanh --init normal:0.4 --alpha 0.15,0.2,0.4 --batch full --steps 3000 --sharpness --out "$files" --quiet
cp "$files/trace-sharpness.png" docs/edge-of-stability-network.png
sweep trainability --vary alpha_1=log:1e-3:1e6:128 --vary alpha_2=log:1e-3:1e6:128 --steps 300 --precision f32 --no-png --scale 2 --map measure
cp "$files/map-measure.png" docs/trainability.png

# The film of a page in use, where there is a browser: screenshots by the script of the page's tests.
if browser=$(command -v chromium || command -v google-chrome); then
    npm ci --prefix tests/page --no-audit --no-fund --silent
    node tests/page/film.mjs "$browser" "$files" "$ALPHASWEEP" docs/live.png
fi

# The gallery.
picture() { "$ALPHASWEEP" trace "$@" --out "$files" --no-gif --quiet && mv "$files/trace.png" "docs/gallery/$name.png"; }
houses=("mean((a*size+b-price)^2)" --data docs/gallery/houses.csv --steps 200)
name=unscaled picture "${houses[@]}" --alpha 1.2e-4
name=standardised picture "${houses[@]}" --standardize --alpha 0.4
name=schedule picture lecture --alpha 4.05 --schedule cosine --start -10
name=fit picture hours --alpha 0.01,0.1,0.3 --steps 30 --start 0 --predict x=4
sweep "x^2/2" --rule adam --vary alpha=log:1e-3:100:400 --vary beta2=lin:0.9:0.9999:200 --set x_start=3 --steps 2000 --png docs/gallery/adam.png
sweep himmelblau --alpha log:1e-3:0.03:400 --no-png --measure minimum --map minimum
cp "$files/map-minimum.png" docs/gallery/which-minimum.png
sweep logistic-map --alpha lin:1.5:3:600 --start lin:-0.6:1:400 --steps 3000 --no-png --measure lyapunov --map lyapunov
cp "$files/map-lyapunov.png" docs/gallery/chaos.png

# The program packs pictures fast; the same pixels packed well are a third smaller.
python3 - docs/*.png docs/gallery/*.png <<'PYTHON'
import struct, sys, zlib
from pathlib import Path

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

for path in map(Path, sys.argv[1:]):
    png, at, packed = path.read_bytes(), 8, b""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IDAT":
            packed += png[at + 8 : at + 8 + length]
        at += 12 + length
    pixels = zlib.compress(zlib.decompress(packed), 9)
    path.write_bytes(png[:33] + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))
PYTHON
