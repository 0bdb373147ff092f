"""What the syncer counts and says beside its deliveries."""

from typing import Final

from prometheus_client import Counter, Histogram

from services.syncer.store.repairs import NOTHING, Kept
from shared.observability.logging import get_logger

_log = get_logger("repair")
_REPAIRED: Final = Counter("askpro_repaired_bookings_total", "Bookings whose webhook did not reach us.")
_REPAIRED_CALLS: Final = Counter("askpro_repaired_calls_total", "Calls whose webhook did not reach us.")
_REPAIRED_SUBSCRIPTIONS: Final = Counter(
    "askpro_repaired_subscriptions_total", "Subscriptions of which an event of Stripe did not reach us."
)
_CORRECTED: Final = Counter(
    "askpro_corrected_bookings_total", "Bookings of which a detail had changed at Cal.com."
)
#: A turn is a minute, a company that cannot be read waits for hours: from seconds to days.
_AGE: Final = Histogram(
    "askpro_repair_age_seconds",
    "How long after it had happened a lost webhook was made good.",
    ("provider",),
    buckets=(60.0, 120.0, 300.0, 900.0, 3600.0, 21_600.0, 86_400.0),
)


def report_repair(company_id: str, *, found: Kept = NOTHING, error: Exception | None = None) -> None:
    """One company was read, or could not be."""
    if error is not None:
        _log.warning("company.unread", company_id=company_id, reason=str(error))
        return
    _CORRECTED.inc(found.corrected)
    if found.lost:
        _REPAIRED.inc(len(found.lost))
        _tell_age("calcom", found)
        _log.warning("bookings.repaired", company_id=company_id, count=len(found.lost))


def report_call_repair(company_id: str, *, found: Kept = NOTHING, error: Exception | None = None) -> None:
    """As ``report_repair``, for the calls at Retell."""
    if error is not None:
        _log.warning("calls.unread", company_id=company_id, reason=str(error))
    elif found.lost:
        _REPAIRED_CALLS.inc(len(found.lost))
        _tell_age("retell", found)
        _log.warning("calls.repaired", company_id=company_id, count=len(found.lost))


def report_billing_repair(object_id: str, *, error: Exception | None = None) -> None:
    """A subscription stood otherwise at Stripe; or it, or those of a customer, could not be looked at."""
    if error is not None:
        _log.warning("subscription.unread", object_id=object_id, reason=str(error))
        return
    _REPAIRED_SUBSCRIPTIONS.inc()
    _log.warning("subscription.repaired", object_id=object_id)


def report_catalogue(company_id: str, *, changed: bool = False, error: Exception | None = None) -> None:
    """A company's event types were read, or could not be."""
    if error is not None:
        _log.warning("catalogue.unread", company_id=company_id, reason=str(error))
    elif changed:
        _log.info("catalogue.changed", company_id=company_id)


def _tell_age(provider: str, found: Kept) -> None:
    for age in found.lost:
        _AGE.labels(provider).observe(age)
