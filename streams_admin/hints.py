"""Hints at secrets: enough to tell two addresses apart, never what opens them."""

from urllib.parse import urlsplit

from dashboard.models.fields import Unreadable

_MOST = 3


def hint_of(kind: str, address: str) -> str:
    """What may be shown of a receiver's address: hosts of URLs, domains of email addresses, services of apprise."""
    if isinstance(address, Unreadable):
        return ""
    lines = [line.strip() for line in address.splitlines() if line.strip()]
    shown = [_hint(kind, line) for line in lines[:_MOST]]
    return ", ".join(shown) + (" …" if len(lines) > _MOST else "")


def _hint(kind: str, line: str) -> str:
    if kind == "email":
        return f"…@{line.rpartition('@')[2].rstrip('>')}" if "@" in line else "…"
    scheme, colon, _rest = line.partition("://")
    if not colon:
        return "…"
    if kind == "apprise":
        return f"{scheme}://…"  # what looks like its host is a token, for most services
    try:
        where = urlsplit(line)
        host, port = where.hostname or "", where.port
    except ValueError:
        return f"{scheme}://…"
    return f"{scheme}://{host}{f':{port}' if port else ''}/…"
