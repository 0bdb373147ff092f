import json
from typing import Any

import pytest

from shared.contracts import names
from shared.contracts.envelope import Envelope, parse_envelope
from tests.integration.webhook_ingest.conftest import COMPANY, Ingest


def event(**changes: Any) -> bytes:
    data = {"company_id": COMPANY, "branch_id": "b1", "name": "Salon Müller"}
    base = {"specversion": "1.0", "id": "1", "source": "upstream", "type": "branch.created", "data": data}
    return json.dumps({key: item for key, item in {**base, **changes}.items() if item is not ...}).encode()


async def test_an_internal_event_is_in_its_queue(ingest: Ingest) -> None:
    answer = await ingest.send.events(event(id="e1", time="2026-01-01T10:00:00+01:00", subject="b1"))
    assert (answer.status_code, answer.json()) == (202, {"event_id": "upstream:e1"})
    envelope = parse_envelope((await ingest.take(names.PROVISIONER_BRANCHES)).body)
    assert isinstance(envelope, Envelope)
    assert envelope.data["name"] == "Salon Müller"
    assert (envelope.attributes.companyid, envelope.attributes.subject) == (COMPANY, "b1")
    assert envelope.attributes.time.isoformat().startswith("2026-01-01T")


async def test_the_datas_bytes_are_kept(ingest: Ingest) -> None:
    data = b'{ "n" : 1.10,  "t":"\\u00fc" }'
    raw = b'{"specversion":"1.0","x":[{"data":1}],"data" : ' + data + b' ,"id":"b","source":"s","type":"a.b"}'
    assert (await ingest.send.events(raw)).status_code == 202
    while (message := await ingest.take(names.EVENT_LOG)) is not None and message.message_id != "s:b":
        pass
    assert b'{ "n" : 1.10,  "t":"\\u00fc" }' in message.body


