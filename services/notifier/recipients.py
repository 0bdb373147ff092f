"""Event and surroundings → who is told on which channel, and who is not and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from services.notifier.facts import Around, Audience, Channel, Language, Missing, Plan, Recipient
from services.notifier.moments import language_of
from shared.clients.reach import Way, is_mobile, real_email, way_to
from shared.contracts.events import (
    BookingRequestFailed,
    CallbackRequested,
    Customer,
    GroupAppeared,
    OwnEvent,
)
from shared.contracts.targets import Targets, label_of, parse_targets, to_phone

_CHANGED: Final[frozenset[Audience]] = frozenset({"company", "customer"})
_COMPANY: Final[frozenset[Audience]] = frozenset({"company"})
_CUSTOMER: Final[frozenset[Audience]] = frozenset({"customer"})
_OPERATORS: Final[frozenset[Audience]] = frozenset({"operators"})
_ALARM: Final[frozenset[Audience]] = frozenset({"company", "operators"})

#: Whom an outcome concerns, on whatever channel.
AUDIENCES: Final[dict[str, frozenset[Audience]]] = {
    "appointment.booked": _CHANGED,
    "appointment.rescheduled": _CHANGED,
    "appointment.cancelled": _CHANGED,
    "appointment.no_show": _COMPANY,
    "callback.requested": _COMPANY,
    # The company gets a callback task for both, with the reason in it: one thing to do, one message.
    "booking.request_failed": _CUSTOMER,
    "promise.broken": _OPERATORS,
    "branch.provisioned": _COMPANY,
    "branch.provisioning_failed": _ALARM,
    "company.subscription_changed": _COMPANY,
    "company.suspended": _ALARM,
    "company.resumed": _ALARM,
    "credential.rejected": _ALARM,
    "dead_letter.recorded": _OPERATORS,
    "circuit.opened": _OPERATORS,
    "circuit.closed": _OPERATORS,
    "circuit.stuck": _OPERATORS,
    "group.appeared": _OPERATORS,
    "group.grew": _OPERATORS,
    "dead_letter.aged": _OPERATORS,
}
#: Whom it concerns so much that they get a mail besides, whatever else they are told of it.
MAILED: Final[dict[str, frozenset[Audience]]] = {"promise.broken": _ALARM}
UNKNOWN_COMPANY: Final = "we know no such company"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the platform's settings say. ``placeholder_domain``: where made-up booking addresses live."""

    operators: Targets
    operators_language: Language = "de"
    placeholder_domain: str = ""

    def mail(self, event: OwnEvent, around: Around) -> Plan:
        """Company and customer, and operators where somebody believes a promise; each address once."""
        plan = _collect(self._mail(event, around))
        # An owner who books for himself is told once, as the company.
        unique = {recipient.address.lower(): recipient for recipient in reversed(plan.recipients)}
        return Plan(tuple(reversed(unique.values())), plan.missing)

    def chat(self, event: OwnEvent, around: Around) -> Plan:
        """The company's own chats and, for what operators have to know, theirs."""
        return _collect(self._chat(event, around))

    def sms(self, event: OwnEvent, around: Around) -> Plan:
        """Customers that only have a mobile; the owner's phone when somebody calls it urgent."""
        return _collect(self._sms(event, around))

    def _mail(self, event: OwnEvent, around: Around) -> "_Findings":
        audiences = AUDIENCES[event.type] - _OPERATORS | MAILED.get(event.type, frozenset())
        if "company" in audiences:
            yield _company_mail(around)
        if "customer" in audiences:
            yield self._customer(event, around, "mail")
        if "operators" in audiences:
            yield from self._mail_to_operators()

    def _chat(self, event: OwnEvent, around: Around) -> "_Findings":
        audiences = AUDIENCES[event.type]
        if "company" in audiences:
            yield from _company_urls(around, "chat")
        if isinstance(event, GroupAppeared) and not event.again:
            # By whoever gave it up: that needs no console that counts.
            yield Missing("operators", "were told of its first letter")
        elif "operators" in audiences:
            yield from self._operators()

    def _sms(self, event: OwnEvent, around: Around) -> "_Findings":
        if isinstance(event, CallbackRequested) and event.urgency == "urgent":
            yield from _company_urls(around, "phones")
        if "customer" in AUDIENCES[event.type]:
            yield self._customer(event, around, "sms")

    def _operators(self) -> "_Findings":
        language, locale = language_of(self.operators_language)
        for url in self.operators.chat:
            yield Recipient("operators", url, language, locale, label_of(url))
        if not self.operators.chat:
            yield Missing("operators", "NOTIFY_URLS names no chat")

    def _mail_to_operators(self) -> "_Findings":
        language, locale = language_of(self.operators_language)
        yield from (Recipient("operators", mail, language, locale) for mail in self.operators.mails)
        if not self.operators.mails:
            yield Missing("operators", "NOTIFY_URLS names no mail address")

    def _customer(self, event: OwnEvent, around: Around, channel: Channel) -> Recipient | Missing:
        if around.company is None:
            return Missing("customer", UNKNOWN_COMPANY)
        customer, gateway = customer_of(event), self._gateway(around)
        language, locale = language_of(customer.language, around.company.language)
        match self._way(customer, gateway):
            case Way("mail", _) if not _ours(event, around.company.customer_messages):
                return Missing("customer", "Cal.com mails this customer itself")
            case Way("mail", address):
                told = Missing("customer", "is told by e-mail")
                return Recipient("customer", address, language, locale) if channel == "mail" else told
            case _ if channel == "mail":
                return Missing("customer", "gave no e-mail address")
            case Way("sms", number) if gateway is not None:
                return Recipient("customer", to_phone(gateway, number), language, locale, number)
            case _:
                return Missing("customer", _why_no_sms(customer))

    def _way(self, customer: Customer, gateway: str | None) -> Way | None:
        return way_to(
            customer.email,
            customer.phone,
            placeholder_domain=self.placeholder_domain,
            gateway=gateway is not None,
        )

    def _gateway(self, around: Around) -> str | None:
        """The company's own goes before the platform's."""
        return _targets(around).gateway or self.operators.gateway

    def reply_to(self, around: Around) -> str | None:
        """Where a customer's answer goes: to the company."""
        found = _company_mail(around)
        return found.address if isinstance(found, Recipient) else None

    def needs_targets(self, event: OwnEvent) -> bool:
        """Whether the customer can be written to depends on a gateway of the company's own."""
        if "customer" not in AUDIENCES[event.type] or self.operators.gateway is not None:
            return False
        customer = customer_of(event)
        return self._way(customer, "any") != self._way(customer, None)

    def unreachable(self, event: OwnEvent, around: Around) -> bool:
        """Nobody can write to this customer: neither we nor Cal.com. False where it is about none.

        ``around`` with the company's targets where ``needs_targets`` says so.
        """
        if "customer" not in AUDIENCES[event.type] or around.company is None:
            return False
        return self._way(customer_of(event), self._gateway(around)) is None


