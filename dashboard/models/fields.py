"""Fields of our own."""

from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

if TYPE_CHECKING:  # Django's fields take type arguments for the type checker alone
    _TextField = models.TextField[str, str]
    _URLField = models.URLField[str, str]
else:
    _TextField = models.TextField
    _URLField = models.URLField


class LinkField(_URLField):
    """An address to follow; one without a scheme is taken for https in forms, as Django will do from 6.0 on."""

    def formfield(self, **kwargs: Any) -> Any:
        """The form's field."""
        return super().formfield(assume_scheme="https", **kwargs)


def _cipher() -> MultiFernet:
    if not settings.CREDENTIALS_KEYS:
        raise ImproperlyConfigured(
            "CREDENTIALS_KEY is not set, so no credential can be stored or read. Make one with `make key`."
        )
    try:
        return MultiFernet([Fernet(key) for key in settings.CREDENTIALS_KEYS])
    except ValueError:
        raise ImproperlyConfigured("CREDENTIALS_KEY is not a key. Make one with `make key`.") from None


class Unreadable(str):
    """An encrypted value that our key does not open, as it stands in the database. Saving it again keeps it."""

    __slots__ = ()


def readable(value: str) -> str:
    """The value as it was given; "" where our key does not open it."""
    return "" if isinstance(value, Unreadable) else value


class EncryptedTextField(_TextField):
    """Text that stands encrypted in the database, with a key from the environment. Empty stays empty.

    Reads as `Unreadable` where the key is missing or another one, so that one lost key does not take the registry
    along. Writing raises ImproperlyConfigured where there is no key.
    """

    def get_prep_value(self, value: Any) -> Any:
        """The value as the database keeps it."""
        if isinstance(value, Unreadable):
            return str(value)
        return _cipher().encrypt(value.encode()).decode("ascii") if value else ""

    def from_db_value(self, value: str | None, *_: object) -> str:
        """The value as it was given."""
        if not value:
            return ""
        try:
            return _cipher().decrypt(value.encode("ascii")).decode()
        except (ImproperlyConfigured, InvalidToken):
            return Unreadable(value)

    def value_to_string(self, obj: models.Model) -> str:
        """Nothing: a dump of the database must not carry a credential."""
        return ""
