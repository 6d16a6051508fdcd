"""Holds bodies of requests against what interfaces.py wrote. Standard input has lines of {"path", "body"}; what is wrong is
printed, a line each.

Usage: valid.py INTERFACES.jsonl
"""

import json
import sys

from jsonschema import Draft202012Validator


def main(interfaces):
    validators = {}
    with open(interfaces, encoding="utf-8") as lines:
        for line in lines:
            one = json.loads(line)
            validators[one["path"]] = Draft202012Validator(one["schema"])
    for line in sys.stdin:
        asked = json.loads(line)
        for error in validators[asked["path"]].iter_errors(asked["body"]):
            print(f'{asked["path"]}: {error.json_path}: {error.message[:300]}')


main(*sys.argv[1:])
