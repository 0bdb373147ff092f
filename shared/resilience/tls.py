"""One TLS context for clients of a single request: making one blocks the event loop for 50 ms."""

import ssl
from functools import cache

import httpx


@cache
def tls_context() -> ssl.SSLContext:
    """With the usual authorities."""
    return httpx.create_ssl_context(trust_env=False)
