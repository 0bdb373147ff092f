import json

from tests.integration.webhook_ingest.conftest import COMPANY, Ingest
from tests.integration.webhook_ingest.payloads import calcom, retell, stripe


async def test_a_log_line_names_company_event_and_trace_but_no_secret(ingest: Ingest) -> None:
    answer = await ingest.send.retell(retell(call_id="logged"))
    await ingest.send.retell(retell(call_id="refused"), key="key_of_somebody_else_entirely")
    line = await ingest.handled(answer)
    assert line["event_id"] == answer.json()["event_id"]
    assert (line["company_id"], line["service"], line["status"]) == (COMPANY, "webhook_ingest", 202)
    assert len(line["trace_id"]) == 32
    assert "key_0123456789abcdef" not in ingest.process.log.read_text()


async def test_a_log_line_names_what_its_event_is_about(ingest: Ingest) -> None:
    data = {"company_id": COMPANY, "branch_id": "b1", "name": "Salon"}
    raw = {"specversion": "1.0", "id": "lined", "source": "s", "type": "branch.created", "data": data}
    answers = [
        await ingest.send.retell(retell(call_id="call_lined")),
        await ingest.send.calcom(calcom(uid="lined", metadata={"call_id": "call_booked"})),
        await ingest.send.events(json.dumps(raw).encode()),
        await ingest.send.stripe(stripe(id="evt_lined")),
    ]
    found = [await ingest.handled(answer) for answer in answers]
    assert [line["event_id"] for line in found] == [answer.json()["event_id"] for answer in answers]
    about = [(line.get("call_id"), line.get("branch_id"), line["correlation_id"]) for line in found]
    assert about == [
        ("call_lined", None, "call_lined"),
        ("call_booked", None, "call_booked"),
        (None, "b1", "s:lined"),
        (None, None, "evt_lined"),
    ]
    assert [line.get("company_id") for line in found] == [COMPANY, COMPANY, COMPANY, None]
    assert {len(line["trace_id"]) for line in found} == {32}
