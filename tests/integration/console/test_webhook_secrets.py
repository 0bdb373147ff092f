"""A company's webhook at Cal.com as operators see it, and its secret as they replace it."""

from typing import Any


async def test_a_rotated_secret_is_shown_on_its_way_and_is_news_to_every_process(
    bench: Any, company: str
) -> None:
    answer = await bench.http.post(f"/api/companies/{company}/rotate-secret")
    assert (answer.status_code, answer.json()["secret_on_its_way"]) == (202, True)
    due = await bench.row(
        "select * from deliveries where company_id = %s and event_type = 'webhook.rotation_requested'",
        company,
    )
    assert (due["queue"], due["state"]) == ("provisioner.branches", "redelivery")
    news = bench.rows("select 1 as news from circuits where name = %s", f"calcom:{company}")
    assert news == [{"news": 1}]
    done = bench.rows("select action from audit where target = %s order by id desc limit 1", company)
    assert done == [{"action": "company.secret_rotated"}]


async def test_only_a_known_company_s_secret_is_rotated(bench: Any) -> None:
    assert (await bench.http.post("/api/companies/nobody/rotate-secret")).status_code == 404


async def test_a_company_shows_how_its_webhook_at_cal_com_was_found(bench: Any, company: str) -> None:
    assert (await bench.http.get(f"/api/companies/{company}")).json()["webhook"] is None
    bench.rows(
        "insert into webhook_registrations (company_id, provider, webhook_id, subscriber_url, state, drifts,"
        " last_drift) values (%s, 'calcom', 'w1', 'https://in.example', 'kept', 2, 'secret')",
        company,
    )
    webhook = (await bench.http.get(f"/api/companies/{company}")).json()["webhook"]
    assert (webhook["state"], webhook["drifts"], webhook["last_drift"]) == ("kept", 2, "secret")
    shown = await bench.askpro("companies", "show", company)
    assert "webhook.last drift" in shown.out


async def test_askpro_rotates_a_secret(bench: Any, company: str) -> None:
    rotated = await bench.askpro("companies", "rotate-secret", company, "--json")
    assert (rotated.code, rotated.json["secret_on_its_way"]) == (0, True)
