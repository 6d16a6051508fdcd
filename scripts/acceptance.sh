#!/usr/bin/env bash
# What takes longer than `make test`: the release build, the package, and every test marked `ignored` for its
# length (all broken builds, the scorers, a million rows, soak).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/phases.sh

scripts/test.sh
phase "package" scripts/bundle.sh
phase "package in a clean system" scripts/package-test.sh "$(ls -t "${CARGO_TARGET_DIR:-target}"/release/bundle/deb/*.deb | head -1)"
phase "long tests" scripts/desktop-session.sh cargo test --workspace --release -- --ignored
