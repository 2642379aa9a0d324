"""Origins: a page may open our websocket only where it came from us, by scheme, host and port.

Browsers send cookies with a websocket from any page and know no same-origin rule for it, so this check is what keeps
another site from watching with an operator's session.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
_PORTS = {"http": 80, "https": 443}


class SameOriginOnly:
    """Refuses the handshake (403) unless its Origin is one of ORIGINS or, where none is set, the address it came to."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if _is_ours(scope):
            await self.application(scope, receive, send)
        else:
            await refuse(scope, receive, send)


async def refuse(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answers a handshake with 403."""
    await receive()
    await send({"type": "websocket.close"})


def _is_ours(scope: dict[str, Any]) -> bool:
    given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"]
    origin = normal_origin(given[0]) if len(given) == 1 else None
    return origin is not None and origin in _allowed(scope)


def _allowed(scope: dict[str, Any]) -> set[str | None]:
    if settings.CSRF_TRUSTED_ORIGINS:
        return {normal_origin(origin) for origin in settings.CSRF_TRUSTED_ORIGINS}
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get(b"host", "")
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return set()
    return {normal_origin(f"{_scheme(scope, headers)}://{host}")}


def _scheme(scope: dict[str, Any], headers: dict[bytes, str]) -> str:
    if settings.SECURE_PROXY_SSL_HEADER:
        name, expected = settings.SECURE_PROXY_SSL_HEADER
        header = name.removeprefix("HTTP_").replace("_", "-").lower().encode()
        return "https" if headers.get(header) == expected else "http"
    # daphne tells no scheme. A secure cookie has come to us by https or not at all.
    secure = settings.SESSION_COOKIE_SECURE if "scheme" not in scope else scope["scheme"] in ("wss", "https")
    return "https" if secure else "http"


def normal_origin(text: str) -> str | None:
    """scheme://host:port in small letters, its default port named; None for anything that is no such origin."""
    try:
        parts = urlsplit(text.strip().lower())
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "*" in parts.netloc or "@" in parts.netloc:
        return None
    if parts.path or parts.query or parts.fragment:
        return None
    return f"{parts.scheme}://{parts.hostname}:{port}"
