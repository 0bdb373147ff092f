"""``python -m tests.faults.skewed MODULE``: a process whose clock is ``CLOCK_SKEW`` seconds ahead.

``CLOCK_STEP``: so many seconds after its start the clock jumps back to the right time, as NTP does it.
The monotonic clock is right all the time, as it is on a real machine.
"""

import os
import runpy
import sys
import threading
from datetime import UTC, datetime, timedelta

import time_machine


def main() -> None:
    """Entry point."""
    ahead = timedelta(seconds=float(os.environ["CLOCK_SKEW"]))
    traveller = time_machine.travel(datetime.now(UTC) + ahead, tick=True)
    traveller.start()
    if after := os.environ.get("CLOCK_STEP"):
        stepping = threading.Timer(float(after), traveller.stop)
        stepping.daemon = True
        stepping.start()
    runpy.run_module(sys.argv[1], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
