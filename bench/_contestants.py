"""The contestants of bench.sweep and bench.fat: each is given its server and returns its turn. Each lives in a process of its own."""

import asyncio
import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import hiredis
import redis

from tests.servers import Kind, RedisServer, free_port, install_debian, wait_until

CHUNK = 500  # streams whose commands travel together
GROUPS = (b"billing", b"audit")
EXPORTER = "prometheus-redis-exporter"
Parts = dict[str, float]
#: One round; returns the processor's seconds in its parts.
Turn = Callable[[], Parts]
#: Ten thresholds for every stream, or each group of it: none of them is breached.
_LIMITS = (
    *(("lag", 1e9), ("lag", 2e9), ("length", 1e9), ("length", 2e9), ("added_per_s", 1e9)),
    *(("pending", 1e9), ("pending", 2e9), ("time_lag_s", 1e9), ("memory_bytes", 1e15), ("no_data_s", 60.0)),
)
SIMPLE: tuple[dict[str, Any], ...] = tuple({"metric": metric, "warning_limit": limit} for metric, limit in _LIMITS)


#: Ten of every sort: also over a window, of consumers, of states, and one of the server.
MIXED: tuple[dict[str, Any], ...] = (
    {"metric": "lag", "warning_limit": 1e9, "critical_limit": 2e9, "hold_s": 30},
    {"metric": "lag", "warning_limit": 1e9, "function": "average", "window_s": 300, "key_pattern": "bench:orders:00*"},
    {"metric": "time_lag_s", "warning_limit": 1e9, "key_pattern": "bench:*", "key_excludes": "bench:orders:9*"},
    {"metric": "pending", "warning_limit": 1e9, "group_pattern": "b*"},
    {"metric": "oldest_pending_s", "warning_limit": 1e9},
    {"metric": "group_state_s", "warning_limit": 300, "states": ["stalled", "stopped"]},
    {"metric": "added_per_s", "warning_limit": 1e9},
    {"metric": "no_data_s", "critical_limit": 60},
    {"metric": "consumer_idle_s", "warning_limit": 1e9},
    {"metric": "server_memory_percent", "warning_limit": 101},
)


def key(number: int) -> bytes:
    """The name of the n-th stream."""
    return b"bench:orders:%05d" % number


def raw_floor(url: str, streams: int) -> Turn:
    """A socket, hiredis' reader, nothing done with the replies."""
    sock = socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1].split("/")[0])))
    reader = hiredis.Reader()
    chunks = [range(start, min(start + CHUNK, streams)) for start in range(0, streams, CHUNK)]
    packed = [b"".join(_packed(number) for number in chunk) for chunk in chunks]

    def turn() -> Parts:
        for commands, chunk in zip(packed, chunks, strict=True):
            sock.sendall(commands)
            waiting = 2 * len(chunk)
            while waiting:
                reader.feed(sock.recv(65536))
                while waiting and reader.gets() is not False:
                    waiting -= 1
        return {}

    return turn


def _packed(number: int) -> bytes:
    name = key(number)
    return b"".join(
        b"*3\r\n$5\r\nXINFO\r\n$6\r\n%s\r\n$%d\r\n%s\r\n" % (w, len(name), name) for w in (b"GROUPS", b"STREAM")
    )


def our_sweep(url: str, streams: int) -> Turn:
    """`redis_io.sweep`: samples of every stream."""
    from dashboard.core.target import parse_address
    from dashboard.live.sampling.collector import calm_collector
    from dashboard.redis_io.connect import connect
    from dashboard.redis_io.sweep import sweep

    client, keys = connect(parse_address(url)), [key(number) for number in range(streams)]
    calm_collector()

    def turn() -> Parts:
        assert len(sweep(client, keys).streams) == streams
        return {}

    return turn


def pipeline(url: str, streams: int) -> Turn:
    """What most programs do: xinfo_stream and xinfo_groups in redis-py pipelines."""
    client = redis.Redis.from_url(url)

    def turn() -> Parts:
        for start in range(0, streams, CHUNK):
            batch = client.pipeline(transaction=False)
            for number in range(start, min(start + CHUNK, streams)):
                batch.xinfo_stream(key(number))
                batch.xinfo_groups(key(number))
            batch.execute()
        return {}

    return turn


