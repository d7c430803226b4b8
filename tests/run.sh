#!/usr/bin/env bash
# Runs every test, with a Vulkan adapter, so that no GPU test is skipped.
#
# Installs what is missing: on Debian and Ubuntu Mesa's software Vulkan driver, where no adapter is found, and Chromium
# with Node.js for the test of pages (elsewhere that says SKIPPED), and from PyPI, each in a virtual environment, HyperQueue
# for the test of clusters and pyarrow for that of Parquet files. Extra arguments go to `cargo test`. The tests are built like
# the program itself (release): they sweep real grids.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --locked

# Mesa prints a line about a missing runtime directory; this only switches off its adapter sorting.
[ -n "${XDG_RUNTIME_DIR:-}" ] || export NODEVICE_SELECT=1

# By cargo, which knows where the program was built.
has_adapter() { cargo run --release --locked --quiet -- devices | grep '^gpu ' >/dev/null; }

if ! has_adapter; then
    echo "no Vulkan adapter here: installing Mesa's software driver"
    if ! command -v apt-get >/dev/null; then
        echo "error: no apt-get; install a Vulkan driver (lavapipe will do) and run this again" >&2
        exit 1
    fi
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo"
    $as_root apt-get update -qq
    $as_root apt-get install -y -qq --no-install-recommends mesa-vulkan-drivers libvulkan1
    has_adapter || { echo "error: still no Vulkan adapter after the installation" >&2; exit 1; }
fi

has_browser() { command -v chromium && command -v node && command -v npm; } >/dev/null

if ! has_browser && command -v apt-get >/dev/null; then
    echo "no browser here to test pages with: installing Chromium"
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo"
    $as_root apt-get update -qq
    missing=(chromium)
    # Where Node.js came from elsewhere Debian's would clash with it.
    command -v npm >/dev/null || missing+=(nodejs npm)
    $as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" || echo "chromium cannot be installed here"
fi

ALPHASWEEP_GPU=require cargo test --release --locked "$@"
tests/parquet/run.sh
tests/page/run.sh
tests/cluster/run.sh
