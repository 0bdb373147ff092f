"""Internal producers: CloudEvents 1.0, structured, signed by the Standard Webhooks scheme."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from services.webhook_ingest.handlers.common import (
    Companies,
    Flood,
    Intake,
    document_of,
    keep,
    known,
    label,
    unauthorized,
)
from services.webhook_ingest.values import Accepted, RefusedError, Sender
from shared.clients.signatures import SignatureError, StandardWebhooks
from shared.contracts.envelope import Attributes, Envelope, now
from shared.contracts.events import OWN_EVENTS
from shared.contracts.ids import event_id, event_type
from shared.contracts.wire import searchable
from shared.observability.context import bind, traceparent

_WHITESPACE: Final = " \t\n\r"
_RFC_3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
#: Only places matter: numbers stay text, because CPython turns no more than 4,300 digits into one.
_DECODER: Final = json.JSONDecoder(parse_int=str, parse_float=str)


@dataclass(frozen=True, slots=True)
class AcceptEvent:
    """Events of our own types must keep their contract; any other type is accepted as it is."""

    scheme: StandardWebhooks
    companies: Companies
    flood: Flood
    intake: Intake

    async def __call__(self, sender: Sender) -> Accepted:
        try:
            self.scheme.verify(sender.raw, sender.headers)
        except SignatureError as error:
            raise unauthorized(error) from error
        document = document_of(sender.raw)
        company_id = _company_of(document)
        attributes = _attributes(document, company_id)
        bind(company_id=attributes.companyid)
        _validate(attributes.type, document["data"])
        self.flood.admit(company_id or attributes.source)
        if company_id is not None:
            await known(self.companies, company_id)
        envelope = Envelope.around(attributes, _raw_data(sender.raw), document["data"])
        return await keep(self.intake, envelope, sender.answer_by)


def _company_of(document: dict[str, Any]) -> str | None:
    """``companyid`` of the envelope or ``company_id`` of the data; both must agree."""
    data = document.get("data")
    inside = data.get("company_id") if isinstance(data, dict) else None
    outside = document.get("companyid")
    if inside is not None and outside is not None and inside != outside:
        raise _invalid([_field("companyid", f"differs from data.company_id ({inside!r})")])
    company_id = outside if outside is not None else inside
    if company_id is not None and not isinstance(company_id, str):
        raise _invalid([_field("companyid", "must be a string")])
    return company_id


def _attributes(document: dict[str, Any], company_id: str | None) -> Attributes:
    _require(document)
    # Cleaned first: what is taken from here goes into columns, which hold neither NUL nor half an emoji.
    given = searchable({key: item for key, item in document.items() if key != "data"})
    id_ = event_id(document["source"], document["id"])
    derived = {
        "id": id_,
        "type": event_type(document["type"]),
        "companyid": company_id,
        "time": now() if given.get("time") is None else given["time"],
        "traceparent": given.get("traceparent") or traceparent(),
        "correlationid": given.get("correlationid") or label(given.get("subject")) or id_,
    }
    try:
        return Attributes.model_validate(given | derived)
    except ValidationError as error:
        raise _invalid(_fields(error)) from error


def _require(document: dict[str, Any]) -> None:
    wrong = [
        _field(name, "must be a non-empty string")
        for name in ("specversion", "id", "source", "type")
        if not isinstance(document.get(name), str) or not document[name]
    ]
    if not _is_time(document.get("time")):
        wrong.append(_field("time", "must be absent or RFC 3339, such as 2026-01-31T09:30:00+01:00"))
    if "data" not in document:
        wrong.append(_field("data", "is missing (data_base64 is not supported)"))
    if wrong:
        raise _invalid(wrong)


def _is_time(value: Any) -> bool:
    # A number would be read as seconds since 1970, a date as one of its midnights: nobody said so.
    return value is None or (isinstance(value, str) and _RFC_3339.fullmatch(value) is not None)


def _validate(type_: str, data: Any) -> None:
    model = OWN_EVENTS.get(type_)
    if model is None:
        return
    try:
        model.model_validate(data)
    except ValidationError as error:
        raise _invalid(_fields(error, "data")) from error


def _raw_data(raw: bytes) -> bytes:
    """The bytes of the top-level member ``data`` as they were sent; ``raw`` is a JSON object that has one."""
    text = raw.decode()
    decode = _DECODER.raw_decode
    place, found = text.index("{") + 1, b""
    while True:
        place = _skip(text, place, _WHITESPACE + ",")
        if text[place] == "}":
            return found
        name, place = decode(text, place)
        start = _skip(text, place, _WHITESPACE + ":")
        _, place = decode(text, start)
        if name == "data":
            found = text[start:place].encode()


def _skip(text: str, place: int, characters: str) -> int:
    while text[place] in characters:
        place += 1
    return place


def _fields(error: ValidationError, *above: str) -> list[dict[str, Any]]:
    return [
        _field(".".join(map(str, (*above, *item["loc"]))), item["msg"])
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def _field(name: str, message: str) -> dict[str, Any]:
    return {"field": name, "message": message}


def _invalid(errors: list[dict[str, Any]]) -> RefusedError:
    named = ", ".join(str(error["field"]) for error in errors[:5])
    return RefusedError(422, f"The event breaks its contract in: {named}.", errors=errors)
