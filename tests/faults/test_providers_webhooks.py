"""Webhooks five times each, in any order, at once: each has one effect, and the order is the calendar's."""

import asyncio
import json
import random
import secrets
from collections import Counter
from typing import Any

import pytest

from shared.clients.signatures import sign_calcom
from tests.faults.account import Account
from tests.faults.closing import Closing
from tests.faults.town import Town
from tests.integration.syncer.test_appointments import webhook
from tests.integration.webhook_ingest.conftest import CALCOM_SECRET, COMPANY
from tests.support import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
COPIES = 5
STORIES = 12
Webhook = tuple[str, dict[str, Any]]
#: uid → status, and the uid that it was moved to.
Ending = dict[str, tuple[str, str | None]]


def _story(name: str) -> tuple[list[Webhook], Ending]:
    """What happens to three bookings, one of them moved, one rejected; and how that has to end."""
    moved = {"rescheduleUid": f"{name}-a", "rescheduleStartTime": "2026-03-05T09:00:00Z"}
    told = [
        ("BOOKING_CREATED", webhook(f"{name}-a", "2026-03-01T10:00:00Z")),
        ("BOOKING_RESCHEDULED", webhook(f"{name}-b", "2026-03-01T11:00:00Z", **moved)),
        ("BOOKING_CANCELLED", webhook(f"{name}-b", "2026-03-01T12:00:00Z", status="CANCELLED")),
        ("BOOKING_REQUESTED", webhook(f"{name}-c", "2026-03-01T10:00:00Z", status="PENDING")),
        ("BOOKING_CREATED", webhook(f"{name}-c", "2026-03-01T11:00:00Z")),
        ("BOOKING_REJECTED", webhook(f"{name}-c", "2026-03-01T12:00:00Z", rejectionReason="closed")),
        ("BOOKING_REQUESTED", webhook(f"{name}-d", "2026-03-01T10:00:00Z", status="PENDING")),
        ("BOOKING_REJECTED", webhook(f"{name}-d", "2026-03-01T11:00:00Z", rejectionReason="closed")),
        ("BOOKING_CREATED", webhook(f"{name}-d", "2026-03-01T12:00:00Z")),
        ("MEETING_ENDED", webhook(f"{name}-d", "2026-03-05T09:30:00Z")),
    ]
    ending = {
        f"{name}-a": ("rescheduled", f"{name}-b"),
        f"{name}-b": ("cancelled", None),
        f"{name}-c": ("rejected", None),
        f"{name}-d": ("accepted", None),
    }
    return told, ending


@pytest.mark.long
async def test_five_copies_in_any_order_at_once_end_as_one_in_order(town: Town, closing: Closing) -> None:
    line = closing.begin(f"webhooks {COPIES} times each, reordered", town.tally)
    stories = [_story(f"{secrets.token_hex(5)}") for _ in range(STORIES)]
    bodies = [_body(*each) for told, _ in stories for each in told]
    posts = bodies * COPIES
    random.Random(5).shuffle(posts)  # noqa: S311  # the same order each time
    accepted = await asyncio.gather(*(_post(town, body) for body in posts))
    assert Counter(Counter(accepted).values()) == {COPIES: len(bodies)}
    line.recovered_after = await town.all_done(set(accepted), within=300)
    await eventually(lambda: _all_logged(town, accepted), within=300, of="every event is in the log")
    ending = {uid: end for _, ends in stories for uid, end in ends.items()}
    assert _appointments(town, ending) == ending
    await town.site.aftermath.booked()
    await town.judge(Account(set(accepted), _logged(town, accepted), _outcomes(town, ending)), line)


def _body(trigger: str, told: dict[str, Any]) -> bytes:
    return json.dumps({"triggerEvent": trigger, **told}).encode()


async def _post(town: Town, body: bytes) -> str:
    headers = {"X-Cal-Signature-256": sign_calcom(body, CALCOM_SECRET), "Content-Type": "application/json"}
    return await town.producer.post(f"/webhooks/calcom/{COMPANY}", body, headers)


def _appointments(town: Town, uids: Ending) -> Ending:
    query = "select calcom_uid, status, rescheduled_to from appointments where calcom_uid = any(%s)"
    return {
        row["calcom_uid"]: (row["status"], row["rescheduled_to"]) for row in town.site.rows(query, list(uids))
    }


async def _all_logged(town: Town, event_ids: list[str]) -> bool:
    """A delivery may be done before its event is in the log."""
    return set(_logged(town, event_ids)) == set(event_ids)


def _logged(town: Town, event_ids: list[str]) -> Counter[str]:
    query = "select id from event_log where id = any(%s)"
    return Counter(row["id"] for row in town.site.rows(query, event_ids))


def _outcomes(town: Town, uids: Ending) -> Counter[str]:
    """Each change of an appointment, told once."""
    query = (
        "select document->'data'->>'calcom_uid' as uid, document->'data'->>'version' as version"
        " from event_log where type like 'appointment.%%' and document->'data'->>'calcom_uid' = any(%s)"
    )
    return Counter(f"{row['uid']}/{row['version']}" for row in town.site.rows(query, list(uids)))
