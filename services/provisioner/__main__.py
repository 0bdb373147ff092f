"""``python -m services.provisioner``."""

import uvloop

from services.provisioner.app import build
from services.provisioner.settings import Settings
from shared.settings import load


def main() -> None:
    """Entry point."""
    platform, app = build(load(Settings))
    uvloop.run(platform.run(app))


if __name__ == "__main__":
    main()
