"""Branch → system prompt and first sentence. The words are in ``prompts/``, for a person to read and edit.

The templates use ``[[ … ]]`` and ``[% … %]``: ``{{ … }}`` belongs to Retell, which fills it in for each call.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from babel import Locale, UnknownLocaleError
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from services.provisioner.content.closed_days import holidays, special_days
from services.provisioner.content.hours import week
from shared.contracts.branch import Branch, Service
from shared.contracts.voice import Language, emergency_sentence, language_of

#: 1,500 tokens less the fixed text and the hours, at three characters per token.
_SERVICES_BUDGET: Final = 230
_HOLIDAYS_BUDGET: Final = 280
_SPECIAL_DAYS_BUDGET: Final = 120
_STAFF_BUDGET: Final = 110
_EMERGENCY_BUDGET: Final = 200
_ADDRESS_BUDGET: Final = 120
_NAME_BUDGET: Final = 80
_ASSISTANT_BUDGET: Final = 30
_BRACES: Final = re.compile(r"\{\{|\}\}|\[\[|\]\]")

#: Behind a service that nothing at Cal.com books; the template says what it means.
_BY_CALLBACK: Final[dict[Language, str]] = {"de": "nur mit Rückruf", "en": "call back only"}
_MINUTES: Final[dict[Language, str]] = {"de": "Minuten", "en": "minutes"}


def plain(value: Any) -> Any:
    """One line without braces: what an operator typed must neither start a section nor a variable."""
    return " ".join(_BRACES.sub("", value).split()) if isinstance(value, str) else value


_TEMPLATES: Final = Environment(
    loader=PackageLoader("services.provisioner", "prompts"),
    block_start_string="[%",
    block_end_string="%]",
    variable_start_string="[[",
    variable_end_string="]]",
    comment_start_string="[#",
    comment_end_string="#]",
    undefined=StrictUndefined,
    finalize=plain,
    autoescape=False,  # noqa: S701  # plain text for a model, no HTML
    keep_trailing_newline=False,
)


def system_prompt(branch: Branch, today: date, *, asks_consent: bool) -> str:
    """At most 1,500 tokens; services that do not fit are known to the functions all the same.

    The same for every day of a quarter.
    """
    language = language_of(branch.language)
    template = _template(branch, "md.j2")
    return template.render(
        **_everywhere(branch),
        speak=None if template.name == f"{_code(branch)}.md.j2" else _language_name(branch),
        city=branch.address.city[:_NAME_BUDGET],
        timezone=branch.timezone,
        address=branch.address.one_line()[:_ADDRESS_BUDGET],
        hours=week(branch, language),
        holidays=", ".join(_fitting(holidays(branch, today, language), _HOLIDAYS_BUDGET)),
        special_days=", ".join(_fitting(special_days(branch, today, language), _SPECIAL_DAYS_BUDGET)),
        services=_fitting(_services(branch, language), _SERVICES_BUDGET),
        by_callback=None if all(each.is_bookable for each in branch.services) else _BY_CALLBACK[language],
        staff=_fitting((member.name for member in branch.staff), _STAFF_BUDGET),
        transfer=branch.transfer_number is not None,
        notice_hours=branch.cancellation_notice_hours,
        asks_consent=asks_consent,
    )


def first_sentence(branch: Branch, *, asks_consent: bool) -> str:
    """Spoken at once, without the model. It says that an AI speaks (Art. 50 AI Act)."""
    return _template(branch, "greeting.j2").render(**_everywhere(branch), asks_consent=asks_consent)


def suspended_prompt(branch: Branch) -> str:
    """Of an agent whose company has not paid: it books nothing and tells nothing."""
    return _template(branch, "suspended.md.j2").render(**_everywhere(branch))


def suspended_sentence(branch: Branch) -> str:
    """All that such an agent has to say; it, too, says that an AI speaks."""
    return _template(branch, "suspended.greeting.j2").render(**_everywhere(branch))


def filled(text: str, **values: Any) -> str:
    """``text`` with the same marks as the prompts. Raises UndefinedError for a name that is none."""
    return _TEMPLATES.from_string(text).render(**values)


def _template(branch: Branch, kind: str) -> Template:
    """In the branch's language where somebody has written it, else English."""
    return _TEMPLATES.select_template([f"{_code(branch)}.{kind}", f"en.{kind}"])


def _code(branch: Branch) -> str:
    return branch.language.partition("-")[0]


def _language_name(branch: Branch) -> str:
    """``French``; a code that nobody knows stands for itself."""
    try:
        return Locale.parse(_code(branch)).get_display_name("en") or _code(branch)
    except UnknownLocaleError:
        return _code(branch)


def _everywhere(branch: Branch) -> dict[str, str]:
    return {
        "name": branch.name[:_NAME_BUDGET],
        "assistant": (branch.assistant_name or "")[:_ASSISTANT_BUDGET],
        "emergency": emergency_sentence(branch, language_of(branch.language))[:_EMERGENCY_BUDGET],
    }


def _services(branch: Branch, language: Language) -> Iterator[str]:
    """What can be booked first: there may be no room for the rest."""
    ordered = sorted(branch.services, key=lambda each: not each.is_bookable)
    return (_service(each, language) for each in ordered)


def _service(service: Service, language: Language) -> str:
    parts = [f"{service.name}: {service.duration_minutes} {_MINUTES[language]}"]
    if service.price_cents is not None:
        parts.append(_price(service, language))
    if not service.is_bookable:
        parts.append(_BY_CALLBACK[language])
    return ", ".join(parts)


def _price(service: Service, language: Language) -> str:
    euros, cents = divmod(service.price_cents or 0, 100)
    amount = f"{euros},{cents:02d}" if language == "de" else f"{euros}.{cents:02d}"
    return f"{euros if cents == 0 else amount} {'Euro' if service.currency == 'EUR' else service.currency}"


def _fitting(lines: Iterable[str], budget: int) -> list[str]:
    """The first lines that fit into ``budget`` characters."""
    return list(_within(lines, budget))


def _within(lines: Iterable[str], budget: int) -> Iterator[str]:
    for line in lines:
        budget -= len(line)
        if budget < 0:
            return
        yield line
