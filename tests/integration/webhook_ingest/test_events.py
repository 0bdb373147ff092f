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
        ({"data": {"company_id": COMPANY, "branch_id": "b1"}}, "data.name"),
        ({"data": {"company_id": COMPANY, "branch_id": "b1", "name": 7}}, "data.name"),
        (
            {"data": {"company_id": COMPANY, "branch_id": "b1", "name": "x", "timezone": "Mars/North"}},
            "data.timezone",
        ),
        ({"data": "text"}, "data."),
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


async def test_an_event_of_an_unknown_company_is_404(ingest: Ingest) -> None:
    data = {"company_id": "nobody", "branch_id": "b1", "name": "x"}
    assert (await ingest.send.events(event(data=data))).status_code == 404


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"7"])
async def test_a_body_that_is_no_object_is_400(ingest: Ingest, raw: bytes) -> None:
    assert (await ingest.send.events(raw)).status_code == 400
