"""What people have to do: call back, see to a wish that nobody entered, put a broken promise right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from typing import Any, Final, Literal

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from services.ops_console.store.paging import Keyset, Page
from services.ops_console.store.walks import Row
from shared.db.engine import Database
from shared.db.tables import Appointment, Booking, Branch, Call, Callback, Service, SlotOffer

Kind = Literal["callback", "wish", "promise"]

#: Of what is not a task yet: an attempt that nobody finished, a caller who was offered times and hung up.
WISH: Final = "wish"
LEFT: Final = "left"
#: By then the calendar has had its attempts; whoever waits longer should hear from a person.
_ABANDONED: Final = timedelta(minutes=15)
#: What a call was offered is kept for a day after it has expired.
_OFFERS_KEPT: Final = timedelta(days=1)
#: Calls that led to something, or to nobody.
_SETTLED: Final = (
    "booked", "rescheduled", "cancelled", "callback", "transferred", "voicemail", "not_connected",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WantedWork:
    """Which tasks; None: any."""

    company_id: str | None = None
    branch_id: str | None = None
    kind: Kind | None = None


class Work:
    """Open rows of ``callbacks``, and what of ``bookings`` and ``calls`` should be one; read only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: WantedWork, cursor: str | None, limit: int) -> Page[Row]:
        """Urgent ones first, then those that wait longest; one statement.

        Raises NotSoundError for a cursor that is none.
        """
        tasks = union_all(_tasks(), _wishes(), _left()).subquery("tasks")
        columns: Any = (tasks.c.rank, tasks.c.created_at, tasks.c.id)
        order = Keyset(columns, descending=False)
        # The page first, so that only its rows are looked up in the other tables.
        page = order.page(select(tasks).where(*_wanted(tasks.c, wanted)), cursor, limit).subquery("page")
        query = _told(page).order_by(page.c.rank, page.c.created_at, page.c.id)
        async with self._database.transaction() as session:
            rows = (await session.execute(query)).all()
        cut = order.cut(rows, limit)
        return Page([dict(row._mapping) for row in cut.rows], cut.next)  # noqa: SLF001  # its public name


def task_id(*parts: Any) -> ColumnElement[str]:
    """Of the task that something becomes, as the services make it: the first of them to write it wins."""
    hashed = func.encode(func.sha256(func.convert_to(_joined(parts), "UTF8")), "hex")
    return literal("callback_").concat(func.substr(hashed, 1, 20))


def _joined(parts: Sequence[Any]) -> Any:
    return reduce(lambda first, other: first.concat(":").concat(other), parts)


def _tasks() -> Any:
    return select(
        Callback.id,
        Callback.kind,
        _rank(Callback.urgency).label("rank"),
        Callback.urgency,
        Callback.created_at,
        Callback.company_id,
        Callback.branch_id,
        Callback.call_id,
        Callback.reason,
        Callback.phone,
        Callback.customer_name,
        Callback.preferred_time,
        cast(null(), String).label("service_key"),
        cast(null(), Booking.start_at.type).label("wished_at"),
    ).where(Callback.state == "open")


def _wishes() -> Any:
    """Neither booked nor refused: the caller waits for a word, and nobody has a task yet."""
    task = aliased(Callback)
    known = exists().where(task.id == task_id(Booking.company_id, Booking.token))
    person = Booking.request["customer"]
    return select(
        literal(f"{WISH}:").concat(Booking.company_id).concat(":").concat(Booking.token),
        literal("wish"),
        _rank(literal("normal")),
        literal("normal"),
        Booking.created_at,
        Booking.company_id,
        Booking.branch_id,
        Booking.call_id,
        cast(null(), String),
        person["phone"].as_string(),
        person["name"].as_string(),
        cast(null(), String),
        Booking.request["service_key"].as_string(),
        Booking.start_at,
    ).where(
        Booking.kind == "book",
        Booking.state.in_(("started", "requested")),
        Booking.updated_at < func.now() - _ABANDONED,
        ~known,
    )


def _left() -> Any:
    """Was offered times, booked none, and can be called."""
    task = aliased(Callback)
    offered = (
        select(SlotOffer.company_id, SlotOffer.call_id, func.min(SlotOffer.service_key).label("service_key"))
        .where(SlotOffer.expires_at > func.now() - _OFFERS_KEPT)
        .group_by(SlotOffer.company_id, SlotOffer.call_id)
        .subquery("offered")
    )
    return (
        select(
            literal(f"{LEFT}:").concat(Call.company_id).concat(":").concat(Call.call_id),
            literal("wish"),
            _rank(literal("normal")),
            literal("normal"),
            Call.ended_at,
            Call.company_id,
            Call.branch_id,
            Call.call_id,
            cast(null(), String),
            Call.from_number,
            cast(null(), String),
            cast(null(), String),
            offered.c.service_key,
            cast(null(), Booking.start_at.type),
        )
        .join(offered, (offered.c.company_id == Call.company_id) & (offered.c.call_id == Call.call_id))
        .where(
            Call.ended_at < func.now() - _ABANDONED,
            Call.from_number.is_not(None),
            Call.direction.is_distinct_from("outbound"),
            func.coalesce(Call.outcome, "").not_in(_SETTLED),
            ~_of_call(Booking),
            ~_of_call(Appointment),
            ~exists().where(task.id == task_id(literal("offered"), Call.company_id, Call.call_id)),
        )
    )


def _of_call(table: Any) -> ColumnElement[bool]:
    return exists().where(table.company_id == Call.company_id, table.call_id == Call.call_id)


def _rank(urgency: Any) -> ColumnElement[int]:
    return case((urgency == "urgent", 0), else_=1)


def _wanted(tasks: Any, wanted: WantedWork) -> list[ColumnElement[bool]]:
    names = ("company_id", "branch_id", "kind")
    return [tasks[name] == value for name in names if (value := getattr(wanted, name)) is not None]


def _told(page: Subquery) -> Select[Any]:
    """With what the call was about, and where."""
    tasks = page.c
    service = (Service.company_id == tasks.company_id) & (Service.branch_id == tasks.branch_id)
    return (
        select(
            *tasks,
            Call.summary,
            Call.call_id.is_not(None).label("has_call"),
            Branch.name.label("branch_name"),
            Service.name.label("service"),
        )
        .select_from(page)
        .outerjoin(Call, (Call.company_id == tasks.company_id) & (Call.call_id == tasks.call_id))
        .outerjoin(Branch, (Branch.company_id == tasks.company_id) & (Branch.id == tasks.branch_id))
        .outerjoin(Service, service & (Service.key == tasks.service_key))
    )
