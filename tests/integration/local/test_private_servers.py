"""The private servers: loopback only, with a password, crash-proof, and gone when stopped."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from aio_pika import connect
from aio_pika.exceptions import ProbableAuthenticationError

from infra.local.ports import answers
from infra.local.postgres import PrivatePostgres
from infra.local.private_server import PrivateServer, _with_children
from infra.local.processes import alive
from infra.local.rabbitmq import PrivateRabbit
from infra.local.valkey import PrivateValkey
from tests.support import written_down

DEEP = "a folder with spaces/" + "deeper/" * 20


@pytest.fixture(scope="module")
def small_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[PrivateServer]]:
    """PostgreSQL and Valkey twice, side by side, in deep folders with spaces."""
    base = tmp_path_factory.mktemp("small servers")
    kinds: list[type[PrivateServer]] = [PrivatePostgres, PrivateValkey]
    servers = [kind(base / DEEP / f"{kind.name} {n}") for kind in kinds for n in (1, 2)]
    try:
        for server in servers:
            server.start()
        yield servers
    finally:
        for server in servers:
            server.kill()


def test_two_of_each_kind_run_side_by_side_in_deep_folders_with_spaces(
    small_servers: list[PrivateServer],
) -> None:
    assert all(server.ready() for server in small_servers)
    assert len({server.port for server in small_servers}) == len(small_servers)


def test_servers_listen_on_loopback_only(small_servers: list[PrivateServer], rabbitmq: PrivateRabbit) -> None:
    ports = {port for server in (*small_servers, rabbitmq) for port in server.claim.ports.values()}
    assert _addresses(ports) <= {"0100007F", "00000000000000000000000001000000"}  # 127.0.0.1 and ::1


def test_postgres_refuses_a_wrong_password(small_servers: list[PrivateServer]) -> None:
    server = small_servers[0]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url.replace(server.password, "wrong"))


def test_valkey_refuses_a_client_without_password(small_servers: list[PrivateServer]) -> None:
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=small_servers[2].port).ping()


@pytest.mark.parametrize("user", ["askpro:wrong", "guest:guest"])
async def test_rabbitmq_refuses_a_wrong_password_and_knows_no_guest(
    rabbitmq: PrivateRabbit, user: str
) -> None:
    with pytest.raises(ProbableAuthenticationError):
        await connect(f"amqp://{user}@127.0.0.1:{rabbitmq.port}/")


def test_a_password_is_kept_in_a_file_only_its_owner_reads(small_servers: list[PrivateServer]) -> None:
    for server in small_servers:
        assert (server.folder / "password").stat().st_mode & 0o777 == 0o600


def test_postgres_keeps_its_data_and_port_over_kill_9(small_servers: list[PrivateServer]) -> None:
    server = small_servers[1]
    with psycopg.connect(server.url) as connection:
        connection.execute("create table kept as select 7 as number")
    port = server.port
    server.kill9()
    server.start()
    with psycopg.connect(server.url) as connection:
        assert connection.execute("select number from kept").fetchall() == [(7,)]
    assert server.port == port


def test_postgres_starts_although_its_pid_file_names_a_stranger(tmp_path: Path) -> None:
    server = PrivatePostgres(tmp_path)
    server.start()
    server.kill9()
    pid_file = tmp_path / "data" / "postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(pid_file.read_text().split("\n")[0], "1", 1))
    server.start()
    server.stop()


def test_a_frozen_server_answers_again_after_the_thaw(small_servers: list[PrivateServer]) -> None:
    for server in (small_servers[0], small_servers[2]):
        server.freeze()
        assert not server.ready()
        server.thaw()
        assert server.ready()


def test_a_server_whose_children_come_and_go_can_be_looked_at() -> None:
    # Each of them ends within milliseconds, often between the listing of it and the look at its children.
    script = "while :; do /bin/true & /bin/true & /bin/true & wait; done"
    with subprocess.Popen(["/bin/sh", "-c", script]) as busy:
        try:
            seen = [_with_children(busy.pid) for _ in range(3000)]
        finally:
            busy.kill()
    assert all(pids[0] == busy.pid for pids in seen)


def test_stop_leaves_no_process_behind(tmp_path: Path) -> None:
    for server in (PrivatePostgres(tmp_path / "p"), PrivateValkey(tmp_path / "v")):
        server.start()
        pids = server.pids
        server.stop()
        assert pids
        assert not any(map(alive, pids))
        assert not answers(server.port)


async def test_rabbitmq_is_back_after_kill_9_with_its_data_and_stops_leaving_nothing(tmp_path: Path) -> None:
    server = PrivateRabbit(tmp_path / "with a space")
    try:
        server.start()
        assert (Path("/proc") / str(server.pid) / "comm").read_text().strip() == "beam.smp"
        async with await connect(server.url) as connection:
            await (await connection.channel()).declare_queue("kept", durable=True)
        await written_down()
        server.kill9()
        server.start()
        async with await connect(server.url) as connection:
            await (await connection.channel()).declare_queue("kept", passive=True)
        pids = server.pids
        server.stop()
        assert len(pids) == 2
        assert not any(map(alive, pids))
    finally:
        server.kill()


def test_a_claimed_port_is_not_given_to_anybody_else(small_servers: list[PrivateServer]) -> None:
    with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
        stranger.bind(("127.0.0.1", small_servers[0].port))


def _addresses(ports: set[int]) -> set[str]:
    """The local addresses, as the kernel writes them, of all listening sockets with these ports."""
    rows = [
        row.split()
        for table in ("tcp", "tcp6")
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    listening = [row[1].split(":") for row in rows if row[3] == "0A"]
    return {address for address, port in listening if int(port, 16) in ports}
