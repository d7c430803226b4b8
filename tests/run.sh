#!/usr/bin/env bash
# Runs every test, and those that use a GPU on two Vulkan drivers, so that none is skipped.
#
# Installs what is missing: on Debian and Ubuntu the two drivers (tests/common/drivers.sh), Khronos' validation layer and
# spirv-val, and Node.js for the test of pages (elsewhere that says SKIPPED), and from PyPI, each in a virtual environment,
# HyperQueue for the test of clusters, pyarrow for that of Parquet files, and what the test of the Python package needs. Extra
# arguments go to `cargo test`. The tests are built like the program itself (release): they sweep real grids.
#
# All Rust tests come first and alone: some of them see how long something takes. The rest runs beside each other: pages and
# clusters wait for others, and Python and tests under the validation layer are one thread each.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/common/drivers.sh
source tests/common/beside.sh

install_drivers

has_browser() { command -v chromium && command -v node && command -v npm; } >/dev/null

if ! has_browser && command -v apt-get >/dev/null; then
    missing=(chromium)
    # Where Node.js came from elsewhere Debian's would clash with it.
    command -v npm >/dev/null || missing+=(nodejs npm)
    install_packages "${missing[@]}" || echo "no browser can be installed here to test pages with"
fi

failed=()
tests/drivers.sh tests "$@" || failed+=("all tests on the first driver")
# The tests have built it.
ALPHASWEEP_BIN=$(realpath "${CARGO_TARGET_DIR:-target}")/release/alphasweep
export ALPHASWEEP_BIN

# Pages first: cargo then builds the wheel when the other side has begun the longest of what it runs.
scripts() {
    tests/page/run.sh
    tests/python/run.sh
    tests/parquet/run.sh
    tests/cluster/run.sh
}
beside "GPU tests on all drivers" tests/drivers.sh gpu
beside "pages, the Python package, Parquet files, the cluster script" scripts
all_done || failed+=("what ran beside each other")
[ ${#failed[@]} -eq 0 ] || { printf 'error: %s\n' "${failed[@]}" >&2; exit 1; }
