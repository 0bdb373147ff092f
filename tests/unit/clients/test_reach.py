"""Which addresses reach a person; and that what the voice agent promises is what the notifier does."""

from datetime import UTC, datetime

import pytest

from services.notifier.facts import Around, Company
from services.notifier.recipients import Rules
from services.voice_tools.handlers.people import People, Person
from services.voice_tools.values import Call, Caller, KnownCustomer
from shared.clients.reach import Way, is_mobile, real_email, way_to
from shared.contracts.branch import Branch
from shared.contracts.events import Customer
from shared.contracts.targets import Targets
from tests.unit.notifier.samples import appointment

DOMAIN, GATEWAY = "bookings.example", "json://gateway.example/{to}"
MOBILE, LANDLINE, PERSONAL = "+4915112345678", "+498912345678", "+4970012345678"
REAL, MADE_UP = "jo@example.org", f"k-0123456789abcdef@{DOMAIN}"


@pytest.mark.parametrize(
    ("phone", "mobile"),
    [
        (MOBILE, True), ("+436641234567", True), ("+12025550123", True), (LANDLINE, False), (PERSONAL, False),
        ("+266696687", False), ("anonymous", False), ("", False), (None, False), ("+49116117", False),
    ],
)  # fmt: skip
def test_an_sms_is_only_tried_where_one_can_arrive(phone: str | None, mobile: bool) -> None:
    assert is_mobile(phone) is mobile


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Jo@Example.ORG", "Jo@example.org"),
        (" jo@example.org ", "jo@example.org"),
        ("jo@müller.example", "jo@xn--mller-kva.example"),
        ("jörg@example.org", None), ("jo@example.org\r\nBcc: x@example.org", None), ("jo@@example.org", None),
        ("jo", None), ("jo@localhost", None), ("a,b@example.org", None), ("", None), (None, None),
        ("@", None),
        ("jo@example..org", None),
    ],
)  # fmt: skip
def test_an_address_is_one_that_mail_can_be_sent_to(text: str | None, address: str | None) -> None:
    assert real_email(text) == address


@pytest.mark.parametrize(
    ("email", "phone", "gateway", "way"),
    [
        (REAL, MOBILE, True, Way("mail", REAL)),
        (MADE_UP, MOBILE, True, Way("sms", MOBILE)),
        (MADE_UP, MOBILE, False, None),
        (None, LANDLINE, True, None),
        (None, None, True, None),
    ],
)
def test_a_person_is_written_to_by_mail_else_by_sms_else_not_at_all(
    email: str | None, phone: str | None, gateway: bool, way: Way | None
) -> None:
    assert way_to(email, phone, placeholder_domain=DOMAIN, gateway=gateway) == way


class Customers:
    """Nobody is known, nothing is kept."""

    async def with_number(self, company_id: str, number: str) -> list[KnownCustomer]:
        return []

    async def keep(
        self, company_id: str, customer: KnownCustomer, *, phone: str | None, email: str | None, language: str
    ) -> None:
        return None


class Gateways:
    """The company has one, or has none."""

    def __init__(self, *, serve: bool) -> None:
        self._serve = serve

    async def serve(self, company_id: str) -> bool:
        return self._serve


def _promised(text: str) -> str | None:
    return {"": None}.get(text, "sms" if "SMS" in text else "mail")


@pytest.mark.parametrize("setting", ["calcom", "ours", "both"])
@pytest.mark.parametrize("gateway", [True, False])
@pytest.mark.parametrize("email", [REAL, MADE_UP])
@pytest.mark.parametrize("phone", [MOBILE, LANDLINE, PERSONAL, None])
async def test_what_is_promised_on_the_phone_is_what_the_notifier_does(
    setting: str, gateway: bool, email: str, phone: str | None
) -> None:
    branch = Branch(company_id="schoen", branch_id="mitte", name="Mitte")
    call = Call("schoen", "call_1", branch, "de", Caller(phone), None, datetime.now(UTC))
    person = Person("Jo", Caller(phone), None, email, "k-0123456789abcdef")
    promised = _promised(await People(Customers(), Gateways(serve=gateway), DOMAIN).promise(call, person))

    rules = Rules(Targets(gateway=GATEWAY if gateway else None), placeholder_domain=DOMAIN)
    event = appointment(customer=Customer(name="Jo", phone=phone, email=email))
    around = Around(Company("schoen", "Salon", customer_messages=setting))
    plans = {"mail": rules.mail(event, around), "sms": rules.sms(event, around)}
    sent = [by for by, plan in plans.items() if any(to.audience == "customer" for to in plan.recipients)]
    calcom = any(one.reason == "Cal.com mails this customer itself" for one in plans["mail"].missing)
    assert ([promised] if promised else []) == (["mail"] if calcom else sent)
    assert rules.unreachable(event, around) is (promised is None)
