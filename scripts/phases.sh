# Sourced by scripts that run in phases: each prints its name and how long it took, a failing one ends all.

phase() { # NAME COMMAND...
    local name=$1 began=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    "$@" || {
        local code=$?
        printf '== %s FAILED after %s s\n' "$name" $((SECONDS - began)) >&2
        exit "$code"
    }
    printf '== %s: %s s\n' "$name" $((SECONDS - began))
}

skip() { # NAME REASON
    printf '\n== %s: skipped, %s\n' "$1" "$2"
}

# Labelled data: named and missing is a failure, not named a skip that says so.
check_data() {
    if [ -z "${PERCH_DATA:-}" ]; then
        skip "labelled data" "PERCH_DATA is not set; docs/quality.md tells where each set is published"
    elif [ ! -d "$PERCH_DATA" ]; then
        echo "PERCH_DATA is set to $PERCH_DATA, which is no folder" >&2
        exit 1
    fi
}
