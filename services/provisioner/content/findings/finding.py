"""One finding, and the last one of a check, which says of all."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.provisioner.content.findings.sentences import ADVICE, FOUND


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in both languages."""

    de: str
    en: str


@dataclass(frozen=True, slots=True)
class Finding:
    """``ok`` None: not found out. ``advice``: what a person can do."""

    name: str
    ok: bool | None
    found: Said
    advice: Said | None = None


def about(name: str, key: str, *, ok: bool | None, advice: str | None = None, **values: object) -> Finding:
    """The sentences ``key`` and ``advice`` of the tables, filled in."""
    told = None if advice is None else _said(ADVICE[advice], values)
    return Finding(name, ok, _said(FOUND[key], values), told)


def verdict_of(results: Sequence[bool | None]) -> Finding:
    """Good where all are; bad where one is; else nobody can say."""
    bad, open_ = results.count(False), results.count(None)
    if bad:
        return about("verdict", "verdict_bad", ok=False, bad=bad, all=len(results))
    if open_:
        return about("verdict", "verdict_open", ok=None, advice="again", open=open_, all=len(results))
    return about("verdict", "verdict_good", ok=True, all=len(results))


def _said(pair: tuple[str, str], values: dict[str, object]) -> Said:
    return Said(pair[0].format_map(values), pair[1].format_map(values))
