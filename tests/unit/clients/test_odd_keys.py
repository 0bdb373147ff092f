"""A key that cannot even be sent is a refused key: parked until it is replaced, no bug of ours."""

import pytest

from services.ops_console.routes.wishes import CompanyFields
from shared.clients.http import http_client
from shared.clients.providers import Providers
from shared.errors import CredentialOpenError, CredentialRejectedError
from shared.resilience.circuits import Circuits
from shared.resilience.guard import Guards
from shared.resilience.limits import Limits

ODD = "“cal_live_0123456789”"


async def test_a_key_that_no_header_can_carry_opens_its_circuit() -> None:
    circuits = Circuits(None, process="test")
    async with http_client() as http:
        providers = Providers(http, Guards(circuits, Limits(None)), calcom_base_url="http://127.0.0.1:9")
        calcom = providers.calcom("acme", ODD, region="default")
        with pytest.raises(CredentialRejectedError) as caught:
            await calcom.me()
        assert caught.value.circuit == "calcom:acme"
        assert ODD not in str(caught.value)
        with pytest.raises(CredentialOpenError):
            await calcom.me()


@pytest.mark.parametrize("key", [ODD, "cal_live_ 0123456789", "cal_live_\n0123456789"])
def test_the_console_takes_no_such_key(key: str) -> None:
    with pytest.raises(ValueError, match="calcom_api_key"):
        CompanyFields.model_validate({"calcom_api_key": key})
