#!/usr/bin/env bash
# What takes longer than `make test`: the release build, the package, and every test marked `ignored` for its
# length (all broken builds, the scorers, a million rows, soak).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/phases.sh

LARGEST_PACKAGE=$((15 * 1024 * 1024))

package() {
    npm exec --yes --package=@tauri-apps/cli@2.12.5 -- tauri build --bundles deb
    local deb size
    for deb in "${CARGO_TARGET_DIR:-target}"/release/bundle/deb/*.deb; do
        size=$(stat -c %s "$deb")
        echo "$deb: $size bytes"
        [ "$size" -le "$LARGEST_PACKAGE" ] || { echo "the package is over $LARGEST_PACKAGE bytes" >&2 && return 1; }
    done
}

scripts/test.sh
phase "package" package
phase "long tests" scripts/desktop-session.sh cargo test --workspace --release -- --ignored
