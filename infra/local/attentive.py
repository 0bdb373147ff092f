"""`python -m infra.local.attentive ...`: supervisord, which looks after its processes ten times a second.

By itself it looks once a second and needs two looks to start a crashed process again: that adds up to two
seconds to the time a server is away.
"""

import sys
from typing import Any

from supervisor.options import ServerOptions
from supervisor.supervisord import go

_LOOK_EVERY = 0.1


class AttentivePoller:
    """The poller of supervisord, which returns sooner; everything else is passed on."""

    def __init__(self, poller: Any) -> None:
        self._poller = poller

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poller, name)

    def poll(self, timeout: float) -> Any:
        """Readable and writable descriptors, at most 0.1 s from now."""
        return self._poller.poll(min(timeout, _LOOK_EVERY))


def main(arguments: list[str]) -> None:
    """Run supervisord with these arguments until it is told to end."""
    options = ServerOptions()
    options.poller = AttentivePoller(options.poller)
    options.realize(arguments)
    options.first = True
    options.test = False
    go(options)


if __name__ == "__main__":
    main(sys.argv[1:])
