"""Things that may be gone: deleted by hand at the provider, or by an attempt whose answer was lost."""

from collections.abc import Awaitable
from typing import Final, TypeVar

from shared.errors import CredentialRejectedError, NotFoundError, ProviderRefusedError

#: Not there, or somebody else's.
_NOT_OURS_ANY_MORE: Final = frozenset({403, 404})

T = TypeVar("T")


async def existing(asked: Awaitable[T]) -> T | None:
    """The answer, None where the provider does not know the thing."""
    try:
        return await asked
    except NotFoundError:
        return None


async def delete_known(asked: Awaitable[None]) -> None:
    """Delete what we have the id of: gone already is as good, and so is the account of a key before this."""
    try:
        await asked
    except CredentialRejectedError:
        raise
    except ProviderRefusedError as error:
        if error.status not in _NOT_OURS_ANY_MORE:
            raise
