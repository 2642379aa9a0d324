"""Entries are added to a stream once, however often it is tried: each batch in a script with a marker beside the stream."""

from collections.abc import Sequence

import redis
from redis import exceptions

from dashboard.redis_io.connect import explain
from streams_admin.beside import KEPT_S
from streams_admin.redis_io.scripts import Argument, Failed, load, run

_APPEND_MANY = load("append_many")

Fields = list[bytes]  # [field, value, …]


class Appender:
    """Adds to `stream`. The marker says up to which entry of the source that was done, and how many were added by then."""

    def __init__(self, client: "redis.Redis", stream: bytes, marker: bytes, *, run_id: str) -> None:
        self._client, self._keys, self._run_id = client, (stream, marker), run_id
        self._said = b""

    def reached(self) -> tuple[str, int] | None:
        """The source's id up to which an earlier attempt got, and how many it added; None where there is no marker. Raises Failed."""
        try:
            self._said = self._client.get(self._keys[1]) or b""  # type: ignore[assignment]  # bytes, undecoded
        except (exceptions.RedisError, OSError) as error:
            raise Failed(explain(error).detail) from error
        entry_id, _, added = self._said.decode().partition(" ")
        return (entry_id, int(added)) if self._said else None

    def begin(self) -> None:
        """Makes the marker, before anything is added. Raises Aborted, Failed, Unanswered."""
        self.append((), up_to="", added=0)

    def append(self, entries: Sequence[Fields], *, up_to: str, added: int) -> None:
        """Adds entries and says so. Raises Aborted, Failed, Unanswered."""
        says = f"{up_to} {added}".encode()
        words: list[Argument] = []
        for fields in entries:
            words += [len(fields), *fields]
        run(self._client, _APPEND_MANY, self._keys, self._run_id, self._said, says, KEPT_S, *words)
        self._said = says