_Findings = Iterator[Recipient | Missing]


def customer_of(event: OwnEvent) -> Customer:
    """Whom the event is about; somebody without a name where it is about nobody."""
    customer = getattr(event, "customer", None)
    return customer if isinstance(customer, Customer) else Customer(name="")


def _why_no_sms(customer: Customer) -> str:
    if not customer.phone:
        return "gave neither e-mail address nor number"
    if not is_mobile(customer.phone):
        return "has no mobile number"
    return "there is no SMS gateway (sms=… with {to} in NOTIFY_URLS)"


def _ours(event: OwnEvent, customer_messages: str) -> bool:
    # Cal.com knows nothing of a wish that never reached it.
    return customer_messages in {"ours", "both"} or isinstance(event, BookingRequestFailed)


def _company_mail(around: Around) -> Recipient | Missing:
    if around.company is None:
        return Missing("company", UNKNOWN_COMPANY)
    candidates = (
        around.branch.notification_email if around.branch else None,
        around.company.notification_email,
    )
    email = next((found for text in candidates if (found := real_email(text))), None)
    if email is None:
        return Missing("company", "has no notification e-mail address")
    return Recipient("company", email, *language_of(around.company.language))


def _company_urls(around: Around, kind: str) -> _Findings:
    if around.company is None:
        yield Missing("company", UNKNOWN_COMPANY)
        return
    urls: tuple[str, ...] = getattr(_targets(around), kind)
    language, locale = language_of(around.company.language)
    for url in urls:
        yield Recipient("company", url, language, locale, label_of(url))
    if not urls:
        yield Missing("company", "has no such target in its notify URLs")


def _targets(around: Around) -> Targets:
    return parse_targets(around.company.notify_urls) if around.company else Targets()


def _collect(findings: _Findings) -> Plan:
    found = tuple(findings)
    return Plan(
        tuple(one for one in found if isinstance(one, Recipient)),
        tuple(one for one in found if isinstance(one, Missing)),
    )
