"""HTTP webhooks and internal events → verified, confirmed by the broker or committed to the outbox → 202."""
