"""A Chromium for the browser tests: the installed one, else Debian's package unpacked."""

import shutil
from pathlib import Path

from infra.local import debian
from infra.local.cache import cached
from infra.local.errors import LocalError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The libraries and fonts that the machine lacks are beside the browser; the folder can be moved.
_START = """#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
for folder in "$root"/lib/*-linux-gnu* "$root"/usr/lib/*-linux-gnu* "$root"/usr/lib/*-linux-gnu*/*; do
    LD_LIBRARY_PATH="$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
[ -d /etc/fonts ] || export FONTCONFIG_SYSROOT="$root"
exec "$root/usr/lib/chromium/chromium" "$@"
"""
_ADVICE = "install chromium or google-chrome, so that it is on PATH"


def chromium() -> Path:
    """Its start script, fetched the first time (about 110 MB); raises LocalError where there is none."""
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    if not debian.available():
        raise LocalError("No Chromium is on this machine.", _ADVICE)
    try:
        return _unpacked()
    except LocalError as error:
        raise LocalError(f"No Chromium is on this machine, and: {error.what}", _ADVICE) from error


def _unpacked() -> Path:
    return cached(f"chromium-{debian.release()}", _fetch) / "chromium"


def _fetch(folder: Path) -> None:
    print("  fetching Chromium from the packages of this system (once) ...", flush=True)
    apt = debian.Apt(folder / "apt")
    apt.update()
    apt.unpack(apt.missing(["chromium", "fonts-dejavu-core"]), folder / "root")
    shutil.rmtree(folder / "apt")
    start = folder / "chromium"
    start.write_text(_START)
    start.chmod(0o755)
