"""What an application does with streams: log events, and process them in consumer groups."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import redis

Event = Mapping[str, Any]
Entry = tuple[bytes, Mapping[bytes, bytes]]
NEW, OWN = b">", b"0"  # entries that nobody has yet, and what this consumer was given and did not acknowledge


class CannotProcess(Exception):
    """The event can not be processed, now or ever."""


def log_event(client: "redis.Redis", key: bytes, name: str, event: Event, *, keep: int) -> None:
    """Appends an event, and lets the server drop the oldest beyond about `keep`. The client may be a pipeline."""
    client.xadd(key, _fields(name, event), maxlen=keep, approximate=True)


def _fields(name: str, event: Event) -> dict[Any, Any]:
    return {"event": name, "data": json.dumps(event, separators=(",", ":"))}


def read_events(client: "redis.Redis", key: bytes, group: bytes, consumer: bytes, **how: Any) -> list[Entry]:
    """Up to `count` entries for a consumer: new ones, or its own again where `source` is OWN."""
    source, count = how.get("source", NEW), how["count"]
    reply: Any = client.xreadgroup(group, consumer, {key: source}, count=count)  # type: ignore[arg-type]  # bytes are fine
    return list(reply.get(key, ())) if reply else []


def process_events(entries: Iterable[Entry], work: Callable[[Mapping[bytes, bytes]], None]) -> list[bytes]:
    """The ids to acknowledge: those whose work was done, and those whose payload is gone."""
    done = []
    for entry_id, fields in entries:
        try:
            if fields:
                work(fields)
        except CannotProcess:
            continue
        done.append(entry_id)
    return done


def work_of_no_effect(fields: Mapping[bytes, bytes]) -> None:
    """The demo's work: reads the event, and refuses one that is marked corrupt."""
    event = json.loads(fields.get(b"data", b"{}"))
    if event.get("corrupt"):
        raise CannotProcess
