"""Internal producers: CloudEvents 1.0, structured, signed by the Standard Webhooks scheme."""

import json
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from services.webhook_ingest.handlers.common import (
    Companies,
    Flood,
    Intake,
    document_of,
    known,
    unauthorized,
)
from services.webhook_ingest.values import Accepted, RefusedError, Sender
from shared.clients.signatures import SignatureError, StandardWebhooks
from shared.contracts.envelope import Attributes, Envelope, now
from shared.contracts.events import OWN_EVENTS
from shared.contracts.ids import event_id, event_type
from shared.contracts.wire import searchable
from shared.observability.context import traceparent

_WHITESPACE: Final = " \t\n\r"


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
        _validate(attributes.type, document["data"])
        self.flood.admit(company_id or attributes.source)
        if company_id is not None:
            await known(self.companies, company_id)
        await self.intake.keep(Envelope.around(attributes, _raw_data(sender.raw), document["data"]))
        return Accepted(attributes.id)


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
    candidate = searchable({key: item for key, item in document.items() if key != "data"})
    candidate |= {
        "id": event_id(str(document["source"]), str(document["id"])),
        "type": event_type(str(document["type"])),
        "companyid": company_id,
        "time": document.get("time") or now(),
        "traceparent": document.get("traceparent") or traceparent(),
    }
    candidate["correlationid"] = document.get("correlationid") or candidate.get("subject") or candidate["id"]
    try:
        return Attributes.model_validate(candidate)
    except ValidationError as error:
        raise _invalid(_fields(error)) from error


def _require(document: dict[str, Any]) -> None:
    missing = [
        _field(name, "must be a non-empty string")
        for name in ("specversion", "id", "source", "type")
        if not isinstance(document.get(name), str) or not document[name]
    ]
    if "data" not in document:
        missing.append(_field("data", "is missing (data_base64 is not supported)"))
    if missing:
        raise _invalid(missing)


def _validate(type_: str, data: Any) -> None:
    model = OWN_EVENTS.get(type_)
    if model is None:
        return
    try:
        model.model_validate(data)
    except ValidationError as error:
        raise _invalid([{**field, "field": f"data.{field['field']}"} for field in _fields(error)]) from error


def _raw_data(raw: bytes) -> bytes:
    """The bytes of the top-level member ``data`` as they were sent; ``raw`` is a JSON object that has one."""
    text = raw.decode()
    decode = json.JSONDecoder().raw_decode
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


def _fields(error: ValidationError) -> list[dict[str, Any]]:
    return [
        _field(".".join(map(str, item["loc"])), item["msg"])
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def _field(name: str, message: str) -> dict[str, Any]:
    return {"field": name, "message": message}


def _invalid(errors: list[dict[str, Any]]) -> RefusedError:
    named = ", ".join(str(error["field"]) for error in errors[:5])
    return RefusedError(422, f"The event breaks its contract in: {named}.", errors=errors)
