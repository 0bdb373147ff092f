"""``python -m services.syncer``."""

import uvloop

from services.syncer.app import build
from services.syncer.settings import SyncerSettings
from shared.settings import load


def main() -> None:
    """Entry point."""
    platform, app = build(load(SyncerSettings))
    uvloop.run(platform.run(app))


if __name__ == "__main__":
    main()
