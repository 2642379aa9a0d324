"""What a server may refuse without being any less sampled."""

from collections.abc import Callable
from typing import TypeVar

import redis

_T = TypeVar("_T")


def optional(call: Callable[[], _T]) -> _T | None:
    """What the call returns; None where our user may not run its command."""
    try:
        return call()
    except redis.ResponseError:
        return None
