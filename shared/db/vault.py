"""Credentials at rest: sealed by the first key, opened by any; a rotation adds a key in front."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from shared.errors import PermanentError


class SealedByUnknownKeyError(PermanentError):
    """The value was sealed by a key that is not in ENCRYPTION_KEYS."""


class Vault:
    """Fernet (AES-128-CBC, HMAC-SHA256). Keys are 32 bytes in URL-safe base64."""

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        """Raises ValueError naming the position of a key that is none."""
        self._fernet = MultiFernet([_fernet(key, place) for place, key in enumerate(keys, start=1)])

    def seal(self, secret: str) -> bytes:
        """Encrypt; the same secret looks different each time."""
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        """Decrypt.

        Raises:
            SealedByUnknownKeyError: none of our keys fits.
        """
        with _our_keys():
            return self._fernet.decrypt(sealed).decode()

    def seal_anew(self, sealed: bytes) -> bytes:
        """The same secret, sealed by the first key. Raises SealedByUnknownKeyError."""
        with _our_keys():
            return self._fernet.rotate(sealed)

    def open_optional(self, sealed: bytes | None) -> str | None:
        """``open``, None for None."""
        return None if sealed is None else self.open(sealed)


@contextmanager
def _our_keys() -> Iterator[None]:
    try:
        yield
    except InvalidToken as error:
        raise SealedByUnknownKeyError(
            "A credential was sealed by a key that is missing in ENCRYPTION_KEYS: append that key."
        ) from error


def _fernet(key: SecretStr, place: int) -> Fernet:
    try:
        return Fernet(key.get_secret_value())
    except ValueError as error:
        raise ValueError(
            f"ENCRYPTION_KEYS: key {place} is not 32 bytes in URL-safe base64; make one with "
            "`python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'`"
        ) from error
