"""Where everything of one checkout lives: below `.local/`, closed to other users."""

from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders and files of the stack of the checkout at `root`."""

    root: Path = CHECKOUT

    @property
    def local(self) -> Path:
        """Everything that is not in version control, except `.venv`."""
        return self.root / ".local"

    @property
    def run(self) -> Path:
        """Process ids: `NAME.pid`."""
        return self.local / "run"

    @property
    def log(self) -> Path:
        """Logs: `NAME.log`."""
        return self.local / "log"

    @property
    def conf(self) -> Path:
        """Start scripts and the supervisor's configuration; they hold secrets."""
        return self.local / "conf"

    @property
    def data(self) -> Path:
        """One folder per server."""
        return self.local / "data"

    @property
    def stack_env(self) -> Path:
        """Addresses and secrets as `NAME=value` lines, readable by a shell."""
        return self.local / "stack.env"

    @property
    def secrets(self) -> Path:
        """What was generated once and must outlive a restart, as it protects what is in the database."""
        return self.local / "secrets.json"

    @property
    def ports(self) -> Path:
        """The ports of services and simulators."""
        return self.local / "ports.json"

    @property
    def migrated(self) -> Path:
        """Exists when the database has its tables; the services start after it."""
        return self.run / "migrated"

    @property
    def mark(self) -> str:
        """What processes of this checkout carry in their environment."""
        return str(self.local)

    def pid_file(self, name: str) -> Path:
        """The file with the pid of the process itself."""
        return self.run / f"{name}.pid"

    def log_file(self, name: str) -> Path:
        """The output of a process."""
        return self.log / f"{name}.log"

    def make(self) -> None:
        """Create the folders."""
        self.local.mkdir(mode=0o700, exist_ok=True)
        for folder in (self.run, self.log, self.conf, self.data):
            folder.mkdir(mode=0o700, exist_ok=True)
