"""A request that ingest refused, as it is told to the console: what came, and why it was not taken."""

from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

#: What is kept of a body. A signature over more can never be verified again.
KEPT_BYTES: Final = 64 * 1024
#: Of each company, and of the senders who belong to none.
PER_DAY: Final = 1_000
#: Among a kept request's headers: where it went, as HTTP/2 writes it.
PATH: Final = ":path"
#: What else a sender puts into its headers stays out: they may hold whatever it likes.
KEPT_HEADERS: Final = (
    "content-type",
    "user-agent",
    "x-cal-signature-256",
    "x-retell-signature",
    "stripe-signature",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
)


class RejectedRequest(BaseModel):
    """``company_id``: None where the sender is nobody's, or nobody looked; ``path`` says whom it named.

    ``status`` and ``reason``: of the answer. ``size``: of the whole body in bytes, as far as it is known.
    ``cut``: ``body`` is not all of it.
    """

    # Bodies are bytes of any kind, which JSON is not.
    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    id: str
    received_at: AwareDatetime
    provider: str
    path: str
    company_id: str | None
    status: int
    reason: str
    headers: dict[str, str]
    body: bytes
    size: int
    cut: bool
