"""Every sentence the agent is given: status, German, English, and what the agent does next."""

from typing import Final

from services.voice_tools.handlers.sentences.booking import BOOKING, FREE, QUESTIONS
from services.voice_tools.handlers.sentences.changes import CHANGES
from services.voice_tools.handlers.sentences.dates import DATES
from services.voice_tools.handlers.sentences.finding import FINDING
from services.voice_tools.handlers.sentences.others import APPOINTMENTS, OTHERS
from services.voice_tools.handlers.sentences.services import SERVICES
from services.voice_tools.handlers.sentences.stale import STALE
from services.voice_tools.handlers.sentences.waiting import WAITING

SENTENCES: Final[dict[str, tuple[str, str, str, str]]] = {
    **FREE,
    **QUESTIONS,
    **DATES,
    **BOOKING,
    **APPOINTMENTS,
    **FINDING,
    **CHANGES,
    **OTHERS,
    **SERVICES,
    **STALE,
    **WAITING,
}
