"""Whether and how a person can be written to.

The voice agent promises by the rule by which the notifier writes: what is announced is sent, what is sent was
announced.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from typing import Final, Literal

import phonenumbers

#: Cal.com's own stand-in for a booker who gave a number only; it discards what is sent there.
_CALCOM_PLACEHOLDER: Final = "sms.cal.com"
#: What carriers send for a hidden number: ANONYMOUS and RESTRICTED typed on a keypad.
_HIDDEN: Final = frozenset({"+266696687", "266696687", "+7378742833", "7378742833", "+86282452253"})
_MOBILE: Final = frozenset(
    # Where a country's plan does not tell them apart (US, Canada) an SMS is worth the try.
    {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
)


@dataclass(frozen=True, slots=True)
class Way:
    """How a person is written to. ``address``: an e-mail address, or a mobile number in E.164."""

    by: Literal["mail", "sms"]
    address: str


def way_to(email: str | None, phone: str | None, *, placeholder_domain: str, gateway: bool) -> Way | None:
    """By mail where there is a real address, else by SMS; None where nobody can write.

    ``gateway``: there is one that sends SMS. Without it a mobile is only good for a call.
    """
    if (address := real_email(email, (placeholder_domain,))) is not None:
        return Way("mail", address)
    return Way("sms", phone) if phone and gateway and is_mobile(phone) else None


def real_email(text: str | None, placeholder_domains: Iterable[str] = ()) -> str | None:
    """``text`` as an address that mail can be sent to, its domain in ASCII; None where it is none.

    Addresses at ``placeholder_domains`` (and below them) were made up for Cal.com: nobody reads them.
    """
    parsed = _parsed((text or "").strip())
    if parsed is None:
        return None
    user, domain = parsed
    if any(_within(domain, place) for place in (*placeholder_domains, _CALCOM_PLACEHOLDER)):
        return None
    return f"{user}@{domain}"


def is_mobile(phone: str | None) -> bool:
    """Whether an SMS to ``phone`` (E.164) can arrive."""
    try:
        number = phonenumbers.parse(phone or "", None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) in _MOBILE


def caller_number(raw: object, own: Collection[str | None] = (), *, country: str | None = None) -> str | None:
    """A number as it came with a call, in E.164; None for a hidden or impossible one, and for one of ``own``.

    ``own``: E.164; ``country``: ISO 3166, for numbers without a country code.
    """
    text = str(raw or "").strip()
    if text.replace(" ", "") in _HIDDEN:
        return None
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None if found in own else found


def _parsed(text: str) -> tuple[str, str] | None:
    user, _, domain = text.rpartition("@")
    try:
        address = Address(username=user, domain=domain.lower().encode("idna").decode())
        Address(addr_spec=address.addr_spec)
    except (ValueError, IndexError, HeaderParseError):
        return None
    # A local part outside ASCII needs SMTPUTF8 on the whole way; a quoted one is nobody's real address.
    plain = user.isascii() and not any(char in user for char in ' "(),:;<>@[\\]')
    return (user, address.domain) if plain and user and "." in address.domain else None


def _within(domain: str, place: str) -> bool:
    return bool(place) and (domain == place.lower() or domain.endswith(f".{place.lower()}"))
