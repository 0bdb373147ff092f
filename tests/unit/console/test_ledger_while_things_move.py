"""Whatever is settled, moved or sent again while the ledger is read: it never calls a loss what is none."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.ops_console.handlers.ledger import LedgerView, ledger_of
from services.ops_console.store.ledger import Counts
from shared.contracts.depths import Depth

QUEUES: Final = ("syncer.bookings", "syncer.calls", "notifier.mail")
PLACES: Final = (
    *QUEUES,
    "syncer.quarantine",
    "notifier.quarantine",
    "syncer.dead-letters",
    "notifier.dead-letters",
)
GRACE: Final = 60.0
#: How old a queue's count of itself may be.
STALE: Final = 5.0


@dataclass
class Row:
    """A delivery in our books; ``place``: where the broker has its message, None nowhere."""

    queue: str
    state: str
    changed_at: float
    place: str | None
    lost: bool = False


@dataclass
class Broker:
    """Counts each queue every 5 s, each at a time of its own."""

    counted_at: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PLACES, 0.0))
    counted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PLACES, 0))


class Platform(RuleBasedStateMachine):
    """Rows and messages as the edge, the relay and the console move them: one step per commit or answer."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.rows: list[Row] = []
        self.broker = Broker()

    @initialize(offsets=st.lists(st.floats(0, STALE), min_size=len(PLACES), max_size=len(PLACES)))
    def queues_count_at_times_of_their_own(self, offsets: list[float]) -> None:
        self.broker.counted_at = {place: -offset for place, offset in zip(PLACES, offsets, strict=True)}

    @rule(queue=st.sampled_from(QUEUES), number=st.integers(1, 3))
    def an_event_is_accepted_and_logged(self, queue: str, number: int) -> None:
        self.rows += [Row(queue, "waiting", self.now, queue) for _ in range(number)]

    @rule(seconds=st.sampled_from([0.1, 1.0, STALE, 61.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self._count()

    def _count(self) -> None:
        there = Counter(row.place for row in self.rows)
        for place, at in self.broker.counted_at.items():
            if self.now - at >= STALE:
                self.broker.counted_at[place] = self.now
                self.broker.counted[place] = there[place]

    def _somebody_works(self) -> bool:
        return bool(self._at_work())

    def _at_work(self) -> list[Row]:
        return [row for row in self.rows if row.state == "waiting" and row.place is not None and not row.lost]

    @precondition(_somebody_works)
    @rule(data=st.data())
    def one_may_have_killed_its_worker_and_is_moved(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self._at_work()))
        row.changed_at, row.place = self.now, f"{_service(row.queue)}.quarantine"

    @precondition(_somebody_works)
    @rule(data=st.data(), state=st.sampled_from(["done", "redelivery", "dead"]))
    def one_is_settled_and_its_message_answered(self, data: st.DataObject, state: str) -> None:
        row = data.draw(st.sampled_from(self._at_work()))
        row.state, row.changed_at, row.place = state, self.now, None

    @precondition(lambda self: any(row.state in {"redelivery", "dead"} for row in self.rows))
    @rule(data=st.data())
    def one_is_sent_again(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from([row for row in self.rows if row.state in {"redelivery", "dead"}]))
        row.state, row.changed_at, row.place = "waiting", self.now, row.queue

    @precondition(_somebody_works)
    @rule(data=st.data())
    def one_is_purged_behind_our_back(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self._at_work()))
        row.place, row.lost = None, True

    @precondition(lambda self: any(row.lost for row in self.rows))
    @rule(data=st.data())
    def one_that_was_lost_is_sent_again_by_a_person(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from([row for row in self.rows if row.lost]))
        row.state, row.changed_at, row.place, row.lost = "redelivery", self.now, None, False

    @invariant()
    def nothing_that_is_somewhere_is_called_lost(self) -> None:
        assert self._view().unaccounted <= sum(row.lost for row in self.rows)

    @rule()
    def a_quiet_minute_later_exactly_what_is_lost_is_unaccounted_for(self) -> None:
        self.now += GRACE + STALE
        self._count()
        lost = Counter(_service(row.queue) for row in self.rows if row.lost)
        view = self._view()
        found: Counter[str] = Counter()
        for line in view.queues:
            found[_service(line.queue)] += line.unaccounted
        assert +found == lost
        assert {row.queue for row in self.rows if row.lost} <= set(view.short)

    def _view(self) -> LedgerView:
        states: dict[str, dict[str, int]] = {}
        for row in self.rows:
            states.setdefault(
                row.queue, dict.fromkeys(("waiting", "redelivery", "done", "dead", "discarded"), 0)
            )[row.state] += 1
        late = [row for row in self.rows if row.state == "waiting" and row.changed_at < self.now - GRACE]
        overdue = Counter(row.queue for row in late)
        depths = {place: Depth(place, number, 0, 1) for place, number in self.broker.counted.items()}
        return ledger_of(Counts(len(self.rows), 0, 0, states, overdue), depths)


def _service(queue: str) -> str:
    return queue.split(".", maxsplit=1)[0]


TestWhileThingsMove = Platform.TestCase
TestWhileThingsMove.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
