"""How long a service takes, where nobody entered it."""

import secrets
from datetime import UTC, datetime

from sqlalchemy import insert

from services.voice_tools.store.branches import Branches
from shared.db.engine import Database
from shared.db.tables import Branch, CalcomEventType, Company


async def test_a_caller_is_told_the_length_that_cal_com_books(database_url: str) -> None:
    company = f"company_{secrets.token_hex(5)}"
    database = Database(database_url, application="tests")
    services = [{"key": f"k{number}", "name": "Schnitt", "event_type_id": number} for number in (1, 2, 3, 4)]
    document = {"company_id": company, "branch_id": "mitte", "name": "Salon", "services": services}
    row = {"id": "mitte", "version": 1, "name": "Salon", "language": "de-DE", "timezone": "Europe/Berlin"}
    common = {"company_id": company, "title": "Schnitt", "slug": "s", "bookable": "yes", "length_minutes": 45}
    async with database.transaction() as session:
        await session.execute(insert(Company).values(id=company, name="Salon"))
        await session.execute(insert(Branch).values(company_id=company, document=document, **row))
        for number, options, gone_at in ((1, [], None), (2, [45, 60], None), (3, [], datetime.now(UTC))):
            event_type = {"id": number, "length_options": options, "gone_at": gone_at}
            await session.execute(insert(CalcomEventType).values(**common, **event_type))
    branch = await Branches(database).of(company, None, None)
    await database.close()
    assert branch is not None
    # One length; one to choose from; gone; never seen.
    assert [service.is_bookable for service in branch.services] == [True, True, False, True]
    assert [service.duration_minutes for service in branch.services] == [45, 30, 30, 30]
