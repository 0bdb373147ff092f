"""Known errors of the published documents, each with its reason; copies are corrected, for one test run.

A correction that changes nothing any more is an error: the publisher has put it right, so it has to go.
"""

import copy
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

Schema = dict[str, Any]

CONTRACTS: Final = Path(os.environ.get("CONTRACTS_DIR") or "../shared/contracts").resolve()
CALCOM: Final = "calcom-v2-openapi.json"
RETELL: Final = "retell-openapi.yaml"
_METHODS: Final = {"get", "post", "put", "patch", "delete"}


class NeedlessCorrectionError(Exception):
    """The document does not have this error."""


@dataclass(frozen=True, slots=True)
class Correction:
    """``apply`` changes the document it is given."""

    document: str
    where: str
    reason: str
    apply: Callable[[Schema], None]

    def __str__(self) -> str:
        return f"{self.document.partition('-')[0]:<7} {self.where}: {self.reason}"


def published(name: str) -> Schema:
    """The document as its publisher wrote it."""
    text = (CONTRACTS / name).read_text()
    document: Schema = json.loads(text) if name.endswith(".json") else yaml.safe_load(text)
    return document


def corrected(document: Schema, corrections: Iterable[Correction]) -> Schema:
    """A corrected copy.

    Raises:
        NeedlessCorrectionError: one of them changed nothing.
    """
    right = copy.deepcopy(document)
    for correction in corrections:
        before = json.dumps(right, default=str)
        correction.apply(right)
        if json.dumps(right, default=str) == before:
            raise NeedlessCorrectionError(str(correction))
    return right


def schemas(document: Schema) -> Schema:
    """The named schemas of a document."""
    found: Schema = document["components"]["schemas"]
    return found


def properties(document: Schema, name: str) -> Schema:
    """The properties of one named schema."""
    found: Schema = schemas(document)[name]["properties"]
    return found


def ref(name: str) -> Schema:
    """A named schema, by reference."""
    return {"$ref": f"#/components/schemas/{name}"}


def json_content(schema: Schema) -> Schema:
    """Content of a request or an answer."""
    return {"application/json": {"schema": schema}}


def operations(document: Schema) -> Iterator[Schema]:
    """Every operation of every path."""
    for path in document["paths"].values():
        yield from (described for method, described in path.items() if method in _METHODS)


def bodies(document: Schema, operation: str) -> Schema:
    """Contents of the requests of `METHOD /path`."""
    method, _, path = operation.partition(" ")
    found: Schema = document["paths"][path][method.lower()]["requestBody"]["content"]
    return found


def nodes(value: Any) -> Iterator[Schema]:
    """Every object inside, outermost first."""
    if isinstance(value, dict):
        yield value
        for each in list(value.values()):
            yield from nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from nodes(each)
