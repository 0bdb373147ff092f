"""Whether a pooled connection still lives: asked after it has rested, not before each use."""

import time
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError

#: Under load one is used again within milliseconds; asking each time costs half of a short transaction.
#: One that died since makes its transaction fail as "away": the delivery is held, and made again.
_TRUSTED_SECONDS: Final = 1.0
_USED: Final = "used"


def ask_after_a_rest(engine: Engine) -> None:
    """Replace connections that died while they rested, all of them when one did."""

    @event.listens_for(engine, "checkin")
    def _note(_: Any, record: Any) -> None:
        record.info[_USED] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(connection: Any, record: Any, _: Any) -> None:
        if time.monotonic() - record.info.get(_USED, float("inf")) > _TRUSTED_SECONDS:
            _must_answer(engine, connection)


def _must_answer(engine: Engine, connection: Any) -> None:
    try:
        engine.dialect.do_ping(connection)
    except (engine.dialect.loaded_dbapi.Error, DBAPIError, OSError) as error:
        raise InvalidatePoolError from error
