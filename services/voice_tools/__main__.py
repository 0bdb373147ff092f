"""``python -m services.voice_tools``."""

import uvloop

from services.voice_tools.app import build
from services.voice_tools.settings import VoiceSettings
from shared.settings import load


def main() -> None:
    """Entry point."""
    platform, app = build(load(VoiceSettings))
    uvloop.run(platform.run(app))


if __name__ == "__main__":
    main()
