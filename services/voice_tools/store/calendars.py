"""A company's calendar, as a caller on the line may use it."""

from services.voice_tools.values import NoCalendarError
from shared.clients.calcom import Calcom
from shared.clients.providers import Providers
from shared.db.credentials import Credentials
from shared.errors import DependencyOpenError
from shared.resilience.circuits import Circuits
from shared.resilience.policies import CALCOM_REGIONS


class Calendars:
    """Cal.com clients with a caller's time-outs and the whole budget of the key."""

    def __init__(self, credentials: Credentials, providers: Providers, circuits: Circuits) -> None:
        self._credentials = credentials
        self._providers = providers
        self._circuits = circuits

    async def of(self, company_id: str) -> Calcom:
        """The client.

        Raises:
            NoCalendarError: no key was entered.
            DependencyOpenError: the others have found Cal.com away: a caller must not wait to learn the same.
        """
        company = await self._credentials.of(company_id)
        if company is None or company.calcom_api_key is None:
            raise NoCalendarError(f"company {company_id} has no Cal.com key")
        # The circuit that everybody else's calls to that region have opened or closed.
        common = CALCOM_REGIONS[company.calcom_region].common.dependency
        if self._circuits.is_open(common):
            raise DependencyOpenError(f"{common} is open", gate=common)
        return self._providers.calcom(
            company_id, company.calcom_api_key, region=company.calcom_region, voice=True
        )
