"""Who calls: API keys, and the endpoint `me`."""

import secrets
from typing import Any

from starlette.requests import Request

from infra.simulators.calcom.errors import Refusal
from infra.simulators.store import Document, Store


def add_account(store: Store, wanted: Document) -> Document:
    """Seeds an account; every field has a default, `apiKey` too."""
    number = int(wanted.get("id") or store.next_number("users", 1001))
    username = wanted.get("username", f"user-{number}")
    account: Document = {
        "id": number,
        "username": username,
        "email": f"{username}@example.org",
        "name": username.title(),
        "avatarUrl": None,
        "bio": None,
        "timeFormat": 24,
        "defaultScheduleId": number,
        "weekStart": "Monday",
        "timeZone": "Europe/Berlin",
        "organizationId": None,
        "apiKey": f"cal_live_{secrets.token_hex(16)}",
        **wanted,
    }
    account["id"] = number
    store.save([("accounts", str(number), account), ("keys", account["apiKey"], {"account": number})])
    return account


def bearer(request: Request) -> str | None:
    """The key in the Authorization header, None without one."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key or None if scheme.lower() == "bearer" else None


def caller(request: Request, store: Store) -> Document | None:
    """The account of the key; None without one. A key that is not known is refused even on public paths."""
    key = bearer(request)
    if key is None:
        return None
    known = store.get("keys", key)
    account = store.get("accounts", str(known["account"])) if known else None
    if account is None:
        text = "Your api key is not valid." if key.startswith("cal_") else "Invalid Access Token."
        raise Refusal(401, f"ApiAuthStrategy - api key - {text}")
    return account


def required_caller(request: Request, store: Store) -> Document:
    """As `caller`, but 401 without a key."""
    account = caller(request, store)
    if account is None:
        raise Refusal(401, "ApiAuthStrategy - no authentication provided.")
    return account


def me(account: Document) -> dict[str, Any]:
    """The account as GET /v2/me shows it."""
    hidden = {"apiKey"}
    return {name: value for name, value in account.items() if name not in hidden}
