"""What repair asks Retell: the list tells which calls there were, each call what was said in it."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from infra.simulators.control import RetellControl
from services.syncer.providers import RetellRecords
from shared.db.credentials import Credentials
from tests.integration.syncer.telephone import ring

if TYPE_CHECKING:
    from tests.integration.syncer.conftest import World


async def test_a_call_is_listed_without_and_fetched_with_its_transcript(
    connected: "World", control: RetellControl
) -> None:
    call_id = await ring(connected, control, data_storage_setting="everything")
    assert connected.providers is not None
    records = RetellRecords(connected.providers, Credentials(connected.database, connected.vault))
    (listed,) = await records.started_since(connected.company, datetime.now(UTC) - timedelta(hours=1))
    assert (listed["call_id"], listed.get("transcript")) == (call_id, None)
    whole = await records.whole(connected.company, call_id)
    assert whole is not None
    assert "Guten Tag." in whole["transcript"]


async def test_a_call_that_retell_refuses_to_show_is_left_as_it_is_listed(
    connected: "World", control: RetellControl
) -> None:
    call_id = await ring(connected, control)
    await control.fault("GET /v2/get-call/{id}", "status", status=400)
    assert connected.providers is not None
    records = RetellRecords(connected.providers, Credentials(connected.database, connected.vault))
    assert await records.whole(connected.company, call_id) is None
    assert await records.whole(connected.company, "call_nobody_knows") is None
