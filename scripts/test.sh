#!/usr/bin/env bash
# Everything CI runs. One debug build, with the desktop, serves nearly all tests: those of the crates, of the whole
# program and of the real desktop. The main job is then done once more by the build without a GUI library.
# `--workspace` stands in every line, since with another choice of packages cargo chooses other
# features and compiles again.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/phases.sh

export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}

tool() { # NAME ARGUMENT...: a cargo tool, if it is there or can be had
    cargo "$1" --version >/dev/null 2>&1 || make --no-print-directory tools || true
    if cargo "$1" --version >/dev/null 2>&1; then
        phase "$1" cargo "$@"
    else
        skip "$1" "it is not there and could not be installed"
    fi
}

began=$SECONDS
phase "set-up" scripts/setup.sh test
check_data
phase "panel: packages and build" make --no-print-directory ui
phase "panel: checks" npm --prefix ui run check
phase "panel: tests" npm --prefix ui run test
phase "tools and material of the tests" scripts/test-tools.sh
phase "format" cargo fmt --all --check
phase "lints" cargo clippy --workspace --all-targets --quiet -- -D warnings
phase "lints without a desktop" cargo clippy --workspace --no-default-features --quiet -- -D warnings
tool deny --log-level error check bans licenses sources
tool machete --skip-target-dir
phase "build" cargo build --workspace --all-targets
phase "tests" cargo test --workspace
phase "panel in a browser" npm --prefix ui run test:browser
printf '\n== everything before the desktop: %s s\n' $((SECONDS - began))
phase "desktop" scripts/desktop-session.sh cargo test --workspace --test desktop
# Last, since it puts another build in the place of the one the phases before it used.
phase "without a desktop" cargo test --workspace --no-default-features --test it headless
