"""What a node says it is. A node that was master may be none any more, so whoever needs one asks it itself."""

from enum import StrEnum

import msgspec
import redis
from redis.exceptions import ResponseError

from dashboard.redis_io.wire import Reply, borrowed, exchange, pack


class Role(StrEnum):
    """What a process is in its deployment."""

    MASTER = "master"
    REPLICA = "replica"
    SENTINEL = "sentinel"
    UNKNOWN = "unknown"  # it may not tell us


class Standing(msgspec.Struct, frozen=True):
    """A node's role; `in_step` is a replica's link to its master, None where it does not tell or is none."""

    role: Role
    in_step: bool | None = None


_QUESTIONS = (pack(b"ROLE"), pack(b"HELLO"))  # every user may say HELLO, which knows nothing of the link
_ROLES = {b"master": Role.MASTER, b"slave": Role.REPLICA, b"replica": Role.REPLICA, b"sentinel": Role.SENTINEL}


def read_standing(client: redis.Redis) -> Standing:
    """What the node says it is, by ROLE, or by HELLO where ROLE is denied. Raises redis.RedisError or OSError."""
    with borrowed(client) as connection:
        role, hello = exchange(connection, _QUESTIONS)
    if isinstance(role, list):
        kind = _ROLES.get(role[0], Role.UNKNOWN)
        return Standing(kind, role[3] == b"connected" if kind is Role.REPLICA else None)
    return Standing(_greeted(hello))


def _greeted(hello: Reply | ResponseError) -> Role:
    if not isinstance(hello, list):
        return Role.UNKNOWN
    said = dict(zip(hello[::2], hello[1::2], strict=False))
    return _ROLES.get(said.get(b"role", b""), Role.UNKNOWN)
