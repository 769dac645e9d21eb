"""Holds answers against api/openapi.yaml: status, type, headers and body.

It asks nothing itself; the harness hands it each exchange that it makes.
"""

import json
import re
from functools import lru_cache
from pathlib import Path

import jsonschema
import yaml

SOURCE = Path(__file__).resolve().parents[2] / "api" / "openapi.yaml"
PROBLEM = "application/problem+json"

# Those of ours; an answer may only have what the contract says it has. The
# RateLimit ones can be on any.
TOLD = {"location", "retry-after", "etag", "preference-applied", "allow",
        "www-authenticate"}

# Items of a list that are looked at: thousands are alike, and would take long.
ITEMS = 50


@lru_cache(None)
def document():
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(SOURCE.read_text("utf-8"), loader)


def resolve(node):
    while "$ref" in node:
        target = document()
        for name in node["$ref"][2:].split("/"):
            target = target[name.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def local(node):
    """The same schema with its references as a schema of its own has them."""
    if isinstance(node, list):
        return [local(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: value.replace("#/components/schemas/", "#/$defs/")
            if key == "$ref" else local(value) for key, value in node.items()}


@lru_cache(None)
def validator(text):
    """Of a schema, which is given as text to be kept by."""
    schema = local(json.loads(text))
    schema["$defs"] = local(document()["components"]["schemas"])
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@lru_cache(None)
def templates():
    return [(re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) + "$"),
             item) for path, item in document()["paths"].items()]


def operation(method, path):
    """What the contract says of it, or None."""
    method = "get" if method == "HEAD" else method.lower()
    path = re.sub("^http://[^/]*", "", path.partition("?")[0])
    for pattern, item in templates():
        if pattern.match(path):
            return item.get(method)
    return None


def promised(method, path, status):
    """The answer that the contract has for this status."""
    found = operation(method, path)
    if found is None:
        return document()["components"]["responses"]["Problem"]
    answers = found["responses"]
    assert str(status) in answers or status >= 400, "no answer %d" % status
    return resolve(answers.get(str(status), answers["default"]))


def check_body(answer, content):
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in content, "%s is not among %s" % (kind, list(content))
    if not kind.endswith("json"):
        return
    text = json.dumps(content[kind]["schema"], sort_keys=True)
    body = answer.json
    if isinstance(body.get("items"), list):
        body["items"] = body["items"][:ITEMS]
    for error in validator(text).iter_errors(body):
        place = "/".join(map(str, error.absolute_path))
        raise AssertionError("at %s: %s" % (place, error.message[:400]))


def check(method, path, answer):
    """Raises when the contract does not say this; OPTIONS is not in it."""
    if method == "OPTIONS":
        return
    try:
        says = promised(method, path, answer.status)
        assert answer.headers.get("x-request-id"), "no request id"
        named = {name.lower() for name in says.get("headers", {})}
        extra = (TOLD & set(answer.headers)) - named
        assert not extra, "not in the contract: %s" % extra
        if answer.body:
            check_body(answer, says.get("content", {}))
    except AssertionError as error:
        raise AssertionError("%s %s breaks the contract: %s: %r" % (
            method, path, error, answer)) from None
