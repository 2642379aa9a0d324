"""How often a server was told to add an entry, by its own count: more than that was added to none of its streams."""

import re

from redis.exceptions import NoPermissionError

from dashboard.redis_io.wire import Reply, pack

_ASK = pack(b"INFO", b"commandstats")
_CALLS = re.compile(rb"^cmdstat_xadd:calls=(\d+)", re.MULTILINE)


class XaddCalls:
    """Asks with every sweep, for a bound holds only from one sweep to the next; once denied, never again."""

    def __init__(self) -> None:
        self.ask = _ASK  # b"" where asking again would only fill the server's ACL LOG

    def told(self, reply: Reply) -> int | None:
        """The calls since the server's start; None where it does not tell."""
        if isinstance(reply, NoPermissionError):
            self.ask = b""
        if not isinstance(reply, bytes):
            return None
        found = _CALLS.search(reply)
        return int(found[1]) if found else 0
