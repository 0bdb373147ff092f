"""What is wrong in Cal.com's document; its descriptions, examples and release notes say how it is right."""

import re
from collections.abc import Iterator
from typing import Any, Final

from tests.contract.corrections import (
    CALCOM,
    Correction,
    Schema,
    bodies,
    json_content,
    nodes,
    operations,
    properties,
    ref,
    schemas,
)

_ONLY_VALUE: Final = re.compile(r"only allowed value for type is `(\w+)`")
#: Release notes: the newer version has the same requests and answers.
_NEWER: Final = {"2024-08-13": ["2024-08-13", "2026-02-25"]}
_SLOT: Final = {
    "type": "object",
    "required": ["start"],
    "properties": {
        "start": {"type": "string", "format": "date-time"},
        "end": {"type": "string", "format": "date-time"},
    },
}
_SLOTS: Final = {
    "type": "object",
    "required": ["status", "data"],
    "properties": {
        "status": {"type": "string", "enum": ["success"]},
        "data": {"type": "object", "additionalProperties": {"type": "array", "items": _SLOT}},
    },
}
_USER: Final = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "number"}, "name": {"type": "string", "nullable": True}},
}
_HOST: Final = {
    "type": "object",
    "required": ["userId", "name"],
    "properties": {"userId": {"type": "number"}, "name": {"type": "string"}},
}
_ENVELOPED_ERROR: Final = {
    "type": "object",
    "required": ["status", "timestamp", "path", "error"],
    "properties": {
        "status": {"type": "string", "enum": ["error"]},
        "timestamp": {"type": "string"},
        "path": {"type": "string"},
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        },
    },
}
_BARE_ERROR: Final = {
    "type": "object",
    "required": ["statusCode", "message"],
    "properties": {"statusCode": {"type": "integer"}, "message": {"type": "string"}},
}


def _versions(document: Schema) -> None:
    for operation in operations(document):
        for parameter in operation.get("parameters", []):
            if parameter["name"] == "cal-api-version" and "default" in parameter["schema"]:
                default = parameter["schema"]["default"]
                parameter["schema"]["enum"] = _NEWER.get(default, [default])


def _errors(document: Schema) -> None:
    schemas(document)["AnyError"] = {"anyOf": [_ENVELOPED_ERROR, _BARE_ERROR]}
    answer = {"description": "refused", "content": json_content(ref("AnyError"))}
    for operation in operations(document):
        operation["responses"] = {"4XX": answer, "5XX": answer, **operation["responses"]}


def _overlapping_bookings(document: Schema) -> None:
    body = bodies(document, "POST /v2/bookings")["application/json"]["schema"]
    body["anyOf"] = body.pop("oneOf")


def _booking_options(document: Schema) -> None:
    flags = ("allowConflicts", "allowBookingOutOfBounds", "skipBookingLimits")
    newer = {name: {"type": "boolean"} for name in flags}
    properties(document, "CreateBookingInput_2024_08_13").update(newer)
    properties(document, "RescheduleBookingInput_2024_08_13").update(
        {**newer, "rescheduleWithSameHost": {"type": "boolean"}}
    )


def _slots(document: Schema) -> None:
    document["paths"]["/v2/slots"]["get"]["responses"]["200"]["content"] = json_content(_SLOTS)


def _webhooks(document: Schema) -> Iterator[Schema]:
    for name in schemas(document):
        if name.endswith("WebhookOutputDto"):
            yield properties(document, name)


def _webhook_ids(document: Schema) -> None:
    for webhook in _webhooks(document):
        webhook["id"] = {"type": "string", "format": "uuid"}


def _payload_templates(document: Schema) -> None:
    for webhook in _webhooks(document):
        webhook["payloadTemplate"]["nullable"] = True


def _constants(document: Schema) -> None:
    for node in nodes(document):
        if said := _ONLY_VALUE.search(str(node.get("description"))):
            node["enum"] = [said[1]]


def _is_default(document: Schema) -> None:
    for name in schemas(document):
        if "FieldOutput_" in name:
            field = properties(document, name)
            field["isDefault"] = {"type": "boolean", "enum": [field["isDefault"]["default"]]}


