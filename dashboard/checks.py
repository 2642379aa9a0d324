"""Checks of the configuration: what is missing or would leave a door open, by the variable's name and what would be right."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from dashboard.core.payload.masks import parse_mask
from dashboard.core.refusal import Refusal
from dashboard.receivers.networks import parse_networks

_LEAST_SECRET = 50
_RANDOM_HINT = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
_KEY_HINT = "Make one: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"


def _error(number: int, what: str, right: str) -> Error:
    return Error(what, hint=right, id=f"streamgauge.E{number:03}")


@register(Tags.security)
def check_secrets(**_: Any) -> list[CheckMessage]:
    """SECRET_KEY and CREDENTIALS_KEY are there and usable."""
    return [*_secret_key_problems(), *_credentials_key_problems()]


def _secret_key_problems() -> Iterator[Error]:
    try:
        secret = settings.SECRET_KEY
    except ImproperlyConfigured:  # Django's way to say that it is empty
        secret = ""
    if not secret:
        yield _error(1, "SECRET_KEY is not set.", _RANDOM_HINT)
    elif not settings.DEBUG and len(secret) < _LEAST_SECRET:
        yield _error(2, f"SECRET_KEY has {len(secret)} characters; it needs {_LEAST_SECRET}.", _RANDOM_HINT)


def _credentials_key_problems() -> Iterator[Error]:
    if not settings.CREDENTIALS_KEYS and not settings.DEBUG:
        yield _error(3, "CREDENTIALS_KEY is not set; it encrypts the credentials of watched servers.", _KEY_HINT)
    for number, key in enumerate(settings.CREDENTIALS_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            yield _error(4, f"CREDENTIALS_KEY, key {number}, is no Fernet key (32 bytes in base64url).", _KEY_HINT)


@register(Tags.security)
def check_addresses(**_: Any) -> list[CheckMessage]:
    """ORIGINS and ALLOWED_HOSTS name exactly who may serve us."""
    problems: list[CheckMessage] = [
        _error(
            5,
            f"ORIGINS has {origin!r}, which is no whole origin.",
            "Write scheme://host or scheme://host:port without a path or *, as in ORIGINS=https://gauge.example.com.",
        )
        for origin in settings.CSRF_TRUSTED_ORIGINS
        if not _is_whole_origin(origin)
    ]
    if "*" in settings.ALLOWED_HOSTS and not settings.DEBUG:
        right = "Name the hosts that people use, as in ALLOWED_HOSTS=gauge.example.com."
        problems.append(_error(6, "ALLOWED_HOSTS has *, so any name would do.", right))
    return problems


def _is_whole_origin(origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        _ = parts.port
    except ValueError:
        return False
    rest = parts.path + parts.query + parts.fragment
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not rest and not set("*@") & set(parts.netloc)


@register(Tags.security)
def check_channel_layer(**_: Any) -> list[CheckMessage]:
    """Sampler and web server are processes of their own: the channel layer must join them."""
    backend = str(settings.CHANNEL_LAYERS.get("default", {}).get("BACKEND", ""))
    if backend.endswith("InMemoryChannelLayer"):
        right = "Use channels_redis.pubsub.RedisPubSubChannelLayer with our own Redis, REDIS_URL."
        return [_error(7, "CHANNEL_LAYERS is in memory, which ends at one process: no event would arrive.", right)]
    return []


@register(Tags.security)
def check_masks(**_: Any) -> list[CheckMessage]:
    """MASKED_FIELDS holds masks, each of which can be meant."""
    problems: list[CheckMessage] = []
    for mask in settings.MASKED_FIELDS:
        try:
            parse_mask(mask)
        except Refusal as error:
            problems.append(_error(8, f"MASKED_FIELDS has {mask!r}: {error}", "As in MASKED_FIELDS=*password*,$.card."))
    return problems


@register(Tags.security)
def check_notify_networks(**_: Any) -> list[CheckMessage]:
    """NOTIFY_NETWORKS holds networks."""
    try:
        parse_networks(settings.NOTIFY_NETWORKS)
    except ValueError as error:
        return [_error(9, f"NOTIFY_NETWORKS: {error}", "As in NOTIFY_NETWORKS=10.20.0.0/16,192.168.1.7.")]
    return []


def refuse_to_start_misconfigured() -> None:
    """Ends the process with a line for each thing that is wrong, where something is."""
    problems = [*check_secrets(), *check_addresses(), *check_channel_layer(), *check_masks(), *check_notify_networks()]
    if problems:
        raise SystemExit("\n".join(f"streamgauge: {problem.msg} {problem.hint}" for problem in problems))
