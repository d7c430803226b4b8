#!/usr/bin/env bash
# Runs sweeps through HyperQueue on this machine, kills a worker in the middle, and compares with the run of one process.
#
# Without Python 3.11 or PyPI it says SKIPPED and why; with ALPHASWEEP_CLUSTER=require that is a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=${CARGO_TARGET_DIR:-target}/cluster-venv
needed=cluster/requirements.txt

skip() {
    [ "${ALPHASWEEP_CLUSTER:-}" != require ] || { echo "error: ALPHASWEEP_CLUSTER=require, and $1" >&2; exit 1; }
    echo "SKIPPED the test of cluster/sweep_hq.py: $1" >&2
    exit 0
}
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || skip "there is no Python 3.11 or later"
if ! cmp -s $needed "$venv/installed.txt"; then
    "$python" -m venv "$venv" || skip "$python has no venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement $needed || skip "PyPI has no $(cat $needed) for us"
    cp $needed "$venv/installed.txt"
fi
cargo build --release --locked --quiet
[ -n "${XDG_RUNTIME_DIR:-}" ] || export NODEVICE_SELECT=1
exec "$venv/bin/python" tests/cluster/cluster.py "${CARGO_TARGET_DIR:-target}/release/alphasweep"
