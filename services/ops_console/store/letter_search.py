"""A text in dead letters, without a pass over all of them.

A common word is among the newest letters: they are read. A rare one is not, and then the trigram index has
few rows to offer. Neither way costs more with a million letters than with ten thousand.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, any_, bindparam, exists, or_, select, text

from services.ops_console.store.refusals import NotSoundError
from shared.db.tables import DeadLetterText, Delivery

#: First a few, then the rest: reading them takes some ten milliseconds. What does not fill a page with them
#: is in less than one of a hundred letters: ten thousand of a million, which the index finds.
NEWEST: Final = (300, 4_700)
#: Three characters make a trigram; with less the index would have to be read whole.
_SHORTEST: Final = 3
#: The planner guesses how common a word is, and a wrong guess would read every text there is.
BY_INDEX: Final = text("set local enable_seqscan = off")


def checked(wanted: str) -> str:
    """Raises NotSoundError where it is too short to be looked for."""
    if len(wanted) < _SHORTEST:
        raise NotSoundError(f"Search for at least {_SHORTEST} characters.")
    return wanted


def holds(wanted: str) -> ColumnElement[bool]:
    """Whether a letter's text has ``wanted``, whatever the case."""
    return DeadLetterText.text.icontains(wanted, autoescape=True)


def has_text(wanted: str) -> ColumnElement[bool]:
    """As a condition on deliveries, for what is done to all that are found."""
    return exists().where(DeadLetterText.delivery_id == Delivery.id, holds(wanted))


def in_error(wanted: str) -> ColumnElement[bool]:
    """Whether class or message of the error have ``wanted``."""
    places = (Delivery.error["class"].astext, Delivery.error["message"].astext)
    return or_(*(place.icontains(wanted, autoescape=True) for place in places))


def among(ids: Sequence[int], search: str | None, error: str | None) -> Select[Any]:
    """Those of ``ids`` whose text has ``search`` and whose error has ``error``."""
    chosen = bindparam("ids", ids, type_=ARRAY(BigInteger), unique=True)
    texts = select(DeadLetterText.delivery_id).where(DeadLetterText.delivery_id == any_(chosen))
    if error is None:
        return texts.where(holds(str(search)))
    letters = select(Delivery.id).where(Delivery.id == any_(chosen), in_error(error))
    return letters if search is None else letters.where(Delivery.id.in_(texts.where(holds(search))))


def by_index(*texts: str) -> Select[Any]:
    """The letters whose text has all of ``texts``, from the trigram index."""
    hits = (
        select(DeadLetterText.delivery_id).where(*map(holds, texts)).cte("hits").prefix_with("materialized")
    )
    return select(Delivery).join(hits, hits.c.delivery_id == Delivery.id)
