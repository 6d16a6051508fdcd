"""Writes the exchanges with GitHub that PyGithub recorded as lines of JSON: method, path, status, headers, body.

Usage: recorded.py SDIST.tar.gz OUTPUT.jsonl
"""

import ast
import json
import sys
import tarfile

# The lines of one exchange; the last is empty.
METHOD, PATH, STATUS, HEADERS, BODY, LENGTH = 1, 4, 7, 8, 9, 11


def exchanges(text):
    """The exchanges of one file, up to the first that is not JSON but a file of several lines."""
    lines = text.split("\n")
    for begin in range(0, len(lines) - BODY, LENGTH):
        block = lines[begin : begin + LENGTH]
        if not block[STATUS].isdigit():
            return
        headers = ast.literal_eval(block[HEADERS])
        yield {
            "method": block[METHOD],
            "path": block[PATH],
            "status": int(block[STATUS]),
            "headers": list(headers.items() if isinstance(headers, dict) else headers),
            "body": block[BODY],
        }


def main():
    """Reads the archive and writes the lines."""
    with tarfile.open(sys.argv[1]) as archive, open(sys.argv[2], "w", encoding="utf-8") as output:
        members = [one for one in archive.getmembers() if "/tests/ReplayData/" in one.name and one.isfile()]
        for member in sorted(members, key=lambda one: one.name):
            text = archive.extractfile(member).read().decode("utf-8")
            for exchange in exchanges(text):
                output.write(json.dumps(exchange) + "\n")


main()
