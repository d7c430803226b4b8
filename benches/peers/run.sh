#!/usr/bin/env bash
# alphasweep against its peers, side by side on this machine. Prints tables in Markdown; nothing is kept but target/.
#
#   benches/peers/run.sh                             all parts, half an hour
#   benches/peers/run.sh formulas                    lecture, rosenbrock, line and waves, in f32 and f64, some 12 minutes
#   benches/peers/run.sh waves --precision f64       one row
#   benches/peers/run.sh --quick                     small grids and two rounds: whether everything runs
#   benches/peers/run.sh memory growth --large       up to 10⁹ cells: 42 GB on the disk, half an hour
#
# Parts: lecture rosenbrock line waves networks compensated gpu fixed csv parquet memory growth. MNIST=DIR gives `networks` the
# real digits instead of files of the same form. Needs Python 3.11 or later and PyPI on the first run.
#
# Of each peer the fastest of several forms counts: every form runs once, the fastest two take turns with alphasweep, and the
# best round of each side is compared. The column `machine` says how quiet it was: how much longer than ever a fixed loop took
# on the slowest processor, before, between and after the rounds, and the share of the processors that others had. A row that
# says `busy` is not to be published.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=benches/peers
venv=target/peers-venv
first=target/first
# The first version that landed: what the GPU engine is compared with.
first_commit=e53f819

if ! cmp -s "$here/requirements.txt" "$venv/installed.txt"; then
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/installed.txt"
fi

# Only the part `gpu` compares with the first version. Dependencies are built once for both: the binary is copied away before
# ours takes its place.
needs_first() {
    local part parts=0
    for part; do case "$part" in
        gpu) return 0 ;;
        lecture | rosenbrock | line | waves | formulas | networks | compensated | fixed | csv | parquet | memory | growth) parts=1 ;;
    esac; done
    [ "$parts" = 0 ]
}
if needs_first "$@" && [ ! -x "$first/alphasweep" ] && git cat-file -e "$first_commit^{commit}" 2>/dev/null; then
    mkdir -p "$first/source"
    git archive "$first_commit" | tar -x -C "$first/source"
    target=$PWD/target
    if (cd "$first/source" && CARGO_TARGET_DIR=$target cargo build --release --locked); then
        cp target/release/alphasweep "$first/alphasweep"
    else
        echo "the first version ($first_commit) cannot be built here: the gpu part goes without it" >&2
    fi
    # Newer than what was just built, or cargo would leave the old binary in its place.
    touch src/main.rs
fi
cargo build --release --locked

# Mesa prints a line about a missing runtime directory; this only switches off its adapter sorting.
[ -n "${XDG_RUNTIME_DIR:-}" ] || export NODEVICE_SELECT=1
exec "$venv/bin/python" "$here/compare.py" "$@"
