"""Who is told on which channel."""

from dataclasses import replace

import pytest

from services.notifier.facts import Around, Branch, Company
from services.notifier.recipients import Rules
from shared.contracts.events import Customer
from shared.contracts.targets import InvalidTargetError, label_of, parse_targets, to_phone
from shared.errors import PermanentError
from tests.unit.notifier.samples import EVENTS, appointment

OPERATORS = parse_targets("chat=https://hooks.example/ops, sms=json://gateway.example/messages/{to}")
RULES = Rules(OPERATORS, placeholder_domain="bookings.example")
MOBILE, LANDLINE = "+4915112345678", "+498912345678"
BY_TYPE = {event.type: event for event in EVENTS}


def around(customer_messages: str = "calcom", **company: str) -> Around:
    fields = {"notification_email": "chef@salon.example"} | company
    return Around(Company("schoen", "Salon", customer_messages=customer_messages, **fields))


def told(channel: str, customer: Customer, setting: str) -> list[str]:
    plan = getattr(RULES, channel)(appointment(customer=customer), around(setting))
    return [one.address for one in plan.recipients if one.audience == "customer"]


@pytest.mark.parametrize(
    ("setting", "email", "phone", "mails", "texts"),
    [
        ("calcom", "jo@example.org", MOBILE, False, False),
        ("calcom", None, MOBILE, False, True),
        ("calcom", None, LANDLINE, False, False),
        ("calcom", None, None, False, False),
        ("ours", "jo@example.org", MOBILE, True, False),
        ("ours", None, MOBILE, False, True),
        ("ours", None, LANDLINE, False, False),
        ("both", "jo@example.org", None, True, False),
        ("ours", "k-0123456789abcdef@bookings.example", MOBILE, False, True),
        ("ours", "K-0123456789abcdef@BOOKINGS.example", None, False, False),
        ("both", "4915112345678@sms.cal.com", None, False, False),
    ],
)
def test_a_customer_is_told_once_by_the_one_who_can(
    setting: str, email: str | None, phone: str | None, mails: bool, texts: bool
) -> None:
    customer = Customer(name="Jo", email=email, phone=phone)
    assert bool(told("mail", customer, setting)) is mails
    assert bool(told("sms", customer, setting)) is texts


@pytest.mark.parametrize(("language", "told_in"), [("en", "en"), ("pt-BR", "de"), (None, "de")])
def test_a_customer_is_told_in_their_language_else_in_the_companys(
    language: str | None, told_in: str
) -> None:
    customer = Customer(name="Jo", email="jo@example.org", language=language)
    (one,) = (one for one in RULES.mail(appointment(customer=customer), around("ours")).recipients
              if one.audience == "customer")  # fmt: skip
    assert one.language == told_in


def test_an_sms_goes_to_the_customers_number_at_the_gateway() -> None:
    assert told("sms", Customer(name="Jo", phone=MOBILE), "calcom") == [
        "json://gateway.example/messages/%2B4915112345678"
    ]


def test_a_companys_own_gateway_goes_before_the_platforms() -> None:
    own = around(notify_urls="sms=json://own.example/{to}")
    plan = RULES.sms(appointment(customer=Customer(name="Jo", phone=MOBILE)), own)
    assert plan.recipients[0].address.startswith("json://own.example/")
    assert plan.recipients[0].shown == MOBILE


def test_a_wish_that_never_reached_calcom_is_ours_to_tell() -> None:
    plan = RULES.mail(BY_TYPE["booking.request_failed"], around("calcom"))
    assert {one.audience for one in plan.recipients} == {"customer"}


def test_the_company_gets_one_message_for_what_also_makes_a_callback_task() -> None:
    event = BY_TYPE["booking.request_failed"]
    told = [*RULES.mail(event, around()).recipients, *RULES.chat(event, around()).recipients]
    assert "company" not in {one.audience for one in told}


def test_of_a_broken_promise_company_and_operators_are_mailed_and_the_companys_chat_has_its_task() -> None:
    event, both = BY_TYPE["promise.broken"], around(notify_urls="https://hooks.example/salon")
    mailing = replace(RULES, operators=parse_targets("mail=ops@askpro.example, mail=night@askpro.example"))
    mailed = [(one.audience, one.address) for one in mailing.mail(event, both).recipients]
    assert mailed == [
        ("company", "chef@salon.example"),
        ("operators", "ops@askpro.example"),
        ("operators", "night@askpro.example"),
    ]
    assert "company" not in {one.audience for one in RULES.chat(event, both).recipients}
    nobody = RULES.mail(event, both).missing
    assert [(one.audience, one.reason) for one in nobody] == [
        ("operators", "NOTIFY_URLS names no mail address")
    ]


def test_operators_are_mailed_nothing_else() -> None:
    mailing = replace(RULES, operators=parse_targets("mail=ops@askpro.example"))
    mailed = {event.type for event in EVENTS for one in mailing.mail(event, around()).recipients
              if one.audience == "operators"}  # fmt: skip
    assert mailed == {"promise.broken"}


