"""A drill: a stream is backed up, restored elsewhere and compared with the file there, and nothing of it stays."""

import secrets
import tempfile
import time
from pathlib import Path

import msgspec
import redis

from streams_admin.backup.comparing import Comparison, compare, compare_entries
from streams_admin.backup.format import Reader
from streams_admin.backup.rebuilding import rebuild
from streams_admin.backup.shelf import being_written
from streams_admin.backup.taking import Taken, take
from streams_admin.beside import key_beside
from streams_admin.redis_io.whole import Builder, read_server


class Drill(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. `restored` is compared in full; of `source` only the entries, for it lives on."""

    taken: Taken
    size: int  # bytes of the file
    took_s: float
    restore_s: float
    compare_s: float
    restored: Comparison
    source: Comparison

    @property
    def passed(self) -> bool:
        """Whether a restore would have brought everything back."""
        return self.restored.equal and not self.source.unequal


def drill(
    source: "redis.Redis", key: bytes, elsewhere: "redis.Redis", *, server: str, is_cluster: bool, folder: Path | None
) -> Drill:
    """Goes all the way, and removes the file and the copy in the end. Raises Aborted, Failed, Unanswered, Damaged, OSError.

    `elsewhere` may be the same server: the copy has a key of its own, which goes by itself after a day should we end.
    """
    copy = key_beside(key, secrets.token_hex(6), is_cluster=is_cluster)
    with tempfile.TemporaryDirectory(dir=folder, prefix="streamgauge-drill-") as room:
        path = Path(room) / "drill"
        began = time.perf_counter()
        with being_written(path) as file:
            taken = take(source, key, file, server=server, step=_nothing)
        took = time.perf_counter()
        try:
            with path.open("rb") as file:
                rebuild(elsewhere, Reader(file), copy, read_server(elsewhere), _nothing)
            rebuilt = time.perf_counter()
            with path.open("rb") as file:
                restored = compare(elsewhere, Reader(file), copy)
            compared = time.perf_counter()
            with path.open("rb") as file:
                there = compare_entries(source, Reader(file), key)
        finally:
            Builder(elsewhere, copy).drop()
        return Drill(
            taken=taken,
            size=path.stat().st_size,
            took_s=took - began,
            restore_s=rebuilt - took,
            compare_s=compared - rebuilt,
            restored=restored,
            source=there,
        )


def _nothing(_: object) -> None:
    pass
