"""Writes what python-gitlab knows of GitLab's API as lines of JSON: path, what can be done there, and with which words.

Usage: described.py WHEEL OUTPUT.jsonl
"""

import ast
import json
import sys
import zipfile

# What each of its mixins lets be done.
DOES = {
    "CRUDMixin": ["list", "get", "create", "update", "delete"],
    "NoUpdateMixin": ["list", "get", "create", "delete"],
    "RetrieveMixin": ["list", "get"],
    "ListMixin": ["list"],
    "GetMixin": ["get"],
    "CreateMixin": ["create"],
    "UpdateMixin": ["update"],
    "DeleteMixin": ["delete"],
}


def words(node):
    """A tuple of texts, or what a call of RequiredOptional names."""
    if isinstance(node, ast.Call):
        return {one.arg: words(one.value) for one in node.keywords if one.arg != "exclusive"}
    try:
        return list(ast.literal_eval(node))
    except (ValueError, TypeError):
        return None


def managers(tree):
    """Every class that has a path."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        found = {}
        for one in node.body:
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
                found[one.targets[0].id] = one.value
        if not isinstance(found.get("_path"), ast.Constant):
            continue
        bases = [getattr(getattr(base, "value", base), "id", "") for base in node.bases]
        yield {
            "path": found["_path"].value,
            "does": [deed for base in bases for deed in DOES.get(base, [])],
            "filters": words(found["_list_filters"]) if "_list_filters" in found else None,
            "create": words(found["_create_attrs"]) if "_create_attrs" in found else None,
            "update": words(found["_update_attrs"]) if "_update_attrs" in found else None,
        }


def main():
    """Reads the wheel and writes the lines."""
    with zipfile.ZipFile(sys.argv[1]) as wheel, open(sys.argv[2], "w", encoding="utf-8") as output:
        for name in sorted(wheel.namelist()):
            if name.startswith("gitlab/v4/objects/") and name.endswith(".py"):
                for manager in managers(ast.parse(wheel.read(name))):
                    output.write(json.dumps(manager) + "\n")


main()
