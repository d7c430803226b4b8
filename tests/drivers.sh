#!/usr/bin/env bash
# Runs all Rust tests on the first Vulkan driver, those that use a GPU on every other one, and on each of them `verify` and
# the GPU part of the soak. Which tests use a GPU is found out on the way: each that asks for one puts itself on a list.
#
#   tests/drivers.sh ARGUMENTS...        all of it; arguments go to the `cargo test` of the first driver
#   tests/drivers.sh tests ARGUMENTS...  all tests on the first driver, and the list
#   tests/drivers.sh gpu                 what comes after that, by the list
#
# On the first driver the tests that use a GPU run once more under the Khronos validation layer, whose first message ends a
# test. That it has something to say of a wrong shader is seen as well.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/common/drivers.sh

target=${CARGO_TARGET_DIR:-target}
program=$target/release/alphasweep
folder=$target/drivers
list=$folder/gpu-tests.txt
first=${drivers%% *}
export ALPHASWEEP_SPIRV=require
# Tests have threads of their own, by whose names they are listed, only where several run at once.
[ "$(nproc)" -gt 1 ] || export RUST_TEST_THREADS=2

failures=()

# What output says of a failure, in a line: tests that failed, and a signal that ended a process, even behind its last test.
why() { grep -E '^test .* FAILED$|^error|panicked at|\(signal: ' "$1" | cut -c 1-200 | head -n 6 | paste -s -d ';' || true; }

# Runs a command with its output here and in a file, and notes where it fails.
noted() {
    local file=$folder/$1 what=$2
    shift 2
    echo "== $what"
    "$@" 2>&1 | tee "$file" || failures+=("$what: $(why "$file")")
}

tests() { cargo test --release --locked --no-fail-fast "$@"; }

# Sums what the lines `test result:` of a file say.
passed() { awk '/^test result:/ { sum += $4 } END { print sum + 0 }' "$folder/$1"; }

# Notes where fewer tests have passed than are on the list: one that is not found is not run.
all_pass() {
    local count
    count=$(passed "$1")
    [ "$count" -ge "$listed" ] || failures+=("of $listed GPU tests $count pass $2")
}

# A message of the layer is its last word: the test does not end by itself.
wrong_shader() {
    local said
    if said=$(on_driver "$first" under_validation cargo test --release --locked --test drivers -- --ignored 2>&1); then
        echo "the validation layer is not there, or lets a wrong shader pass" && return 1
    fi
    grep -m 1 'Validation Error' <<<"$said" || { echo "no message of the validation layer: $said" && return 1; }
}

# What every driver has to do, in a line at the end.
summary=()
examine() {
    local name=$1 count=$2 begun=$3
    noted "$name-verify.txt" "verify on $name" on_driver "$name" "$program" verify --engine gpu
    ALPHASWEEP_SOAK_ENGINE=gpu ALPHASWEEP_SOAK_SECONDS=10 noted "$name-soak.txt" "the soak on $name" \
        on_driver "$name" tests --test soak -- --exact nothing_is_lost_and_nothing_differs --nocapture
    local verified survived
    verified=$(grep -E '^[0-9]+ passed' "$folder/$name-verify.txt" || echo "failed")
    survived=$(grep -oE 'runs +[0-9]+' "$folder/$name-soak.txt" | grep -oE '[0-9]+' || echo "no")
    summary+=("$name: $count; verify: $verified; soak: $survived runs; $((SECONDS - begun)) s")
}

# All tests on the first driver. What they are asked for again is on the list: the soak has its own time on each driver.
all_tests() {
    rm -rf "$folder" && mkdir -p "$folder"
    ALPHASWEEP_GPU_TESTS=$(realpath "$folder")/gpu-tests.txt noted "$first.txt" "tests on $first" on_driver "$first" tests "$@"
    touch "$list"
    sort -u "$list" | grep -v '^soak ' >"$list.sorted" || true
    summary+=("$first: $(passed "$first.txt") tests passed, of which $(wc -l <"$list.sorted") use a GPU; $SECONDS s")
}

gpu_tests() { tests "${binaries[@]/#/--test=}" -- --exact "${names[@]}" "$@"; }

# One at a time: with devices on several threads the layer of 2023 crashes.
validated() {
    local begun=$SECONDS
    noted wrong-shader.txt "a wrong shader under the validation layer" wrong_shader
    [ "$listed" -gt 0 ] || return 0
    noted validation.txt "GPU tests under the validation layer" on_driver "$first" under_validation gpu_tests --test-threads=1
    all_pass validation.txt "under the validation layer"
    summary+=("$first under the validation layer: $(passed validation.txt) GPU tests passed; $((SECONDS - begun)) s")
}

on_another() {
    local name=$1 begun=$SECONDS count="no GPU tests"
    if [ "$listed" -gt 0 ]; then
        noted "$name.txt" "GPU tests on $name" on_driver "$name" gpu_tests
        count="$(passed "$name.txt") GPU tests passed"
        all_pass "$name.txt" "on $name"
    fi
    examine "$name" "$count" "$begun"
}

on_all_drivers() {
    listed=$(wc -l <"$list.sorted")
    mapfile -t binaries < <(cut -d ' ' -f 1 "$list.sorted" | sort -u)
    mapfile -t names < <(cut -d ' ' -f 2 "$list.sorted" | sort -u)
    examine "$first" "$listed GPU tests passed" "$SECONDS"
    validated
    local name
    for name in $drivers; do
        [ "$name" != "$first" ] || continue
        on_another "$name"
    done
}

case ${1:-} in
    tests) all_tests "${@:2}" ;;
    gpu) on_all_drivers ;;
    *)
        all_tests "$@"
        on_all_drivers
        ;;
esac

printf '%s\n' "" "${summary[@]}"
if [ ${#failures[@]} -gt 0 ]; then
    printf 'error: %s\n' "${failures[@]}" >&2
    exit 1
fi
