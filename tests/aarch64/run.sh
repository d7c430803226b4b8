#!/usr/bin/env bash
# The machine code for aarch64, on a computer with another processor, under qemu's emulation.
#
#   tests/aarch64/run.sh [PROGRAMS]      random programs in each precision: 20000 unless said
#
# 1. Tests on this processor write the code; a small program (runner.c) runs it in the emulator; what it computes is compared bit for
#    bit with the interpreter: random programs, programs that are broken on purpose, blocks and their ends, whole sweeps. An
#    assembler makes the same bytes of every instruction.
#    20000 programs in each precision take some 5 minutes on two processors, the other tests as long.
# 2. Where Rust's standard library for aarch64 is installed (rustup target add aarch64-unknown-linux-gnu), the whole crate with all its
#    tests and benchmarks is checked for aarch64, and the tests of machine code and of vectors are built for it and run in the emulator: with them
#    the few lines that only that processor has. RUSTC names another compiler that has it, such as Debian's rustc-web beside
#    libstd-rust-web-dev:arm64.
#
# From Debian: qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross binutils-aarch64-linux-gnu
set -euo pipefail
cd "$(dirname "$0")/../.."

target=aarch64-unknown-linux-gnu
prefix=aarch64-linux-gnu-
for tool in qemu-aarch64 ${prefix}gcc ${prefix}as ${prefix}objcopy; do
    command -v "$tool" >/dev/null || { echo "tests/aarch64: $tool is missing; see the head of this script" >&2; exit 1; }
done
export ALPHASWEEP_PROGRAMS=${1:-${ALPHASWEEP_PROGRAMS:-20000}}

mkdir -p target/aarch64
runner=$PWD/target/aarch64/runner
${prefix}gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static tests/aarch64/runner.c tests/aarch64/entry.S -o "$runner"

echo "== code for aarch64, written here and run in the emulator"
ALPHASWEEP_EMULATOR="qemu-aarch64 $runner" ALPHASWEEP_BINUTILS=$prefix \
    cargo test --release --locked --lib cpu::native -- --include-ignored --nocapture

echo "== tests built for aarch64"
sysroot=$("${RUSTC:-rustc}" --print sysroot)
if [ ! -d "$sysroot/lib/rustlib/$target/lib" ]; then
    echo "SKIPPED: no standard library of Rust for $target (rustup target add $target, or RUSTC)"
    exit 0
fi
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=${prefix}gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu"
export CC_aarch64_unknown_linux_gnu=${prefix}gcc
export CARGO_TARGET_DIR=target/aarch64
export ALPHASWEEP_PROGRAMS=2000
cargo check --release --locked --target "$target" --all-targets
cargo test --release --locked --target "$target" --lib -- cpu::native cpu::network
cargo test --release --locked --target "$target" --test native
