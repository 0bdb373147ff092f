"""``python -m services.ops_console``."""

import uvloop

from services.ops_console.app import build
from services.ops_console.settings import ConsoleSettings
from shared.settings import load


def main() -> None:
    """Entry point."""
    platform, app = build(load(ConsoleSettings))
    uvloop.run(platform.run(app))


if __name__ == "__main__":
    main()
