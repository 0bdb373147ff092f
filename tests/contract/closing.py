"""A request as its document describes it, and nothing else: a field that is not described passes unread."""

from collections.abc import Iterable
from functools import reduce
from typing import Any

from tests.contract.corrections import Schema
from tests.contract.tap import Operation


def close_requests(document: Schema, operations: Iterable[Operation]) -> None:
    """No request of these operations may have a field that the document does not know."""
    for operation in operations:
        described = document["paths"][operation.path][operation.method.lower()]
        content = described.get("requestBody", {}).get("content", {}).get("application/json")
        if content is not None:
            content["schema"] = _closed(document, content["schema"])


def _closed(document: Schema, schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    closed = _flat(document, schema)
    for name in {"oneOf", "anyOf"} & closed.keys():
        closed[name] = [_closed(document, each) for each in closed[name]]
    if "items" in closed:
        closed["items"] = _closed(document, closed["items"])
    if "properties" in closed:
        inner = closed["properties"].items()
        closed["properties"] = {name: _closed(document, each) for name, each in inner}
        closed.setdefault("additionalProperties", False)
    return closed


def _flat(document: Schema, schema: Schema) -> Schema:
    """A copy that is one schema, in place of a reference or of parts that all have to hold."""
    if "$ref" in schema:
        flat = _flat(document, _referred(document, schema["$ref"]))
        return {**flat, "nullable": True} if schema.get("nullable") and "type" in flat else flat
    rest = {name: value for name, value in schema.items() if name != "allOf"}
    return reduce(_merged, (_flat(document, part) for part in schema.get("allOf", [])), rest)


def _referred(document: Schema, reference: str) -> Schema:
    way = reference.removeprefix("#/").split("/")
    return reduce(lambda found, name: found[name], way, document)


def _merged(left: Schema, right: Schema) -> Schema:
    """Both have to hold; what both say of one thing the second says more narrowly."""
    ours, theirs = left.get("properties", {}), right.get("properties", {})
    common = {name: _merged(ours[name], theirs[name]) for name in ours.keys() & theirs.keys()}
    merged = {**left, **right, "required": [*left.get("required", []), *right.get("required", [])]}
    return merged | ({"properties": {**ours, **theirs, **common}} if ours or theirs else {})
