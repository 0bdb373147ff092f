"""What the provisioner counts and says beside its deliveries."""

from collections.abc import Mapping
from typing import Final

from prometheus_client import Counter, Gauge

from shared.contracts.orphans import PROVIDERS, Kind, Provider
from shared.observability.logging import get_logger

_log = get_logger("webhooks")
_orphans_log = get_logger("orphans")
_DRIFTS: Final = Counter(
    "askpro_webhook_drifts_total",
    "What was found changed about our webhooks at Cal.com, and put right.",
    ("kind",),
)
_ORPHANS: Final = Gauge(
    "askpro_provider_orphans",
    "What is ours at a provider and of no branch, of all companies.",
    ("provider", "kind"),
)


def report_webhook(company_id: str, *, drifts: tuple[str, ...] = (), error: Exception | None = None) -> None:
    """One company's webhook was looked at, or could not be."""
    for kind in drifts:
        _DRIFTS.labels(kind).inc()
    if error is not None:
        _log.warning("webhook.unread", company_id=company_id, reason=str(error))
    elif drifts:
        _log.warning("webhook.mended", company_id=company_id, drifts=drifts)


def report_orphans(counts: Mapping[Kind, int]) -> None:
    """What is listed: the same number in every process."""
    for kind, count in counts.items():
        _ORPHANS.labels(PROVIDERS[kind], kind).set(count)


def report_unread_orphans(company_id: str, provider: Provider, error: Exception) -> None:
    """One company could not be looked at."""
    _orphans_log.warning("orphans.unread", company_id=company_id, provider=provider, reason=str(error))
