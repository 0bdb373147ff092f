"""What can be booked at Cal.com is read by turns; changes are told, nothing of the operator's is written."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from psycopg.types.json import Jsonb

from infra.simulators.control import CalcomControl
from services.syncer.event_types import CalcomEventTypes
from services.syncer.handlers import SyncCatalogue
from services.syncer.store.catalogue import Catalogues
from shared.clients.providers import Providers
from shared.contracts.branch import WEEKDAYS
from shared.db.credentials import Credentials

if TYPE_CHECKING:
    from tests.integration.syncer.conftest import World

ALL_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
EARLY = {"availability": [{"days": ALL_DAYS, "startTime": "06:00", "endTime": "18:00"}], "overrides": []}


@dataclass
class Reports:
    changed: list[str] = field(default_factory=list)
    errors: dict[str, Exception] = field(default_factory=dict)

    def __call__(self, company_id: str, *, changed: bool = False, error: Exception | None = None) -> None:
        if error is not None:
            self.errors[company_id] = error
        elif changed:
            self.changed.append(company_id)


@dataclass
class Round:
    """The company's turn has come, whatever the others'."""

    world: "World"
    reports: Reports = field(default_factory=Reports)

    async def __call__(self, every: float = 900.0) -> None:
        assert self.world.providers is not None
        companies = Credentials(self.world.database, self.world.vault)
        sync = SyncCatalogue(
            Catalogues(self.world.database, source="syncer"),
            CalcomEventTypes(self.world.providers, companies),
            self.reports,
            every,
        )
        await sync()

    async def again(self) -> None:
        self.world.execute(
            "update repair_positions set next_at = now() where company_id = %s and provider = %s",
            self.world.company,
            "calcom.catalogue",
        )
        await self()

    def known(self, event_type: int) -> dict[str, Any]:
        query = "select * from calcom_event_types where company_id = %s and id = %s"
        return self.world.rows(query, self.world.company, event_type)[0]


@pytest.fixture
def turn(connected: "World") -> Round:
    return Round(connected)


async def _event_type(turn: Round, calcom: CalcomControl, title: str = "Haarschnitt", **details: Any) -> int:
    return int((await calcom.add_event_type(turn.world.account["id"], title, 30, **details))["id"])


def _offer(world: "World", *event_types: int) -> None:
    """The branch in the middle of the town offers them, from nine to six."""
    world.execute(
        "update branches set document = document || %s where company_id = %s",
        Jsonb(
            {
                "opening_hours": {day: [{"opens": "09:00", "closes": "18:00"}] for day in WEEKDAYS},
                "services": [{"name": f"Service {each}", "event_type_id": each} for each in event_types],
            }
        ),
        world.company,
    )


async def test_each_event_type_is_kept_with_whether_a_caller_can_book_it(
    turn: Round, calcom: CalcomControl
) -> None:
    plain = await _event_type(turn, calcom, lengthInMinutesOptions=[30, 60])
    asking = await _event_type(
        turn,
        calcom,
        "Beratung",
        hidden=True,
        bookingFields=[{"type": "text", "slug": "versicherung", "label": "Versicherung", "required": True}],
    )
    nobody = await _event_type(turn, calcom, "Team", teamId=7, schedulingType="roundRobin", hosts=[])
    await turn()
    row = turn.known(plain)
    assert (row["title"], row["length_minutes"], row["length_options"]) == ("Haarschnitt", 30, [30, 60])
    assert (row["bookable"], row["reason_de"], row["gone_at"]) == ("placeholder", None, None)
    row = turn.known(asking)
    assert (row["bookable"], row["hidden"]) == ("no", True)
    assert row["reason_de"].startswith("Das Feld „Versicherung“ ist Pflicht")
    row = turn.known(nobody)
    assert (row["bookable"], row["team_id"]) == ("no", 7)
    assert row["reason_en"].startswith("Nobody is assigned")


async def test_only_an_organization_s_team_takes_a_phone_number_alone(
    turn: Round, calcom: CalcomControl
) -> None:
    account = await calcom.add_account(organizationId=77)
    key = turn.world.vault.seal(account["apiKey"])
    turn.world.execute(
        "update companies set calcom_api_key_encrypted = %s where id = %s", key, turn.world.company
    )
    form = [
        {"type": "email", "required": False},
        {"type": "phone", "slug": "attendeePhoneNumber", "required": True},
    ]
    hosts = [{"userId": account["id"], "name": "Steffi"}]
    made = await calcom.add_event_type(
        account["id"], "Schnitt", 30, schedulingType="roundRobin", hosts=hosts, bookingFields=form
    )
    await turn()
    row = turn.known(int(made["id"]))
    assert (row["bookable"], row["hosts"]) == ("yes", ["Steffi"])


async def test_an_unchanged_catalogue_is_told_once(turn: Round, calcom: CalcomControl) -> None:
    await _event_type(turn, calcom)
    await turn()
    await turn.again()
    assert turn.world.kinds("catalogue.") == ["catalogue.changed"]
    assert turn.reports.changed == [turn.world.company]


async def test_an_event_type_that_was_deleted_is_gone_and_comes_back(
    turn: Round, calcom: CalcomControl
) -> None:
    kept, lost = await _event_type(turn, calcom), await _event_type(turn, calcom, "Farbe")
    await turn()
    headers = {"Authorization": f"Bearer {turn.world.account['apiKey']}", "cal-api-version": "2024-06-14"}
    async with httpx.AsyncClient(base_url=calcom.root, headers=headers, trust_env=False) as http:
        assert (await http.delete(f"/v2/event-types/{lost}")).status_code == 200
    await turn.again()
    assert turn.known(lost)["gone_at"] is not None
    assert turn.known(kept)["gone_at"] is None
    await calcom.add_event_type(turn.world.account["id"], "Farbe", 30, id=lost)
    await turn.again()
    assert turn.known(lost)["gone_at"] is None
    assert len(turn.world.kinds("catalogue.")) == 3


async def test_a_team_that_cannot_be_read_is_not_gone(turn: Round, calcom: CalcomControl) -> None:
    made = await _event_type(turn, calcom, "Team", teamId=9, schedulingType="roundRobin", hosts=[])
    await turn()
    await calcom.fault("GET /v2/teams/{id}/event-types", "status", status=403)
    await turn.again()
    assert turn.known(made)["gone_at"] is None
    assert turn.reports.errors == {}


async def test_an_owner_is_warned_of_hours_that_cal_com_offers_while_the_branch_is_closed(
    turn: Round, calcom: CalcomControl
) -> None:
    early = await _event_type(turn, calcom, schedule=EARLY)
    unused = await _event_type(turn, calcom, "Farbe", schedule=EARLY)
    _offer(turn.world, early)
    await turn()
    texts = [warning["de"] for warning in turn.known(early)["warnings"]]
    assert "Cal.com bietet Mo 06:00, Sie öffnen 09:00" in texts
    assert turn.known(unused)["warnings"] == []
    asked = [request["query"] for request in await calcom.requests("/v2/slots")]
    assert not [query for query in asked if str(unused) in str(query)]
    turn.world.execute("update branches set deleted_at = now() where company_id = %s", turn.world.company)
    await turn.again()
    assert turn.known(early)["warnings"] == []
    assert turn.world.kinds("catalogue.") == ["catalogue.changed"]


async def test_two_replicas_never_read_the_same_company(turn: Round, calcom: CalcomControl) -> None:
    await _event_type(turn, calcom)
    await asyncio.gather(turn(), turn(), turn())
    key = turn.world.account["apiKey"]
    read = [request for request in await calcom.requests("/v2/event-types") if key in str(request["headers"])]
    assert len(read) == 1


async def test_a_company_that_cannot_be_read_is_reported_and_keeps_what_is_known(
    turn: Round, calcom: CalcomControl
) -> None:
    made = await _event_type(turn, calcom)
    await turn()
    await calcom.fault("GET /v2/event-types", "status", status=500)
    await turn.again()
    assert list(turn.reports.errors) == [turn.world.company]
    assert turn.known(made)["gone_at"] is None


async def test_a_company_in_europe_is_read_there(
    turn: Round, calcom: CalcomControl, only_europe: Providers
) -> None:
    made = await _event_type(turn, calcom)
    turn.world.providers = only_europe
    turn.world.execute("update companies set calcom_region = 'eu' where id = %s", turn.world.company)
    await turn()
    assert turn.known(made)["gone_at"] is None


async def test_nothing_of_the_operator_s_is_written(turn: Round, calcom: CalcomControl) -> None:
    _offer(turn.world, await _event_type(turn, calcom, schedule=EARLY))
    queries = ("select * from branches where company_id = %s", "select * from services where company_id = %s")
    before = [turn.world.rows(query, turn.world.company) for query in queries]
    await turn()
    assert [turn.world.rows(query, turn.world.company) for query in queries] == before
