"""Headers of a provider → how long it wants to be left alone, and what it still allows."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

#: A maintenance over a long weekend is announced like this; a larger number is a provider's mistake.
LONGEST: Final = 7 * 86400.0
#: Budgets are windows of a minute up to an hour, so that a larger number is milliseconds or worse.
_LONGEST_WINDOW: Final = 3600.0
#: Cal.com's source counts seconds, one page of its documentation says Unix time: larger is an epoch.
_EPOCH: Final = 1e9


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the provider says about our budget; None where it says nothing. ``resets_in`` in seconds."""

    limit: int | None = None
    remaining: int | None = None
    resets_in: float | None = None


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds until the provider wants to be asked again, at most a week; None where it does not say.

    ``retry-after-ms`` (Retell), ``Retry-After`` in seconds or as a date. ``now``: Unix time in seconds.
    """
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return _bounded(milliseconds / 1000)
    value = headers.get("retry-after")
    if (seconds := _number(value)) is not None:
        return _from_now(seconds, now, LONGEST)
    return None if value is None else _date(value, now)


def allowance(headers: Mapping[str, str], now: float) -> Allowance:
    """``X-RateLimit-*`` with whatever suffix; of several limits the tightest."""
    resets = [_from_now(value, now, _LONGEST_WINDOW) for value in _all(headers, "x-ratelimit-reset")]
    return Allowance(
        limit=_least(int(value) for value in _all(headers, "x-ratelimit-limit")),
        remaining=_least(int(value) for value in _all(headers, "x-ratelimit-remaining")),
        resets_in=max(resets, default=None),
    )


def pause(headers: Mapping[str, str], now: float) -> float | None:
    """How long a 429 lasts: ``Retry-After``, else the reset of the budget."""
    said = retry_after(headers, now)
    return allowance(headers, now).resets_in if said is None else said


def _all(headers: Mapping[str, str], prefix: str) -> list[float]:
    values = [_number(value) for name, value in headers.items() if name.lower().startswith(prefix)]
    return [value for value in values if value is not None]


def _least(values: Iterable[int]) -> int | None:
    return min(values, default=None)


def _from_now(value: float, now: float, longest: float) -> float:
    return _bounded(value - now if value > _EPOCH else value, longest)


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else None
    except ValueError:
        return None
    return number if number is not None and math.isfinite(number) else None


def _date(value: str, now: float) -> float | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    # HTTP's dates are GMT, also in the old forms that do not say so.
    return _bounded((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)


def _bounded(seconds: float, longest: float = LONGEST) -> float:
    return min(max(seconds, 0.0), longest)
