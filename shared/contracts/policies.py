"""What a branch lets be done by phone, and until when: booked, moved, cancelled."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.contracts.branch import Branch
from shared.contracts.hours import SpanT


def bookable(branch: Branch, now: datetime, slots: Iterable[SpanT]) -> Iterator[SpanT]:
    """The slots to come, neither sooner than the branch's notice nor later than its horizon. All aware."""
    zone, notice = ZoneInfo(branch.timezone), timedelta(minutes=branch.booking_notice_minutes or 0)
    for slot in slots:
        ahead = _until(slot.start, now)
        if ahead <= timedelta() or ahead < notice:
            continue
        if not is_too_far(branch, now, slot.start.astimezone(zone).date()):
            yield slot


def is_too_far(branch: Branch, now: datetime, day: date) -> bool:
    """Past the last day that can be booked, ``booking_horizon_days`` after the branch's today."""
    if branch.booking_horizon_days is None:
        return False
    today = now.astimezone(ZoneInfo(branch.timezone)).date()
    return (day - today).days > branch.booking_horizon_days


def is_too_late(branch: Branch, now: datetime, start: datetime) -> bool:
    """An appointment at ``start`` can be moved or cancelled no more without a person of the branch."""
    notice = branch.cancellation_notice_hours
    return notice is not None and _until(start, now) < timedelta(hours=notice)


def _until(start: datetime, now: datetime) -> timedelta:
    # Two times of one zone are subtracted by their wall clock: across a change of clocks that is wrong.
    return start.astimezone(UTC) - now.astimezone(UTC)
