"""Which streams a server has, by SCAN: a little at a time, and never KEYS."""

import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

import redis

from dashboard.core.glob import matches

_COUNT = 1000  # keys that the server looks at a call: about 0.2 ms of its time


class Discovery(NamedTuple):
    """Streams found, and where to go on; a cursor of 0 says that the walk has come around."""

    keys: set[bytes]
    cursor: int


def discover(
    client: redis.Redis, *, include: Sequence[bytes], exclude: Sequence[bytes], cursor: int = 0, budget_s: float
) -> Discovery:
    """Walks the keyspace from `cursor` for about `budget_s` seconds, at least one step.

    A key counts if it is a stream, matches one of `include` and none of `exclude`. Every key that exists through a whole
    walk is found in it. Raises redis.RedisError where the server fails or denies SCAN.
    """
    # The server can match one pattern itself; several would need a walk each.
    pattern = include[0] if len(include) == 1 else None
    deadline = time.monotonic() + budget_s
    found: set[bytes] = set()
    while True:
        cursor, names = client.scan(cursor=cursor, match=pattern, count=_COUNT, _type="stream")
        found.update(_wanted(cast(list[bytes], names), include if pattern is None else (), exclude))
        if cursor == 0 or time.monotonic() >= deadline:
            return Discovery(found, cursor)


def _wanted(names: Iterable[bytes], include: Sequence[bytes], exclude: Sequence[bytes]) -> list[bytes]:
    return [
        name
        for name in names
        if (not include or any(matches(pattern, name) for pattern in include))
        and not any(matches(pattern, name) for pattern in exclude)
    ]
