#!/bin/sh
set -e
if [ -z "$1" ]; then
    echo "which version?" >&2
    exit 2
echo "releasing $1"
