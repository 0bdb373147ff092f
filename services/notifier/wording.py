"""Event and surroundings → words for one recipient: subject, paragraphs, details, and one short line."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.runtime import Context

from services.notifier.facts import Around, Branch, Company, Recipient
from services.notifier.moments import language_of, long_moment, short_moment, zone_of
from services.notifier.text import one_line, shown
from shared.contracts.events import OwnEvent

_TEMPLATES: Final = Path(__file__).parent / "templates"
_PROVIDERS: Final = {"calcom": "Cal.com", "retell": "Retell", "stripe": "Stripe"}
_PARAGRAPHS: Final = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Words:
    """What one recipient reads. ``short`` fits an SMS; empty where nobody gets one."""

    subject: str
    paragraphs: tuple[str, ...]
    details: tuple[tuple[str, str], ...]
    short: str
    sender: str

    @property
    def text(self) -> str:
        """The plain text of a mail."""
        lines = "\n".join(f"{label}: {value}" for label, value in self.details)
        foot = f"-- \n{self.sender}" if self.sender else ""
        return "\n\n".join(part for part in (*self.paragraphs, lines, foot) if part) + "\n"

    @property
    def chat(self) -> str:
        """One chat message."""
        return "\n".join((self.subject, *(f"{label}: {value}" for label, value in self.details)))


class Writer:
    """Templates are found by language, audience and event type; a missing one is a bug, not an empty mail."""

    def __init__(self, console: str = "") -> None:
        """``console``: the address operators are pointed to; empty where nobody configured one."""
        self._console = console
        loader = FileSystemLoader(_TEMPLATES)
        # Plain text: the one page that becomes HTML escapes for itself.
        self._plain = Environment(
            loader=loader,
            autoescape=False,  # noqa: S701
            undefined=StrictUndefined,
            finalize=shown,
            trim_blocks=False,
        )
        self._html = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )

    def write(self, event: OwnEvent, around: Around, recipient: Recipient, *, unreachable: bool) -> Words:
        """The words about ``event`` for ``recipient``; ``unreachable``: nobody can write to the customer."""
        name = f"{recipient.language}/{recipient.audience}/{event.type}.j2"
        template = self._plain.get_template(name)
        context = template.new_context(self._values(event, around, recipient, unreachable=unreachable))
        block = partial(_block, template, context)
        return Words(
            subject=one_line(block("subject")),
            paragraphs=tuple(_paragraphs(block("body"))),
            details=tuple(_details(block("details"))),
            short=one_line(block("short")),
            sender=_sender(around),
        )

    def task(self, event: OwnEvent, around: Around) -> str:
        """What the company has to call about, on one line, in its language."""
        language, locale = language_of(around.company.language if around.company else None)
        recipient = Recipient("company", "", language, locale)
        template = self._plain.get_template(f"{language}/task.j2")
        context = template.new_context(self._values(event, around, recipient, unreachable=True))
        return one_line(_block(template, context, "short"))

    def page(self, words: Words, language: str) -> str:
        """The HTML of a mail; every word of it is escaped."""
        return self._html.get_template("page.html.j2").render(
            language=language,
            subject=words.subject,
            paragraphs=words.paragraphs,
            details=words.details,
            sender=words.sender,
        )

    def _values(
        self, event: OwnEvent, around: Around, recipient: Recipient, *, unreachable: bool
    ) -> dict[str, Any]:
        branch = around.branch or Branch(name="")
        provider = str(getattr(event, "provider", ""))
        return {
            "event": event,
            "audience": recipient.audience,
            "company": around.company or Company(id="", name=""),
            "branch": branch,
            "sender": _sender(around),
            "place": place_of(around),
            "console": self._console,
            "provider": _PROVIDERS.get(provider, provider),
            "unreachable": unreachable,
            "moment": self._moment(long_moment, event, around, recipient),
            "short_moment": self._moment(short_moment, event, around, recipient),
        }

    def _moment(
        self, say: Callable[..., str], event: OwnEvent, around: Around, recipient: Recipient
    ) -> Callable[[datetime], str]:
        # The wall clock of the place counts, whichever zone the booker's browser was in.
        zone = zone_of(around.branch.timezone if around.branch else None, getattr(event, "timezone", None))
        return partial(say, language=recipient.language, locale=recipient.locale, zone=zone)


def place_of(around: Around) -> str:
    """``Salon Schön, Hauptstraße 5, 80331 München``, as much of it as we know."""
    name = around.branch.name if around.branch else _sender(around)
    return ", ".join(part for part in (name, around.branch.address if around.branch else "") if part)


def _sender(around: Around) -> str:
    return one_line(around.company.name) if around.company else ""


def _block(template: Template, context: Context, name: str) -> str:
    render = template.blocks.get(name)
    return "" if render is None else "".join(render(context))


def _paragraphs(text: str) -> list[str]:
    return [joined for part in _PARAGRAPHS.split(text) if (joined := " ".join(part.split()))]


def _details(text: str) -> list[tuple[str, str]]:
    pairs = (line.partition(":") for line in text.splitlines())
    return [(label.strip(), value.strip()) for label, _, value in pairs if value.strip()]
