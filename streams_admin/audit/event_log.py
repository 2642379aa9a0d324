"""The audit as a Redis stream that other systems may read: each entry once, in order, under its own number.

An entry's id there is its number here, so the stream itself says how far it got, refuses what it has, and any number of
writers may try. What was written while that Redis was away follows; it delays no action.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

import redis
from django.conf import settings
from redis import exceptions

from dashboard.core.names import display
from dashboard.core.target import parse_address
from dashboard.redis_io.connect import connect, explain
from streams_admin.audit.entry import AuditEntry
from streams_admin.models import Action

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 500
#: What waits for longer is late.
LATE_AFTER = timedelta(seconds=60)
_SEEN = "streamgauge-audit"


class LogUnreachable(Exception):
    """The event log's Redis does not take entries; the text says why."""


def is_wanted() -> bool:
    """Whether a key is set for it."""
    return bool(settings.AUDIT_STREAM)


def write_due() -> int:
    """Writes entries that the stream has not, at most 500; how many. Raises LogUnreachable, DatabaseError."""
    try:
        with _client() as client:
            entries = list(_waiting(_reached(client)))
            if entries:
                _write(client, entries)
    except (exceptions.RedisError, OSError) as error:
        raise LogUnreachable(explain(error).detail) from error
    return len(entries)


def behind(now: datetime) -> str:
    """What is late of it, in words; empty where nothing is. Raises DatabaseError."""
    if not is_wanted():
        return ""
    try:
        with _client() as client:
            first = _waiting(_reached(client)).first()
    except (exceptions.RedisError, OSError):
        return "the audit's event log cannot be reached"
    if first is None or first.at > now - LATE_AFTER:
        return ""
    return f"the audit's event log is behind since {(now - first.at).total_seconds():.0f} s"


def _client() -> "redis.Redis":
    return connect(parse_address(settings.AUDIT_STREAM_REDIS), timeout_s=2.0, client_name=_SEEN)


def _reached(client: "redis.Redis") -> int:
    try:
        told: Any = client.xinfo_stream(settings.AUDIT_STREAM)
    except exceptions.ResponseError as error:
        if "no such key" in str(error):
            return 0
        raise
    return int(told["last-generated-id"].split(b"-")[0])


def _waiting(reached: int) -> Any:
    return AuditEntry.objects.filter(pk__gt=reached).select_related("action").order_by("pk")[:MOST_AT_ONCE]


def _write(client: "redis.Redis", entries: list[AuditEntry]) -> None:
    pipeline = client.pipeline(transaction=False)
    for entry in entries:
        pipeline.xadd(
            settings.AUDIT_STREAM,
            fields_of(entry),  # type: ignore[arg-type]  # text is fine
            id=f"{entry.pk}-0",
            maxlen=settings.AUDIT_STREAM_LENGTH,
            approximate=True,
        )
    for reply in pipeline.execute(raise_on_error=False):
        # Another writer was faster with this one.
        if isinstance(reply, exceptions.ResponseError) and "equal or smaller" not in str(reply):
            raise reply


def fields_of(entry: AuditEntry) -> dict[str, str]:
    """What stands in the stream: the entry, and what its action is about."""
    action: Action = entry.action
    return {
        "entry": str(entry.pk),
        "at": entry.at.isoformat(timespec="microseconds"),
        "what": entry.what,
        "who": entry.who,
        "address": entry.address,
        "action": str(entry.action_id),
        "kind": action.kind,
        "title": action.title,
        "server": action.server_name,
        "key": display(bytes(action.key)),
        "key_hex": bytes(action.key).hex(),
        "group": display(bytes(action.group)),
        "why": action.why,
        "body": entry.body,
        "previous": entry.previous,
        "hash": entry.hash,
    }
