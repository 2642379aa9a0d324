"""Where a watched server is and how we sign in to it, without any client library."""

from enum import StrEnum
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec


class Topology(StrEnum):
    """How a deployment answers: one process, a master found through Sentinels, or slots over several masters."""

    STANDALONE = "standalone"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a connection needs. `repr` leaves the password out, so that it can stand in a log."""

    scheme: str  # redis, rediss or unix
    host: str = ""
    port: int = 6379
    path: str = ""  # of a unix socket
    db: int = 0
    username: str = ""
    password: str = ""
    topology: Topology = Topology.STANDALONE
    master_name: str = ""  # what the Sentinels call it

    @property
    def address(self) -> str:
        """The address without credentials, as it stands in the registry."""
        if self.scheme == "unix":
            return f"unix://{self.path}" + (f"?db={self.db}" if self.db else "")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}/{self.db}"

    def __repr__(self) -> str:
        return f"Target({self.address})"


def parse_address(text: str) -> Target:
    """Reads redis://, rediss:// and unix:// addresses, with or without credentials.

    Raises ValueError with a sentence that names what is wrong and what would be right; it never quotes a password.
    """
    try:
        parts = urlsplit(text.strip())
    except ValueError:  # its own words may quote the whole address
        raise ValueError(f"The address cannot be read; {_EXAMPLE}") from None
    if parts.scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("An address starts with redis://, rediss:// or unix://, for example redis://127.0.0.1:6379/0.")
    target = _unix(parts) if parts.scheme == "unix" else _network(parts)
    return msgspec.structs.replace(
        target, username=unquote(parts.username or ""), password=unquote(parts.password or "")
    )


def _unix(parts: SplitResult) -> Target:
    path = unquote((parts.hostname or "") + parts.path)
    if not path.startswith("/"):
        raise ValueError("A unix address names the socket's whole path, for example unix:///run/redis/redis.sock.")
    return Target(scheme="unix", path=path, db=_database(_option(parts.query) or "0"))


def _network(parts: SplitResult) -> Target:
    if not parts.hostname:
        raise ValueError(f"The address names no host; {_EXAMPLE}")
    database = parts.path.strip("/") or _option(parts.query) or "0"
    return Target(scheme=parts.scheme, host=parts.hostname, port=_port(parts), db=_database(database))


_EXAMPLE = "it looks like redis://127.0.0.1:6379/0. In a password, write / as %2F, @ as %40, # as %23 and % as %25."


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError(f"The port is a number from 1 to 65535; {_EXAMPLE}")
    return port or 6379


def _option(query: str) -> str:
    if query and not query.startswith("db="):
        raise ValueError("After the ? an address takes only db=, the number of the database.")
    return query.removeprefix("db=")


def _database(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError("The database is a number, as in redis://127.0.0.1:6379/0 or unix:///run/redis.sock?db=0.")
    return int(text)
