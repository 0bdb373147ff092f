"""Name, number and address under which Cal.com gets to know a caller."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from services.voice_tools.handlers.identity import named
from services.voice_tools.handlers.names import is_a_name, sound_of
from services.voice_tools.handlers.tokens import customer_reference, stranger_id
from services.voice_tools.values import Call, Caller, KnownCustomer
from shared.clients.reach import way_to
from shared.contracts.voice import BookAppointment

#: What was heard as an address has to look like one: a wrong one sends a mail to a stranger.
_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,190}\.[A-Za-z]{2,24}")
_PROMISES: Final = {
    "mail": {"de": ", Sie bekommen eine Bestätigung per E-Mail", "en": ", you will get an e-mail"},
    "sms": {"de": ", Sie bekommen eine Bestätigung per SMS", "en": ", you will get a text message"},
}


class Customers(Protocol):
    """Customers of a company."""

    async def with_number(self, company_id: str, number: str) -> list[KnownCustomer]:
        """Everybody who shares the number."""
        ...

    async def with_email(self, company_id: str, email: str) -> list[KnownCustomer]:
        """Everybody who is written to there."""
        ...

    async def keep(
        self, company_id: str, customer: KnownCustomer, *, phone: str | None, email: str | None, language: str
    ) -> None:
        """Write what is known."""
        ...


class Gateways(Protocol):
    """Who sends SMS."""

    async def serve(self, company_id: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Person:
    """Who an appointment is for.

    ``caller``: how they are reached about it. ``email``: named for this appointment, None where none was.
    ``booking_email``: that, else the customer's own.
    """

    name: str
    caller: Caller
    email: str | None
    booking_email: str
    reference: str


@dataclass(frozen=True, slots=True)
class People:
    """``domain``: ours; an address in it belongs to one customer and holds nothing of their number."""

    customers: Customers
    gateways: Gateways
    domain: str

    async def person(self, call: Call, args: BookAppointment) -> Person:
        """The customer of this booking, by the number that calls and the sound of the name, else a new one.

        What is named on the phone is used for this appointment and proves nothing: anybody can name a number,
        and an address may have been misheard.
        """
        name = _name(args)
        number = call.caller.number
        family = await self.customers.with_number(call.company_id, number) if number else []
        known = _known(call, family, name)
        email = await self._email(call, args.email, name, family)
        reference = customer_reference(known.id)
        own = known.booking_email or f"{reference}@{self.domain}"
        kept = KnownCustomer(known.id, known.name, own)
        await self.customers.keep(call.company_id, kept, phone=number, email=email, language=call.language)
        return Person(name, named_number(call, args.phone), email, email or own, reference)

    def stranger(self, call: Call, args: BookAppointment) -> Person:
        """While nobody can be looked up: a customer of this call alone.

        An address that was named is left out: whose it is nobody can tell now.
        """
        name = _name(args)
        reference = customer_reference(stranger_id(call.company_id, call.call_id, sound_of(name)))
        return Person(name, named_number(call, args.phone), None, f"{reference}@{self.domain}", reference)

    async def promise(self, call: Call, person: Person) -> str:
        """The message the caller may expect, as an end of the sentence; nothing where nobody sends one."""
        email, number = person.booking_email, person.caller.number
        way = way_to(email, number, placeholder_domain=self.domain, gateway=True)
        if way is None or (way.by == "sms" and not await self.gateways.serve(call.company_id)):
            return ""
        return _PROMISES[way.by][call.language]

    async def _email(
        self, call: Call, said: str | None, name: str, family: Sequence[KnownCustomer]
    ) -> str | None:
        """The address that was named, where it may be theirs: no stranger is mailed about an appointment."""
        if not said or not _EMAIL.fullmatch(said):
            return None
        owners = await self.customers.with_email(call.company_id, said)
        related = {each.id for each in family}
        others = [each for each in owners if each.id not in related and sound_of(each.name) != sound_of(name)]
        return None if others else said


def _name(args: BookAppointment) -> str:
    return (args.for_person_name if is_a_name(args.for_person_name) else args.customer_name) or ""


def _known(call: Call, family: Sequence[KnownCustomer], name: str) -> KnownCustomer:
    if call.caller.number is None:
        return KnownCustomer(stranger_id(call.company_id, call.call_id, sound_of(name)), name, None)
    same = (each for each in family if sound_of(each.name) == sound_of(name))
    return next(same, KnownCustomer(uuid.uuid4(), name, None))


def named_number(call: Call, spoken: str | None) -> Caller:
    """Another number that the caller gave, where it is one; else the one that calls."""
    given = named(spoken, call.branch.address.country, call.language)
    return given if given.number else call.caller
