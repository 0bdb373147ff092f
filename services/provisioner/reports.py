"""What the provisioner counts and says beside its deliveries."""

from typing import Final

from prometheus_client import Counter

from shared.observability.logging import get_logger

_log = get_logger("webhooks")
_DRIFTS: Final = Counter(
    "askpro_webhook_drifts_total",
    "What was found changed about our webhooks at Cal.com, and put right.",
    ("kind",),
)


def report_webhook(company_id: str, *, drifts: tuple[str, ...] = (), error: Exception | None = None) -> None:
    """One company's webhook was looked at, or could not be."""
    for kind in drifts:
        _DRIFTS.labels(kind).inc()
    if error is not None:
        _log.warning("webhook.unread", company_id=company_id, reason=str(error))
    elif drifts:
        _log.warning("webhook.mended", company_id=company_id, drifts=drifts)
