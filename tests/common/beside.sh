# To be sourced by test scripts: commands that run beside each other, because each leaves a processor idle now and then. What
# one says goes to a file, and is printed whole when it and all that were begun before it are done.
#
#   beside NAME COMMAND...   begins it
#   all_done                 waits for all; fails, and says which, if one failed

begun_names=() begun_ids=()
said=$(mktemp -d)
trap 'stop_all; rm -rf "$said"' EXIT

# Each is a job of its own: what a shell puts into the background otherwise ignores Ctrl-C, and so does all that it tests.
beside() {
    local name=$1
    shift
    set -m
    "$@" >"$said/${#begun_ids[@]}" 2>&1 </dev/null &
    set +m
    begun_names+=("$name") begun_ids+=($!)
}

all_done() {
    local at failed=()
    for at in "${!begun_ids[@]}"; do
        wait "${begun_ids[at]}" || failed+=("${begun_names[at]}")
        printf '\n== %s\n' "${begun_names[at]}"
        cat "$said/$at"
    done
    begun_names=() begun_ids=()
    [ ${#failed[@]} -eq 0 ] || { printf 'error: %s\n' "${failed[@]}" >&2; return 1; }
}

# What is left where the script ends before `all_done` does.
stop_all() {
    local id
    for id in ${begun_ids[@]+"${begun_ids[@]}"}; do kill -- "-$id" 2>/dev/null || true; done
}
