"""Where a watched server is and how we sign in to it, without any client library."""

from enum import StrEnum
from urllib.parse import unquote, urlsplit

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
    parts = urlsplit(text.strip())
    if parts.scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("An address starts with redis://, rediss:// or unix://, for example redis://127.0.0.1:6379/0.")
    credentials = {"username": unquote(parts.username or ""), "password": unquote(parts.password or "")}
    if parts.scheme == "unix":
        path = unquote((parts.hostname or "") + parts.path)
        if not path.startswith("/"):
            raise ValueError("A unix address names the socket's whole path, for example unix:///run/redis/redis.sock.")
        database = parts.query.removeprefix("db=") if parts.query else "0"
        return Target(scheme="unix", path=path, db=_database(database), **credentials)
    try:
        host, port = parts.hostname or "", parts.port or 6379
    except ValueError:
        raise ValueError("The port is a number from 1 to 65535, for example redis://127.0.0.1:6379/0.") from None
    if not host:
        raise ValueError("The address names no host, for example redis://127.0.0.1:6379/0.")
    return Target(scheme=parts.scheme, host=host, port=port, db=_database(parts.path.strip("/") or "0"), **credentials)


def _database(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError("The database is a number, as in redis://127.0.0.1:6379/0 or unix:///run/redis.sock?db=0.")
    return int(text)
