#!/usr/bin/env bash
# Builds the wheel of python/, installs it, and tests what was installed (python/tests): with numpy 2 and everything that it works
# with, and in a fresh environment with numpy 1.26 and nothing else. An executed notebook is opened in Chromium, where that is there.
#
# Without Python 3.10 or PyPI it says SKIPPED and why; with ALPHASWEEP_PYTHON=require that is a failure. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/../.."
source tests/common/shell.sh
test_of "the Python package" ALPHASWEEP_PYTHON
venv python 10 tests/python/requirements.txt
tools=$(realpath "$venv/bin")

wheels=$target/python-wheel
rm -rf "$wheels"
# Into the folder of the program: what both are built from is built once.
CARGO_TARGET_DIR=$(realpath "$target") "$tools/maturin" build --release --locked --quiet --manifest-path python/Cargo.toml --out "$wheels"
wheel=$(echo "$wheels"/alphasweep-*.whl)
size=$(stat --format=%s "$wheel" 2>/dev/null || stat -f %z "$wheel")
[ "$size" -le $((12 << 20)) ] || { echo "error: $wheel has $size bytes, and at most 12 MiB are wanted" >&2; exit 1; }
"$tools/pip" install --quiet --disable-pip-version-check --no-deps --force-reinstall "$wheel"

notebooks=$target/python-notebooks
rm -rf "$notebooks"
# From a folder where `import alphasweep` finds nothing but what was installed. What types say is checked here, and once.
PATH=$tools:$PATH ALPHASWEEP_NOTEBOOKS=$(realpath -m "$notebooks") "$tools/pytest" -q -c python/pyproject.toml python/tests "$@"

old=$target/python-old-venv
rm -rf "$old"
"$tools/python" -m venv "$old"
if "$old/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: numpy==1.26.4 pytest "$wheel" 2>/dev/null; then
    "$old/bin/pytest" -q -c python/pyproject.toml python/tests --ignore python/tests/test_notebooks.py --ignore python/tests/test_types.py -m "not slow" "$@"
else
    echo "SKIPPED numpy 1.26: it has no wheel for this Python" >&2
fi

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -n "$browser" ] && command -v npm >/dev/null; then
    npm ci --prefix tests/page --no-audit --no-fund --silent
    node tests/python/notebook.mjs "$browser" "$notebooks"
else
    echo "SKIPPED the notebook in a browser: there is no Chromium, or no Node.js" >&2
fi