def _default_fields(document: Schema) -> None:
    for name in schemas(document):
        if "DefaultFieldOutput_" in name:
            for constant in ("slug", "type"):
                known = properties(document, name)[constant]
                known["enum"] = [known["default"]]


def _recurring_answers(document: Schema) -> None:
    for name in ("GetBookingOutput", "GetBookingsOutput", "CancelBookingOutput"):
        data = properties(document, f"{name}_2024_08_13")["data"]
        data = data.get("items", data)
        data["anyOf"] = data.pop("oneOf")


def _email_required(document: Schema) -> None:
    properties(document, "EmailDefaultFieldOutput_2024_06_14")["required"]["type"] = "boolean"


def _event_types(document: Schema) -> Iterator[Schema]:
    yield properties(document, "EventTypeOutput_2024_06_14")
    yield properties(document, "TeamEventTypeOutput_2024_06_14")


def _typed(name: str, kind: str) -> Any:
    def apply(document: Schema) -> None:
        for event_type in _event_types(document):
            if name in event_type:
                event_type[name]["type"] = kind

    return apply


def _people(document: Schema) -> None:
    personal, of_team = _event_types(document)
    personal["users"]["items"], of_team["hosts"]["items"] = _USER, _HOST


def _nullable_references(document: Schema) -> None:
    for node in nodes(document):
        if node.get("nullable") and "type" not in node:
            node.pop("nullable")
            said = {name: node.pop(name) for name in ("$ref", "allOf") if name in node}
            node["anyOf"] = [said, {"type": "null"}]


def _correction(where: str, reason: str, apply: Any) -> Correction:
    return Correction(CALCOM, where, reason, apply)


CALCOM_CORRECTIONS: Final = (
    _correction(
        "cal-api-version",
        "takes any text, an unknown one means 2024-04-15; for bookings 2026-02-25 is the same as 2024-08-13",
        _versions,
    ),
    _correction(
        "errors", "no operation has any; the two shapes are those of the envelope and of NestJS", _errors
    ),
    _correction(
        "POST /v2/bookings",
        "an ordinary booking is also a recurring one that leaves the default out: oneOf refuses it",
        _overlapping_bookings,
    ),
    _correction("booking requests", "what 2026-02-25 adds is missing", _booking_options),
    _correction("GET /v2/slots", "the envelope is missing, and slots are objects", _slots),
    _correction("webhook id", "is a UUID, not a number", _webhook_ids),
    _correction("webhook payloadTemplate", "is null where none was given", _payload_templates),
    _correction(
        "constants",
        "stand in the description alone, so that oneOf cannot tell fields and locations apart",
        _constants,
    ),
    _correction("booking fields' isDefault", "is a boolean, not an object", _is_default),
    _correction(
        "default fields", "have one slug and one type, which stand there as default", _default_fields
    ),
    _correction(
        "booking answers", "a recurring booking is also an ordinary one: oneOf refuses it", _recurring_answers
    ),
    _correction("e-mail field's required", "is a boolean, not an object", _email_required),
    _correction("event type slotInterval", "is a number, not an object", _typed("slotInterval", "number")),
    _correction(
        "event type seatsPerTimeSlot", "is a number, not an object", _typed("seatsPerTimeSlot", "number")
    ),
    _correction(
        "event type forwardParamsSuccessRedirect",
        "is a boolean, not an object",
        _typed("forwardParamsSuccessRedirect", "boolean"),
    ),
    _correction(
        "event type successRedirectUrl", "is a text, not an object", _typed("successRedirectUrl", "string")
    ),
    _correction("team event type ownerId", "is a number, not an object", _typed("ownerId", "number")),
    _correction(
        "team event type parentEventTypeId",
        "is a number, not an object",
        _typed("parentEventTypeId", "number"),
    ),
    _correction("event type users and hosts", "are people, not texts", _people),
    _correction(
        "nullable references",
        "nullable without a type does not compile, so that the schema validates nothing",
        _nullable_references,
    ),
)
