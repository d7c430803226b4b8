# To be sourced by test scripts, in the root of the project: `skip`, and an environment of Python with packages in $venv.
#
#   test_of "WHAT IT TESTS" REQUIRE_VARIABLE         what `skip WHY` says; REQUIRE_VARIABLE=require makes a skip a failure
#   build                                            the program, in $alphasweep: one that is built, if ALPHASWEEP_BIN names it
#   venv NAME MINOR REQUIREMENTS                     target/NAME-venv by Python 3.MINOR or later, with what the file lists

target=${CARGO_TARGET_DIR:-target}

test_of() { tested=$1 required=$2; }

skip() {
    [ "${!required:-}" != require ] || { echo "error: $required=require, and $1" >&2; exit 1; }
    echo "SKIPPED the test of $tested: $1" >&2
    exit 0
}

build() {
    alphasweep=${ALPHASWEEP_BIN:-$target/release/alphasweep}
    [ -n "${ALPHASWEEP_BIN:-}" ] || cargo build --release --locked --quiet
}

venv() {
    local minor=$2 needed=$3 python=${PYTHON:-python3}
    venv=$target/$1-venv
    "$python" -c "import sys; sys.exit(sys.version_info < (3, $minor))" 2>/dev/null || skip "there is no Python 3.$minor or later"
    if ! cmp -s "$needed" "$venv/installed.txt"; then
        "$python" -m venv "$venv" || skip "$python has no venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$needed" || skip "PyPI has no $(cat "$needed") for us"
        cp "$needed" "$venv/installed.txt"
    fi
}