def exporter(url: str, streams: int) -> Turn:
    """Debian's prometheus-redis-exporter, one scrape of the same streams; its processor's time stands in the parts."""
    program = shutil.which(EXPORTER)
    if program is None:
        install_debian(EXPORTER)
        program = shutil.which(EXPORTER) or EXPORTER
    port = free_port()
    options = ["--redis.addr", url, "--web.listen-address", f"127.0.0.1:{port}", "--check-streams", "db0=bench:*"]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(process.kill)
    wait_until(lambda: _listens(port), EXPORTER)

    def turn() -> Parts:
        before = _seconds_of(process.pid)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=120) as reply:
            body = reply.read()
        assert body.count(b"redis_stream_length{") == streams
        return {"exporter's own": _seconds_of(process.pid) - before}

    return turn


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _seconds_of(pid: int) -> float:
    """Processor time of another process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def whole_tick(url: str, streams: int) -> Turn:
    """Everything the sampler does a tick: sweep, derive, columns, publish, judge, history; with ten thresholds a stream.

    Ticks are told to be a second apart, so history packs and writes in each what it does in each second of a sampler.
    """
    ours = RedisServer(Kind.VALKEY_9)
    atexit.register(ours.close)
    _prepare(ours)
    return Tick(url, streams).turn


def judged_tick(url: str, streams: int) -> Turn:
    """The same with ten thresholds of every sort."""
    ours = RedisServer(Kind.VALKEY_9)
    atexit.register(ours.close)
    _prepare(ours)
    return Tick(url, streams, MIXED).turn


def _prepare(ours: RedisServer) -> None:
    """An empty installation of Streamgauge for this process."""
    folder = tempfile.mkdtemp(prefix="streamgauge-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "VAR_DIR": folder,
        "DATABASE_URL": f"sqlite:///{folder}/database.sqlite3",
        "REDIS_URL": ours.url,
        "DEBUG": "1",
        "LOG_LEVEL": "WARNING",
    }
    import django
    from django.core.management import call_command

    django.setup()
    from django.conf import settings

    settings.DEBUG = False  # which would keep every query
    call_command("migrate", verbosity=0)


class Tick:
    """The sampler's own parts, in the order in which it uses them, measured one by one."""

    def __init__(self, url: str, streams: int, thresholds: Sequence[Mapping[str, Any]] = SIMPLE) -> None:
        from django.utils import timezone

        from dashboard.core.lease import Lease
        from dashboard.history.recorder import Recorder
        from dashboard.live.latest import LatestWriter
        from dashboard.live.sampling.books import Books
        from dashboard.live.sampling.collector import calm_collector
        from dashboard.live.sampling.readers import reader_of
        from dashboard.live.sampling.roster import definition_of
        from dashboard.models import Threshold
        from dashboard.services import registry

        server = registry.register_address(url, name="bench")
        server.cost_budget_percent = 100.0  # turns follow as fast as they can; a budget would leave streams out
        server.save()
        registry.record_seen(server, [key(number) for number in range(streams)], timezone.now())
        for number, fields in enumerate(thresholds):
            Threshold.objects.create(name=str(number), **fields)
        self.server_id, self.at = server.pk, time.time()
        self.loop, self.latest = asyncio.new_event_loop(), LatestWriter()
        self.reader, self.books, self.recorder = (
            reader_of(definition_of(server)),
            Books(server, Lease(server.pk, 0)),
            Recorder(),
        )
        self.books.refresh()
        self.parts: Parts = {}
        calm_collector()

    def turn(self) -> Parts:
        """One tick; the processor's seconds in its parts."""
        from django.utils import timezone

        from dashboard.live.publish import encode
        from dashboard.live.sampling.books import Notes
        from dashboard.live.sampling.columns import sample_taken

        self.at += 1.0
        self.parts, ids = {}, self.books.ids
        tick = self._timed("sweep and derive", lambda: self.reader.read(tuple(ids))).tick
        assert len(tick.streams) == len(ids)
        event = self._timed("columns", lambda: sample_taken(tick, ids, server_id=self.server_id, taken_at=self.at))
        body = self._timed("encode", lambda: encode(event))
        self._timed("publish", lambda: self.loop.run_until_complete(self._publish(event, body)))
        self._timed("history", lambda: self._record(event))
        now = timezone.now()
        self._timed("judge and books", lambda: self.books.settle(Notes(ticks=[(tick, now)]), now))
        return self.parts

    async def _publish(self, event: Any, body: bytes) -> None:
        from dashboard.live.publish import publish

        await publish(event, body=body)
        await self.latest.sample(self.server_id, body)

    def _record(self, event: Any) -> None:
        self.recorder.append(event)
        self.recorder.flush()

    def _timed(self, name: str, call: Callable[[], Any]) -> Any:
        began = time.process_time()
        result = call()
        self.parts[name] = time.process_time() - began
        return result
