"""Retell's signature: HMAC over the raw body and the time, with the workspace's API key."""

import hashlib
import hmac


def signature(key: str, body: bytes, milliseconds: int) -> str:
    """`v=<unix ms>,d=<hex>`, the value of X-Retell-Signature."""
    digest = hmac.new(key.encode(), body + str(milliseconds).encode(), hashlib.sha256).hexdigest()
    return f"v={milliseconds},d={digest}"
