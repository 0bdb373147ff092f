"""``python -m services.webhook_ingest``."""

import uvloop

from services.webhook_ingest.app import build
from services.webhook_ingest.settings import IngestSettings
from shared.settings import load


def main() -> None:
    """Entry point."""
    platform, app = build(load(IngestSettings))
    uvloop.run(platform.run(app))


if __name__ == "__main__":
    main()
