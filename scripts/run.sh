#!/usr/bin/env bash
# Builds Perch and starts it: in the tray with its panel open, or, without a display, in a browser.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname -s)" = Darwin ]; then
    scripts/setup.sh desktop
    make --no-print-directory ui
    exec cargo run --quiet -- "$@"
fi
echo "There is no display: Perch is served to a browser instead"
scripts/setup.sh headless
make --no-print-directory ui
exec cargo run --quiet --no-default-features -- serve "$@"
