"""A company of the town, and what its callers wish for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from shared.contracts.events import BookingRequested


@dataclass(frozen=True, slots=True)
class Salon:
    """A company with an account at Cal.com and one event type."""

    company_id: str
    calcom_key: str
    event_type: int

    def wish(self, number: int) -> BookingRequested:
        """One booking on a workday of its own."""
        token = f"{self.company_id}-{number}"
        return BookingRequested(
            company_id=self.company_id,
            token=token,
            branch_id="mitte",
            call_id=f"call-{token}",
            service_key="schnitt",
            event_type_id=self.event_type,
            start=workday(number),
            duration_minutes=30,
            timezone="Europe/Berlin",
            customer={"name": "Ana Ruiz"},
            booking_email=f"k-{token}@termine.example",
        )  # fmt: skip


def workday(number: int) -> datetime:
    """10:00 UTC on the ``number``-th workday from tomorrow; while they last no two wishes compete."""
    day = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    weeks, days = divmod(number, 5)
    return day + timedelta(weeks=weeks, days=days + (2 if day.weekday() + days > 4 else 0))


async def webhooks_at(url: str, key: str) -> int:
    """How many webhooks the account of ``key`` has at Cal.com."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        answer = await client.get("/v2/webhooks", headers={"Authorization": f"Bearer {key}"})
        return len(answer.raise_for_status().json()["data"])
