#!/usr/bin/env bash
# Gives the script bad input and foreign folders; runs sweeps through HyperQueue on this machine, kills a worker in the middle,
# and compares with the run of one process.
#
# Without Python 3.11 or PyPI it says SKIPPED and why; with ALPHASWEEP_CLUSTER=require that is a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."
source tests/common/shell.sh
test_of cluster/sweep_hq.py ALPHASWEEP_CLUSTER
venv cluster 11 cluster/requirements.txt
build
[ -n "${XDG_RUNTIME_DIR:-}" ] || export NODEVICE_SELECT=1
"$venv/bin/python" tests/cluster/bad_input.py "$alphasweep"
exec "$venv/bin/python" tests/cluster/cluster.py "$alphasweep"
