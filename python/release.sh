#!/usr/bin/env bash
# Makes the wheels that are published for Linux, in dist/: for any glibc since 2.17 (manylinux2014, of the year 2014), by the
# linker of zig. Targets are those of Rust; x86-64 and aarch64 unless others are given. On macOS and Windows a plain
# `maturin build --release` in python/ makes the wheel (.github/workflows/release.yml).
#
#   python/release.sh                              both
#   python/release.sh x86_64-unknown-linux-gnu     one of them
set -euo pipefail
cd "$(dirname "$0")/.."
targets=("$@")
[ $# -gt 0 ] || targets=(x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu)

build=${CARGO_TARGET_DIR:-target}
tools=$build/python-release-venv
if [ ! -x "$tools/bin/maturin" ]; then
    "${PYTHON:-python3}" -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check "maturin[zig]==1.16.0"
fi
# maturin looks for zig as a module of the Python that comes first.
export PATH="$PWD/$tools/bin:$tools/bin:$PATH"

for target in "${targets[@]}"; do
    # A Rust that did not come by rustup has the targets that it has.
    command -v rustup >/dev/null && rustup target add "$target" 2>/dev/null || true
    CARGO_TARGET_DIR=$build/python-release maturin build --release --locked --zig --target "$target" \
        --compatibility manylinux2014 --manifest-path python/Cargo.toml --out dist
done
ls -l dist
