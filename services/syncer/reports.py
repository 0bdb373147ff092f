"""What the syncer counts and says beside its deliveries."""

from typing import Final

from prometheus_client import Counter

from shared.observability.logging import get_logger

_log = get_logger("repair")
_REPAIRED: Final = Counter("askpro_repaired_bookings_total", "Bookings whose webhook did not reach us.")
_REPAIRED_CALLS: Final = Counter("askpro_repaired_calls_total", "Calls whose webhook did not reach us.")


def report_repair(company_id: str, *, repaired: int = 0, error: Exception | None = None) -> None:
    """One company was read, or could not be."""
    if error is not None:
        _log.warning("company.unread", company_id=company_id, reason=str(error))
    elif repaired:
        _REPAIRED.inc(repaired)
        _log.warning("bookings.repaired", company_id=company_id, count=repaired)


def report_call_repair(company_id: str, *, repaired: int = 0, error: Exception | None = None) -> None:
    """As ``report_repair``, for the calls at Retell."""
    if error is not None:
        _log.warning("calls.unread", company_id=company_id, reason=str(error))
    elif repaired:
        _REPAIRED_CALLS.inc(repaired)
        _log.warning("calls.repaired", company_id=company_id, count=repaired)
