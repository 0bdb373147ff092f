"""A number that a carrier dials into Retell is told from one that has a trunk."""

from typing import Any

import pytest

from services.provisioner.handlers.numbers import is_dialled
from shared.clients.retell import PhoneNumber, SipTrunk


def _number(kind: str, trunk: Any) -> PhoneNumber:
    known = {"phone_number": "+498912345678", "phone_number_type": kind, "sip_outbound_trunk_config": trunk}
    return PhoneNumber.model_validate(known)


@pytest.mark.parametrize(
    ("number", "trunk", "dialled"),
    [
        (None, None, False),
        (_number("retell-twilio", None), None, False),
        (_number("custom", {"termination_uri": "salon.pstn.example.com"}), None, False),
        (_number("custom", None), None, True),
        (_number("custom", {"termination_uri": None}), None, True),
        (_number("custom", {"termination_uri": "SIP.RetellAI.com:5060"}), None, True),
        (_number("custom", None), SipTrunk("salon.pstn.example.com"), False),
        (None, SipTrunk("salon.pstn.example.com"), False),
        (None, SipTrunk("sips:+498912345678@salon.example.com"), True),
        (None, SipTrunk(" sip.retellai.com "), True),
    ],
)
def test_who_dials_a_sip_address_has_no_trunk(
    number: PhoneNumber | None, trunk: SipTrunk | None, *, dialled: bool
) -> None:
    assert is_dialled(number, trunk) is dialled
