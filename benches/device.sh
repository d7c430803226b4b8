#!/usr/bin/env bash
# What a GPU computes and how fast, in one command of at most 8 minutes that fetches nothing.
#
#   benches/device.sh pack            builds the program and its GPU tests, and packs them for a machine without Rust
#   benches/device.sh [ADAPTER]       measures: the adapter of this name, or the best there is, software drivers included
#
# `pack` leaves target/device/pack.tar.gz, which goes to the other machine with the tree. There the second command writes
# target/device/RESULTS.md, a section for benches/RESULTS.md, and the whole output of every part beside it. Every part has its
# own time; one that fails or takes longer is reported, and the others go on. Python with JAX is used where it is there and has
# the same GPU. ALPHASWEEP_DEVICE_TIMES=3 gives every part three times as long, for a machine that is busy.
set -uo pipefail
cd "$(dirname "$0")/.."
source tests/common/drivers.sh
folder=target/device
pack=$folder/pack.tar.gz
# Tests on a GPU that need no file of the tree.
tests="contraction extremes aggregates batches rules weak_adapters failover parity network_gpu"
# What may travel beside a tree (bytes).
most=$((60 << 20))

# The file of a test binary, as cargo says.
built() { sed -n "s|.*\"executable\":\"\([^\"]*/$1-[0-9a-f]*\)\".*|\1|p" "$folder/built.json" | tail -n 1; }

pack() {
    set -e
    rm -rf "$folder" && mkdir -p "$folder/bin"
    cargo build --release --locked
    cp target/release/alphasweep "$folder/bin/"
    # shellcheck disable=SC2086
    cargo test --release --locked --no-run --message-format=json $(printf -- '--test %s ' $tests) >"$folder/built.json"
    local name
    for name in $tests; do cp "$(built "$name")" "$folder/bin/$name"; done
    rm "$folder/built.json"
    strip "$folder"/bin/*
    git rev-parse --short HEAD >"$folder/bin/commit"
    tar -C "$folder" -cf - bin | gzip -9 >"$pack"
    rm -r "$folder/bin"
    local size
    size=$(stat -c %s "$pack")
    echo "$pack: $((size >> 20)) MiB"
    [ "$size" -le "$most" ] || { echo "error: more than $((most >> 20)) MiB; name fewer tests" >&2; exit 1; }
}

if [ "${1:-}" = pack ]; then pack; exit; fi
[ -f "$pack" ] || { echo "error: no $pack; make it by benches/device.sh pack" >&2; exit 1; }
tar -C "$folder" -xzf "$pack"
bin=$PWD/$folder/bin
export ALPHASWEEP_BIN=$bin/alphasweep
section=$folder/RESULTS.md

adapters() { "$ALPHASWEEP_BIN" devices --json 2>/dev/null; }

# The name and kind of the adapter to be measured: the one asked for, a real one, or any.
chosen() {
    adapters | python3 -c '
import json, sys
wanted, found = sys.argv[1].lower(), json.load(sys.stdin)["adapters"]
found = [adapter for adapter in found if wanted in adapter["name"].lower()]
kinds = ["discrete", "integrated", "virtual", "other", "software"]
for adapter in sorted(found, key=lambda adapter: kinds.index(adapter["kind"]))[:1]:
    print(adapter["name"], adapter["kind"], adapter["driver"], sep="\t")
' "$1"
}

# Where JAX has the GPU of this name, its platform; else why it is left out.
jax_platform() {
    python3 -c '
import sys
name, kind = sys.argv[1:]
try:
    import jax
    platform, device = jax.default_backend(), jax.devices()[0].device_kind
except Exception as error:
    sys.exit(f"SKIPPED: no JAX here ({error})".splitlines()[0])
if kind == "software":
    print("cpu")
elif platform == "cpu" or not (device.lower() in name.lower() or name.lower() in device.lower()):
    sys.exit(f"SKIPPED: JAX computes on {device}, and not on {name}")
else:
    print("rocm" if "amd" in device.lower() else "cuda")
' "$@" 2>&1
}

# A part of the section: its heading, its seconds, and a command whose output is shown, or its last lines where it is long.
part() {
    local title=$1 limit=$(($2 * ${ALPHASWEEP_DEVICE_TIMES:-1})) log begun=$SECONDS status shown=60
    shift 2
    log=$folder/$(tr -c 'a-z0-9\n' - <<<"${title,,}").txt
    echo "== $title (at most $limit s)"
    timeout --kill-after=5 "$limit" "$@" >"$log" 2>&1
    status=$?
    local verdict="$((SECONDS - begun)) s"
    [ "$status" -eq 0 ] || verdict="**failed** with status $status after $verdict"
    [ "$status" -ne 124 ] || verdict="**stopped** at its limit of $limit s"
    {
        printf '\n### %s\n\n%s.\n\n' "$title" "$verdict"
        if grep -q '^|' "$log"; then grep '^|' "$log"; else printf '```\n%s\n```\n' "$(tail -n "$shown" "$log")"; fi
    } >>"$section"
    echo "   $verdict"
}

# The count of each binary, and what failed.
run_tests() {
    local name said count failed=0
    for name in $tests; do
        # In the group of the whole part, which ends all of it. One that hangs does not keep the others from running.
        said=$(timeout --foreground "$1" "$bin/$name" 2>&1) || failed=1
        count=$(grep '^test result' <<<"$said") || count="no end after $(grep -c '^test .* ok$' <<<"$said") tests that passed"
        printf '%-14s %s\n' "$name" "$count"
        grep -E '^(test .*FAILED|.*panicked at)|SKIPPED' <<<"$said" | sort -u | head -n 20
    done
    return $failed
}

peers() { python3 benches/peers/compare.py "$@" --engine gpu --adapter "$name" --platform "$platform" --rounds 3; }

IFS=$'\t' read -r name kind driver < <(chosen "${1:-}")
[ -n "${name:-}" ] || { echo "error: no adapter here${1:+ is called $1}" >&2; adapters >&2; exit 1; }
export ALPHASWEEP_GPU=require:$name
printf '## %s\n\n`benches/device.sh`, %s, commit %s; %s driver, %s; %s processors.\n' \
    "$name" "$(date -u +%F)" "$(cat "$bin/commit")" "$kind" "$driver" "$(nproc)" >"$section"

# Where nothing is measured but whether everything runs, small grids do.
quick=()
[ "$kind" != software ] || quick=(--quick)
export -f run_tests peers
export tests bin name platform
platform=$(jax_platform "$name" "$kind") && has_jax=1 || has_jax=

part "Devices" 20 "$ALPHASWEEP_BIN" devices
part "Verify" 60 "$ALPHASWEEP_BIN" verify --engine gpu --adapter "$name"
part "Tests of parity" 110 bash -c 'run_tests 80'
part "Bench and roof" 90 "$ALPHASWEEP_BIN" bench --engine gpu --adapter "$name" --seconds 0.3
if [ -n "$has_jax" ]; then
    part "Lecture and Adam beside JAX" 80 bash -c 'peers lecture rosenbrock --precision f32 "$@"' - "${quick[@]}"
    part "Networks beside JAX" 80 bash -c 'peers networks "$@"' - "${quick[@]}"
else
    printf '\n### Beside JAX\n\n%s.\n' "$platform" >>"$section"
fi
echo "$section"
