"""``python -m services.notifier``: tell people what came of their calls, until SIGTERM."""

import uvloop

from services.notifier.app import build
from services.notifier.settings import Settings
from shared.settings import load


def main() -> None:
    """Entry point."""
    platform, app = build(load(Settings))
    uvloop.run(platform.run(app))


if __name__ == "__main__":
    main()
