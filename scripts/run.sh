#!/usr/bin/env bash
# Builds Perch and starts it: in the tray with its panel open, or, without a display, in a browser.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname -s)" = Darwin ]; then
    part=desktop features=() started=()
else
    echo "There is no display: Perch is served to a browser instead"
    part=headless features=(--no-default-features) started=(serve)
fi
scripts/setup.sh "$part"
make --no-print-directory ui
# The whole workspace, as the tests build it, so that neither builds the other's libraries again.
cargo build --workspace --bins "${features[@]}"
exec "${CARGO_TARGET_DIR:-target}/debug/perch" "${started[@]}" "$@"
