"""Fields of our own."""

from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

if TYPE_CHECKING:  # Django's fields take type arguments for the type checker alone
    _TextField = models.TextField[str, str]
else:
    _TextField = models.TextField


def _cipher() -> MultiFernet:
    if not settings.CREDENTIALS_KEYS:
        raise ImproperlyConfigured(
            "CREDENTIALS_KEY is not set, so no credential can be stored or read. Make one with `make key`."
        )
    return MultiFernet([Fernet(key) for key in settings.CREDENTIALS_KEYS])


class EncryptedTextField(_TextField):
    """Text that stands encrypted in the database, with a key from the environment. Empty stays empty.

    Raises ImproperlyConfigured where the key is missing or is not the one that the value was encrypted with.
    """

    def get_prep_value(self, value: Any) -> Any:
        """The value as the database keeps it."""
        return _cipher().encrypt(value.encode()).decode("ascii") if value else ""

    def from_db_value(self, value: str | None, *_: object) -> str:
        """The value as it was given."""
        if not value:
            return ""
        try:
            return _cipher().decrypt(value.encode("ascii")).decode()
        except InvalidToken:
            raise ImproperlyConfigured(
                "CREDENTIALS_KEY is not the key that a stored credential was encrypted with."
            ) from None
