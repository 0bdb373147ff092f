"""Secrets come, go, and are sealed by keys that this process may lack."""

import asyncio
import json

from cryptography.fernet import Fernet

from tests.integration.webhook_ingest.conftest import (
    PREVIOUS_SECRET,
    Ingest,
    add_company,
    change_company,
)
from tests.integration.webhook_ingest.payloads import calcom, retell


async def test_while_a_secret_is_replaced_the_old_one_is_still_good(ingest: Ingest) -> None:
    assert (await ingest.send.calcom(calcom(uid="old"), secret=PREVIOUS_SECRET)).status_code == 202


async def test_a_replaced_secret_is_good_from_its_first_webhook_on(ingest: Ingest) -> None:
    await add_company(ingest.database, "moving")
    # Both are known now, and would be believed for a while.
    await ingest.send.calcom(calcom(), company="moving")
    secret, key = "the-secret-after", "key_after_0123456789"
    changes = {"calcom_webhook_secret_encrypted": secret, "retell_api_key_encrypted": key}
    await change_company(ingest.database, "moving", **changes)
    # At once and together: one looks it up, the others have what it found.
    sent = [ingest.send.calcom(calcom(uid=f"m-{n}"), company="moving", secret=secret) for n in range(20)]
    sent += [ingest.send.retell(retell(call_id=f"m-{n}"), company="moving", key=key) for n in range(20)]
    answers = await asyncio.gather(*sent)
    assert {answer.status_code for answer in answers} == {202}


async def test_wrong_signatures_are_refused_while_the_right_one_is_not(ingest: Ingest) -> None:
    await add_company(ingest.database, "guessed")
    answers = [await ingest.send.calcom(calcom(), company="guessed", secret=str(n)) for n in range(5)]
    answers.append(await ingest.send.calcom(calcom(), company="guessed"))
    assert [answer.status_code for answer in answers] == [401] * 5 + [202]


async def test_keys_that_were_sealed_by_a_key_we_lack_are_a_503_and_a_line_that_says_what_to_do(
    ingest: Ingest,
) -> None:
    await add_company(ingest.database, "sealed", key=Fernet.generate_key().decode())
    about = {"specversion": "1.0", "id": "1", "source": "s", "type": "a.b", "companyid": "sealed", "data": 1}
    answers = [
        await ingest.send.calcom(calcom(), company="sealed"),
        await ingest.send.retell(retell(), company="sealed"),
        await ingest.send.events(json.dumps(about).encode()),
    ]
    assert [answer.status_code for answer in answers] == [503] * 3
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    assert all(answer.headers["content-type"] == "application/problem+json" for answer in answers)
    lines = [line for line in ingest.logged() if line["event"] == "credentials.unreadable"]
    assert {(line["level"], line["company_id"]) for line in lines} == {("error", "sealed")}
    assert all("append that key" in line["reason"] for line in lines)
