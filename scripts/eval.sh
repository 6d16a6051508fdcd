#!/usr/bin/env bash
# Measures the analysers on the labelled data in the folder PERCH_DATA names, one line per set. The scorers are those
# in the folder PERCH_EVAL names (default: `eval` beside the data); docs/quality.md tells what they measure.
# PERCH names a binary to measure; without it a release build is made.
set -euo pipefail
cd "$(dirname "$0")/.."

data=${PERCH_DATA:?names the folder with the labelled data; docs/quality.md tells where each set is published}
scorers=${PERCH_EVAL:-$(dirname "$data")/eval}
[ -d "$scorers" ] || { echo "no scorers in $scorers: let PERCH_EVAL name their folder" >&2; exit 1; }

perch=${PERCH:-}
if [ -z "$perch" ]; then
    cargo build --release --workspace --no-default-features --quiet
    perch=${CARGO_TARGET_DIR:-target}/release/perch
fi

# Secrets are made up, by the generator of the redaction tests; a labelled folder takes their place where there is one.
samples=$data/redaction
if [ ! -d "$samples" ]; then
    samples=$(mktemp -d)/redaction
    trap 'rm -r "$(dirname "$samples")"' EXIT
    cargo run --release --quiet -p perch-core --example redaction_samples -- "$samples"
fi

failed=0
score() { # SCORER FOLDER NEEDED-COMMAND
    local folder=$data/$2
    if [ "$2" = redaction ]; then folder=$samples; fi
    if [ ! -d "$folder" ]; then
        printf '%-14s no data in %s\n' "$2" "$folder"
    elif ! "$perch" "$3" --help >/dev/null 2>&1; then
        printf '%-14s perch has no command %s\n' "$2" "$3"
    elif result=$(PYTHONDONTWRITEBYTECODE=1 python3 "$scorers/$1" "$folder" --perch "$perch"); then
        printf '%-14s %s\n' "$2" "$(tail -n 1 <<<"$result" | sed 's/^[a-z]*: //')"
    else
        printf '%-14s the scorer failed\n' "$2"
        failed=1
    fi
}

score score_logs.py logchunks explain
score score_cidiff.py cidiff explain
score score_loglines.py loglines explain
score score_changepoints.py changepoints changepoints
score score_changepoints.py nab changepoints
score score_issues.py issues triage
score score_redaction.py redaction redact
exit "$failed"