async def test_an_unknown_type_is_accepted(ingest: Ingest) -> None:
    assert (await ingest.send.events(event(type="somebody.did-something", data={"a": 1}))).status_code == 202


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": ...}, "id"),
        ({"source": ""}, "source"),
        ({"type": 5}, "type"),
        ({"specversion": "0.3"}, "specversion"),
        ({"data": ...}, "data"),
        ({"time": "yesterday"}, "time"),
        ({"time": "2026-01-01T10:00:00"}, "time"),
        ({"time": 5}, "time"),
        ({"time": 0}, "time"),
        ({"time": False}, "time"),
        ({"time": ""}, "time"),
        ({"time": "1700000000"}, "time"),
        ({"time": "2026-01-01"}, "time"),
        ({"time": "9999-12-31T23:59:59-23:00"}, "time"),
        ({"time": "0001-01-01T00:00:00+23:00"}, "time"),
        ({"time": "1969-12-31T23:59:59Z"}, "time"),
        ({"correlationid": 5}, "correlationid"),
        ({"traceparent": ["x"]}, "traceparent"),
        ({"data": {"company_id": COMPANY, "branch_id": "b1"}}, "data.name"),
        ({"data": {"company_id": COMPANY, "branch_id": "b1", "name": 7}}, "data.name"),
        (
            {"data": {"company_id": COMPANY, "branch_id": "b1", "name": "x", "timezone": "Mars/North"}},
            "data.timezone",
        ),
        ({"data": {"company_id": COMPANY, "branch_id": "b1", "name": "x", "version": 2**63}}, "data.version"),
        ({"data": "text"}, "data"),
        ({"data": None}, "data"),
        ({"companyid": "another"}, "companyid"),
        ({"companyid": 5, "data": {}}, "companyid"),
    ],
)
async def test_a_broken_contract_is_422_with_its_fields(
    ingest: Ingest, changes: dict[str, Any], field: str
) -> None:
    answer = await ingest.send.events(event(**changes))
    assert answer.status_code == 422, answer.text
    assert field in [error["field"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("digits", ["9" * 30, "9" * 6000], ids=["30 digits", "6,000 digits"])
async def test_a_version_that_no_column_holds_is_422(ingest: Ingest, digits: str) -> None:
    raw = event(data={"company_id": COMPANY, "branch_id": "b1", "name": "x", "version": 0})
    answer = await ingest.send.events(raw.replace(b'"version": 0', b'"version": ' + digits.encode()))
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["data.version"]


@pytest.mark.parametrize(
    "time", ["2026-01-01T10:00:00.123456789Z", "2026-01-01t10:00:00+23:59", "1970-01-01T00:00:00Z", None]
)
async def test_a_time_is_rfc_3339_or_absent(ingest: Ingest, time: str | None) -> None:
    assert (await ingest.send.events(event(id="timed", time=time))).status_code == 202


def _raw(data: str = "1", **changes: str) -> bytes:
    """Written by hand: what ``json.dumps`` refuses or tidies up must arrive as it is."""
    fields = {"specversion": '"1.0"', "id": '"odd"', "source": '"s"', "type": '"a.b"', **changes}
    return (
        "{" + ",".join(f'"{name}":{text}' for name, text in [*fields.items(), ("data", data)]) + "}"
    ).encode()


@pytest.mark.parametrize(
    ("raw", "data"),
    [
        pytest.param(_raw(data), data.encode(), id=name)
        for name, data in {
            "umlauts and emoji": '{"t":"Grüße 👋"}',
            "NUL": '{"t":"a\\u0000b"}',
            "cut emoji": '{"t":"\\ud83d"}',
            "6,000 digits": '{"n":' + "9" * 6000 + "}",
            "6,000 digits and no object": "-" + "9" * 6000,
            "a float beyond all bounds": '{"n":1e400,"m":' + "9" * 6000 + ".5}",
            "199 levels": "[" * 199 + "]" * 199,
            "a brace in a text": '{"t":"}\\"{"}',
            "null": "null",
        }.items()
    ]
    + [
        pytest.param(_raw("7", **{field: text}), b"7", id=name)
        for name, field, text in [
            ("NUL in the id", "id", '"a\\u0000b"'),
            ("cut emoji in the id", "id", '"\\ud83d"'),
            ("cut emoji in the source", "source", '"\\ud83d"'),
            ("cut emoji in the type", "type", '"\\ud83d"'),
            ("long id", "id", '"' + "i" * 5000 + '"'),
            ("long source", "source", '"' + "s" * 512 + '"'),
            ("long type", "type", '"' + "t" * 5000 + '"'),
            ("long subject", "subject", '"' + "u" * 1024 + '"'),
            ("NUL in the subject", "subject", '"a\\u0000b"'),
            ("NUL in the correlation", "correlationid", '"a\\u0000b"'),
            ("6,000 digits beside the data", "x", "9" * 6000),
            ("198 levels beside the data", "x", "[" * 198 + "]" * 198),
            ("another data inside", "x", '{"data":8}'),
            ("null for what is absent", "correlationid", "null"),
        ]
    ],
)
async def test_odd_but_legal_events_are_accepted_and_their_bytes_kept(
    ingest: Ingest, raw: bytes, data: bytes
) -> None:
    while await ingest.take(names.EVENT_LOG) is not None:
        pass
    answer = await ingest.send.events(raw)
    assert answer.status_code == 202, answer.text
    message = await ingest.take(names.EVENT_LOG)
    envelope = parse_envelope(message.body)
    assert isinstance(envelope, Envelope), envelope
    assert message.body.endswith(b'"data":' + data + b"}")
    assert envelope.id == answer.json()["event_id"]


@pytest.mark.parametrize("name", ["\\ud83d", "a\\u0000b"])
async def test_the_field_of_an_error_may_have_any_name(ingest: Ingest, name: str) -> None:
    data = f'{{"company_id":"{COMPANY}","branch_id":"b1","name":"x","opening_hours":{{"{name}":"9-12"}}}}'
    answer = await ingest.send.events(_raw(data, type='"branch.created"'))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"].startswith("data.opening_hours.")


async def test_an_event_of_an_unknown_company_is_404(ingest: Ingest) -> None:
    data = {"company_id": "nobody", "branch_id": "b1", "name": "x"}
    assert (await ingest.send.events(event(data=data))).status_code == 404


@pytest.mark.parametrize(
    ("company", "status"),
    [("a\\u0000b", 404), ("x" * 128, 404), ("../x", 404), ("\\ud83d", 422), ("x" * 129, 422)],
)
async def test_a_company_of_any_name_is_refused_and_its_line_can_be_read(
    ingest: Ingest, company: str, status: int
) -> None:
    answer = await ingest.send.events(_raw(companyid=f'"{company}"'))
    assert answer.status_code == status, answer.text
    assert (await ingest.handled(answer))["status"] == status


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"7"])
async def test_a_body_that_is_no_object_is_400(ingest: Ingest, raw: bytes) -> None:
    assert (await ingest.send.events(raw)).status_code == 400