def test_a_branchs_own_address_goes_before_the_companys() -> None:
    company = around().company
    branch = Around(company, Branch("Mitte", notification_email="mitte@salon.example"))
    plan = RULES.mail(BY_TYPE["branch.provisioned"], branch)
    assert [one.address for one in plan.recipients] == ["mitte@salon.example"]


def test_an_owner_who_books_for_himself_is_told_once() -> None:
    owner = Customer(name="Chef", email="Chef@salon.example")
    plan = RULES.mail(appointment(customer=owner), around("ours"))
    assert [one.audience for one in plan.recipients] == ["company"]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_nobody_is_told_of_an_unknown_company_and_that_is_written_down(event: object) -> None:
    for channel in ("mail", "sms"):
        plan = getattr(RULES, channel)(event, Around())
        assert plan.recipients == ()
        missing = [one for one in plan.missing if one.audience != "operators"]
        assert all(one.reason == "we know no such company" for one in missing)


@pytest.mark.parametrize(
    "type_",
    [
        "dead_letter.recorded",
        "circuit.opened",
        "circuit.closed",
        "credential.rejected",
        "promise.broken",
        "group.grew",
        "dead_letter.aged",
        "circuit.stuck",
    ],
)
def test_operators_hear_of_what_only_they_can_mend(type_: str) -> None:
    plan = RULES.chat(BY_TYPE[type_], around())
    assert [one.address for one in plan.recipients] == ["https://hooks.example/ops"]


def test_a_new_group_is_told_by_its_first_letter_and_not_twice() -> None:
    first = BY_TYPE["dead_letter.recorded"].model_copy(update={"new_group": True})
    assert RULES.chat(first, around()).missing == ()
    plan = RULES.chat(BY_TYPE["group.appeared"], around())
    assert (plan.recipients, [one.reason for one in plan.missing]) == ((), ["were told of its first letter"])
    again = BY_TYPE["group.appeared"].model_copy(update={"again": True})
    assert RULES.chat(again, around()).recipients == RULES.chat(first, around()).recipients


def test_operators_do_not_read_the_appointments_of_companies() -> None:
    assert RULES.chat(appointment(), around()).recipients == ()


def test_a_company_hears_of_its_outcomes_in_its_own_chats() -> None:
    plan = RULES.chat(appointment(), around(notify_urls="https://hooks.example/salon\nntfy://salon"))
    assert [one.address for one in plan.recipients] == ["https://hooks.example/salon", "ntfy://salon"]
    assert "hooks.example/salon" not in plan.recipients[0].shown


def test_only_what_is_urgent_reaches_the_owners_own_phone() -> None:
    own = around(notify_urls="sms=json://own.example/me")
    urgent = BY_TYPE["callback.requested"]
    calm = urgent.model_copy(update={"urgency": "normal"})
    assert [one.address for one in RULES.sms(urgent, own).recipients] == ["json://own.example/me"]
    assert RULES.sms(calm, own).recipients == ()


@pytest.mark.parametrize(("own", "unreachable"), [("sms=json://own.example/{to}", False), ("", True)])
def test_without_a_gateway_a_mobile_reaches_nobody(own: str, unreachable: bool) -> None:
    without = Rules(parse_targets("chat=https://hooks.example/ops"), placeholder_domain="bookings.example")
    event = appointment(customer=Customer(name="Jo", phone=MOBILE))
    assert without.needs_targets(event)
    assert without.unreachable(event, around(notify_urls=own)) is unreachable
    assert not RULES.needs_targets(event)


def test_targets_are_told_apart_by_their_tag() -> None:
    targets = parse_targets(
        "https://a.example/x,chat=ntfy://b\nsms=json://c/{to} SMS=json://d/+49151,mail=ops@a.example"
    )
    assert targets.mails == ("ops@a.example",)
    assert targets.chat == ("https://a.example/x", "ntfy://b")
    assert targets.gateway == "json://c/{to}"
    assert targets.phones == ("json://d/+49151",)
    assert to_phone("json://c/{to}", "+49151") == "json://c/%2B49151"


@pytest.mark.parametrize(
    "text",
    ["hooks.example/x", "chat=", "fax=https://x.example", "https://ok.example,no", "mail=chef.example"],
)
def test_a_target_that_is_no_url_is_named_by_its_place_only(text: str) -> None:
    with pytest.raises(InvalidTargetError, match=r"entry \d") as refused:
        parse_targets(text)
    assert "example" not in str(refused.value)


def test_where_a_hook_leads_is_shown_without_its_password() -> None:
    assert "T0/B0/secret" not in label_of("https://user:pw@hooks.example/T0/B0/secret")
    assert "pw" not in label_of("https://user:pw@hooks.example/T0/B0/secret")


def test_a_list_that_cannot_be_read_is_for_a_person_to_mend() -> None:
    with pytest.raises(PermanentError):
        RULES.chat(appointment(), around(notify_urls="not a url"))
