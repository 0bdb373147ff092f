"""``python -m tests.faults.skewed MODULE``: a process whose clock is ``CLOCK_SKEW`` seconds ahead.

At SIGUSR1 the clock jumps back to the right time, as NTP does it.
The monotonic clock is right all the time, as it is on a real machine.
"""

import os
import runpy
import signal
import sys
from datetime import UTC, datetime, timedelta

import time_machine


def main() -> None:
    """Entry point."""
    ahead = timedelta(seconds=float(os.environ["CLOCK_SKEW"]))
    traveller = time_machine.travel(datetime.now(UTC) + ahead, tick=True)
    traveller.start()
    signal.signal(signal.SIGUSR1, lambda *_: traveller.stop())
    runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
