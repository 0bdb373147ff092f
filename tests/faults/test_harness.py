"""What the fault tests look at is seen when it is there: a harness that sees nothing proves nothing."""

import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aio_pika import Message, connect

from shared.contracts import names
from shared.contracts.names import DELIVERY_ATTEMPT
from shared.messaging.declare import declare_topology
from shared.messaging.publisher import Publisher
from tests.faults.account import Account
from tests.faults.closing import Closing, lines_of, table
from tests.faults.depths import Depths
from tests.faults.logs import Logs
from tests.faults.site import Nodes
from tests.faults.tapped import TappedProxy
from tests.faults.vitals import Rest, Vital
from tests.support import eventually, virtual_host

REST = Rest(Counter({"shared/messaging/lane.py Lane.run": 2}), tasks=20, connections=15, memory=100_000_000)
NOW = Vital(Counter({"shared/messaging/lane.py Lane.run": 2, "wait": 18}), connections=15, memory=100_000_000)


@pytest.mark.parametrize(
    ("line", "excused", "failures"),
    [
        ({"event": "background.failed", "level": "error"}, {}, 1),
        ({"event": "relay.failed", "level": "error"}, {"step.failed": "not this one"}, 1),
        ({"event": "delivery.unsettled", "level": "error"}, {"delivery.unsettled": "its row is locked"}, 0),
        ({"event": "Task exception was never retrieved", "level": "error"}, {}, 1),
        ({"event": "request.handled", "level": "error", "status": 500}, {}, 1),
        ({"event": "request.handled", "level": "error", "status": 503}, {}, 0),
        ({"event": "delivery.given_up", "level": "error"}, {}, 0),
        ({"event": "relay.waits", "level": "warning"}, {}, 0),
        ("Future exception was never retrieved", {}, 1),
        ("Traceback (most recent call last):", {}, 0),
    ],
)
def test_what_is_logged_as_failed_since_the_test_began_is_found(
    tmp_path: Path, line: Any, excused: dict[str, str], failures: int
) -> None:
    files = {"worker": tmp_path / "worker.log"}
    text = line if isinstance(line, str) else json.dumps(line)
    files["worker"].write_text(f"{text}\n")
    logs = Logs()
    logs.begin(files)
    assert logs.failures(files, excused) == []
    with files["worker"].open("a") as log:
        log.write(f"{text}\n")
    assert len(logs.failures(files, excused)) == failures


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (NOW, ""),
        (Vital(Counter({"shared/messaging/lane.py Lane.run": 1, "wait": 19}), 15, 1), "Lane.run has ended"),
        (Vital(NOW.tasks + Counter({"leaked": 60}), 15, 1), "tasks more than there may be"),
        (Vital(NOW.tasks, 110, 1), "connections more than there may be"),
        (Vital(NOW.tasks, 15, 300_000_000), "bytes more than there may be"),
    ],
)
def test_a_task_that_has_ended_and_a_leak_of_one_for_each_message_are_found(now: Vital, words: str) -> None:
    missing = REST.missing(now)
    assert words in missing
    assert bool(words) == bool(missing)


def test_a_fault_that_was_not_survived_has_a_line_with_its_numbers() -> None:
    request = SimpleNamespace(node=SimpleNamespace(user_properties=[]))
    closing = Closing(cast("pytest.FixtureRequest", request))
    closing.begin("counted", lambda: Account({"a", "b", "c"}, Counter({"a": 2})))
    closing.begin("never counted", lambda: 1 / 0)  # type: ignore[arg-type,return-value]
    survived = closing.begin("survived")
    survived.account = Account({"a"}, Counter(), dead={"a"})
    survived.recovered_after, survived.own_time = 1.25, 0.5
    closing.end()
    properties = request.node.user_properties
    reports = [
        SimpleNamespace(nodeid="test_1", when="call", user_properties=[]),
        SimpleNamespace(nodeid="test_1", when="teardown", user_properties=properties[:2]),
        SimpleNamespace(nodeid="test_2", when="teardown", user_properties=properties[2:]),
    ]
    assert [" ".join(line.split()) for line in table(lines_of(reports, ["test_1"]))[1:]] == [
        "counted 3 0 0 2 1 - - FAILED",
        "never counted - - - - - - - FAILED",
        "survived 1 0 1 0 0 1.2 s 0.5 s holds",
    ]


async def test_a_message_that_nobody_takes_or_answers_is_found_in_the_broker(nodes: Nodes) -> None:
    url = virtual_host(nodes.rabbitmq, "harness-depths")
    depths = Depths(url, nodes.rabbitmq.management_url, frozenset({names.NOTIFIER_SMS}))
    await _declared(url)
    async with await connect(url) as connection:
        channel = await connection.channel()
        for queue in (names.SYNCER_CALLS, names.NOTIFIER_SMS):
            await channel.default_exchange.publish(Message(b"{}"), queue)
        assert await depths.left() == {names.SYNCER_CALLS: 1}
        taken = await (await channel.get_queue(names.SYNCER_CALLS)).get()
        await eventually(lambda: _counted(depths), of="what is in hand is counted")
        await taken.ack()
        await eventually(lambda: _counted(depths, nothing=True), of="nothing is left")


async def _counted(depths: Depths, *, nothing: bool = False) -> bool:
    return await depths.left() == ({} if nothing else {names.SYNCER_CALLS: 1})


async def _declared(url: str) -> None:
    publisher = Publisher(url, service="test")
    await publisher.connect()
    await declare_topology(publisher)
    await publisher.close()


async def test_each_copy_of_a_redelivery_is_counted_as_it_passes(nodes: Nodes) -> None:
    url = virtual_host(nodes.rabbitmq, "harness-tap")
    await _declared(url)
    async with TappedProxy(nodes.rabbitmq.port) as proxy, await connect(proxy.through(url)) as connection:
        channel = await connection.channel()
        for message_id, attempt in (("a", 2), ("a", 2), ("b", 3), ("c", 1)):
            message = Message(b"x" * 200_000, message_id=message_id, headers={DELIVERY_ATTEMPT: attempt})
            await channel.default_exchange.publish(message, names.SYNCER_CALLS)
    assert proxy.redelivered == {"a": 2, "b": 1}
