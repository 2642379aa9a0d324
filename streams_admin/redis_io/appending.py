"""Entries are added to a stream once, however often it is tried: each batch in a script with a marker beside the stream."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import redis
from django.utils import timezone
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

    def reached(self) -> tuple[str, int]:
        """The source's id up to which an earlier attempt got, empty where there was none, and how many it added. Raises Failed."""
        try:
            self._said = self._client.get(self._keys[1]) or b""  # type: ignore[assignment]  # bytes, undecoded
        except (exceptions.RedisError, OSError) as error:
            raise Failed(explain(error).detail) from error
        entry_id, _, added = self._said.decode().partition(" ")
        return entry_id, int(added or 0)

    def check_known(self, *, began: datetime, had_added: bool) -> None:
        """For a run that goes on: without a marker, what an earlier one added is known only if none can have gone. Raises Failed."""
        if not self._said and (had_added or timezone.now() - began >= timedelta(seconds=KEPT_S)):
            raise Failed(
                "The marker that said how far this got is gone, as it is a day after the last batch. Nothing more was added,"
                " for it might be added twice: make a new plan for what is missing."
            )

    def append(self, entries: Sequence[Fields], *, up_to: str, added: int) -> None:
        """Adds entries and says so. Raises Aborted, Failed, Unanswered."""
        says = f"{up_to} {added}".encode()
        words: list[Argument] = []
        for fields in entries:
            words += [len(fields), *fields]
        run(self._client, _APPEND_MANY, self._keys, self._run_id, self._said, says, KEPT_S, *words)
        self._said = says
