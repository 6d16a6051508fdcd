"""Writes reports."""

import json
import os
from pathlib import Path, PurePath


def write(path, figures):
    """Write figures to path as JSON."""
    Path(path).write_text(json.dumps(figures), encoding="utf-8")
