"""Small checks of request bodies; each raises Refusal 400 and names the field."""

from collections.abc import Collection
from typing import Any

from infra.simulators.retell.errors import Refusal
from infra.simulators.store import Document


def refuse(field: str, text: str) -> Refusal:
    """400 that names the field."""
    return Refusal(400, f"request/body/{field.replace('.', '/')} {text}")


def required(body: Document, *names: str) -> None:
    """Each named field is there and not null."""
    for name in names:
        if body.get(name) is None:
            raise Refusal(400, f"request/body must have required property '{name}'")


def one_of(body: Document, name: str, allowed: Collection[str]) -> None:
    """An absent or null field passes."""
    value = body.get(name)
    if value is not None and not (isinstance(value, str) and value in allowed):
        raise refuse(name, f"must be equal to one of the allowed values: {', '.join(sorted(allowed))}")


def number_between(body: Document, name: str, least: float, most: float) -> None:
    """An absent or null field passes; a boolean is no number."""
    value = body.get(name)
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse(name, "must be number")
    if not least <= value <= most:
        raise refuse(name, f"must be between {least:g} and {most:g}")


def text(body: Document, *names: str) -> None:
    """Each named field is a string, absent or null."""
    for name in names:
        if not isinstance(body.get(name), str | None):
            raise refuse(name, "must be string")


def flag(body: Document, *names: str) -> None:
    """Each named field is true, false, absent or null."""
    for name in names:
        if not isinstance(body.get(name), bool | None):
            raise refuse(name, "must be boolean")


def an_object(body: Document, *names: str) -> None:
    """Each named field is an object, absent or null."""
    for name in names:
        if body.get(name) is not None and not isinstance(body[name], dict):
            raise refuse(name, "must be object")


def objects(body: Document, *names: str) -> None:
    """Each named field is an array of objects, absent or null."""
    for name in names:
        value = body.get(name)
        if value is not None and not (
            isinstance(value, list) and all(isinstance(each, dict) for each in value)
        ):
            raise refuse(name, "must be array of objects")


def list_of_texts(body: Document, *names: str) -> None:
    """Each named field is an array of strings, absent or null."""
    for name in names:
        value = body.get(name)
        if value is not None and not _is_list_of_texts(value):
            raise refuse(name, "must be array of strings")


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def whole(body: Document, name: str, least: int, most: int) -> None:
    """An integer, or absent or null; a text with digits is none."""
    number_between(body, name, least, most)
    if isinstance(body.get(name), float):
        raise refuse(name, "must be integer")


def texts(body: Document, name: str) -> None:
    """A mapping of strings to strings, or absent."""
    value = body.get(name)
    if value is not None and not _is_mapping_of_texts(value):
        raise refuse(name, "must be an object of strings")


def _is_mapping_of_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def a_url(body: Document, name: str) -> None:
    """An http or https URL, or absent; loopback is as good as any."""
    text(body, name)
    if body.get(name) is not None and not body[name].startswith(("http://", "https://")):
        raise refuse(name, 'must match format "uri"')
