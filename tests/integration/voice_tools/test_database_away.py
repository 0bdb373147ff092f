"""A caller must not wait for a database that does not answer."""

import time
from datetime import UTC, datetime

from infra.local.postgres import PrivatePostgres
from tests.integration.voice_tools.salon import Salon, next_open_day
from tests.support import eventually


async def test_a_frozen_database_costs_a_sentence_and_no_silence(
    salon: Salon, postgres: PrivatePostgres
) -> None:
    assert (await salon.offered(next_open_day()))["status"] == "free"
    await salon.ring()
    wish = {"service": "herrenschnitt", "date": next_open_day().isoformat()}
    postgres.freeze()
    try:
        started = time.monotonic()
        variables = await salon.ring()
        rang = time.monotonic() - started
        started = time.monotonic()
        answer = await salon.ask("check_availability", wish)
        answered = time.monotonic() - started
        again = await salon.ask("check_availability", wish)
    finally:
        postgres.thaw()
    assert (variables["anrufer_nummer_bekannt"], len(variables["kalender"].split("\n"))) == ("ja", 21)
    assert str(datetime.now(UTC).year) in variables["heute"]
    assert rang < 2
    assert [answer["status"], again["status"]] == ["pending", "unavailable"]
    assert answered < 8

    async def back() -> bool:
        return (await salon.offered(next_open_day()))["status"] == "free"

    await eventually(back, within=30, every=0.5, of="the database is back")


async def test_an_unknown_company_hears_the_date_while_the_database_is_away(
    salon: Salon, postgres: PrivatePostgres
) -> None:
    stranger = salon.another_call()
    stranger.company_id = "never-seen"
    postgres.freeze()
    try:
        variables = await stranger.ring()
        answer = await stranger.ask("check_availability", {})
    finally:
        postgres.thaw()
    assert variables["anrufer_bekannt"] == "nein"
    assert str(datetime.now(UTC).year) in variables["heute"]
    assert answer["status"] == "unavailable"
