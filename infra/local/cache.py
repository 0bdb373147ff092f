"""The folder in which what was downloaded is kept for every checkout of this user."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.errors import LocalError


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/askpro`; where that has a space, a nuisance to Erlang, one in /var/tmp."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path("~").expanduser() / ".cache")
    wanted = Path(base) / "askpro"
    folder = wanted if _usable(wanted) else Path(f"/var/tmp/askpro-{os.geteuid()}")  # noqa: S108 - owner is checked below
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_uid != os.geteuid():
        raise LocalError(
            f"{folder} belongs to somebody else.", "set XDG_CACHE_HOME to a folder of yours without a space"
        )
    return folder


def cached(name: str, build: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache, filled by `build` the first time.

    Several checkouts may ask at once: one builds, the others wait. What a crash left half-built is discarded.
    """
    finished = cache_folder() / name
    with _locked(finished.with_name(f".{name}.lock")):
        if not finished.exists():
            unfinished = finished.with_name(f".{name}.new")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            build(unfinished)
            unfinished.rename(finished)
    return finished


def without_space(folder: Path) -> Path:
    """The folder, or a link to it whose path has no space, for programs that would split it."""
    if not any(character.isspace() for character in str(folder)):
        return folder
    link = cache_folder() / "links" / hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    link.parent.mkdir(exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(folder)
    return link


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _usable(folder: Path) -> bool:
    if any(character.isspace() for character in str(folder)):
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
