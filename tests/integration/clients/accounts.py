"""Accounts at the simulated providers with our clients before them."""

from dataclasses import dataclass
from typing import Any

from infra.simulators.control import CalcomControl, RetellControl
from shared.clients.calcom import Calcom
from shared.clients.retell import Retell

WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@dataclass
class Salon:
    """One Cal.com account, its simulator's control, our client."""

    control: CalcomControl
    account: dict[str, Any]
    client: Calcom

    async def event_type(self, title: str = "Cut", **details: Any) -> int:
        schedule = {
            "timeZone": "Europe/Berlin",
            "availability": [{"days": WEEK, "startTime": "09:00", "endTime": "18:00"}],
        }
        made = await self.control.add_event_type(
            self.account["id"], title, 30, **{"schedule": schedule, **details}
        )
        return int(made["id"])


@dataclass
class Workspace:
    """One Retell workspace, its simulator's control, our client."""

    control: RetellControl
    client: Retell
