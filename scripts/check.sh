#!/usr/bin/env bash
# The quick check while working: formatting, lints and tests, all without a GUI library.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/phases.sh

check_data
phase "format" cargo fmt --all --check
phase "lints" cargo clippy --workspace --all-targets --no-default-features --quiet -- -D warnings
# Killing Perch everywhere takes minutes, and broken builds need the tools of many languages; `make test` does both.
phase "tests" cargo test --workspace --no-default-features --quiet -- --skip crash:: --skip broken_builds::
