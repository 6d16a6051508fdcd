#!/usr/bin/env bash
# Builds the package of this system: a .deb on Linux, an installer on Windows, a disk image on macOS.
#
#   scripts/bundle.sh [KINDS]   KINDS as `tauri build --bundles` takes them, `deb,appimage` for example
#
# The AppImage is made where it is asked for: Tauri fetches the tool for it from the network.
set -euo pipefail
cd "$(dirname "$0")/.."

# What a download may weigh.
LARGEST_DEB=$((15 * 1024 * 1024))
# The newest of the line that the Rust crates are of.
TAURI_CLI=@tauri-apps/cli@2.12.5

case $(uname -s) in
    Linux) kinds=${1:-deb} ;;
    Darwin) kinds=${1:-app,dmg} ;;
    *) kinds=${1:-nsis} ;;
esac

npm exec --yes --package="$TAURI_CLI" -- tauri build --bundles "$kinds"

case ,$kinds, in *,deb,*) ;; *) exit 0 ;; esac
for deb in "${CARGO_TARGET_DIR:-target}"/release/bundle/deb/*.deb; do
    size=$(stat -c %s "$deb")
    echo "$deb: $size bytes"
    if [ "$size" -gt "$LARGEST_DEB" ]; then
        echo "the package is over $LARGEST_DEB bytes" >&2
        exit 1
    fi
done
