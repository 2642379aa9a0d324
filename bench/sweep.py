"""What a sweep costs: the raw floor, our sweep, the sampler's whole tick, a redis-py pipeline; side by side in one run.

Every contestant is a process of its own and takes its round in turn, so that all of them meet the same machine. Between
turns a share of the streams gets an entry, which one of its two groups reads: a tenth, and all (the worst case, nothing
is as it was). Both wall time and the processor's time of client and server are compared with the floor's: the first is
what an operator waits, the second is still true on a machine that is busy with something else.
`python -m bench.sweep [--json] [--streams 1000,10000] [--moving 10,100] [--rounds 7]`
"""

import argparse
import asyncio
import atexit
import itertools
import json
import multiprocessing
import os
import platform
import resource
import shutil
import socket
import statistics
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import hiredis
import redis

from tests.servers import Kind, RedisServer, running

CHUNK = 500  # streams whose commands travel together
GROUPS = (b"billing", b"audit")
Parts = dict[str, float]
#: One round; returns the processor's seconds in its parts.
Turn = Callable[[], Parts]


def key(number: int) -> bytes:
    """The name of the n-th stream."""
    return b"bench:orders:%05d" % number


# The contestants: each is given its server and returns its turn.


def floor(url: str, streams: int) -> Turn:
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


def whole_tick(url: str, streams: int) -> Turn:
    """Everything the sampler does a tick: sweep, derive, columns, publish, judge, history; with three thresholds.

    Ticks are told to be a second apart, so history packs and writes in each what it does in each second of a sampler.
    """
    ours = RedisServer(Kind.VALKEY_9)
    atexit.register(ours.close)
    _prepare(ours)
    return _Tick(url, streams).turn


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


class _Tick:
    """The sampler's own parts, in the order in which it uses them, measured one by one."""

    def __init__(self, url: str, streams: int) -> None:
        from django.utils import timezone

        from dashboard.history.recorder import Recorder
        from dashboard.live.latest import LatestWriter
        from dashboard.live.sampler import definition_of
        from dashboard.live.sampling.books import Books
        from dashboard.live.sampling.collector import calm_collector
        from dashboard.live.sampling.readers import reader_of
        from dashboard.models import Threshold
        from dashboard.services import registry

        server = registry.register_address(url, name="bench")
        registry.record_seen(server, [key(number) for number in range(streams)], timezone.now())
        for metric, limit in (("lag", 1e9), ("length", 1e9), ("added_per_s", 1e9)):
            Threshold.objects.create(name=metric, metric=metric, limit=limit)
        self.server_id, self.at = server.pk, time.time()
        self.loop, self.latest = asyncio.new_event_loop(), LatestWriter()
        self.reader, self.books, self.recorder = reader_of(definition_of(server)), Books(server), Recorder()
        self.books.refresh()
        self.parts: Parts = {}
        calm_collector()

    def turn(self) -> Parts:
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
        self._timed("judge and books", lambda: self.books.settle(Notes(tick=tick), timezone.now()))
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


CONTESTANTS = {
    "raw floor": floor,
    "our sweep": our_sweep,
    "whole tick": whole_tick,
    "redis-py pipeline": pipeline,
}
LIMITS = {"our sweep": 2.0, "whole tick": 5.0}
LIMIT_RSS_MB = 300


class Contestant:
    """A process that takes a turn whenever it is told to."""

    def __init__(self, name: str, url: str, streams: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.name = name
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, name, url, streams), daemon=True)
        self._process.start()
        assert self._pipe.recv() == "ready"
        self.walls: list[float] = []
        self.cpus: list[float] = []
        self.server_cpus: list[float] = []
        self.parts: list[Parts] = []
        self.peak_mb = 0.0

    def turn(self, client: "redis.Redis") -> None:
        """One round, measured by the contestant itself; the server's part is asked of `client`."""
        before = _server_cpu(client)
        self._pipe.send("turn")
        wall, cpu, self.peak_mb, parts = self._pipe.recv()
        self.server_cpus.append(_server_cpu(client) - before)
        self.walls.append(wall)
        self.cpus.append(cpu)
        self.parts.append(parts)

    def work(self) -> list[float]:
        """What both processors did a round; unlike the clock it hardly depends on what else the machine does."""
        return [own + servers for own, servers in zip(self.cpus, self.server_cpus, strict=True)]

    def close(self) -> None:
        """Ends the process."""
        self._pipe.send("end")
        self._process.join(20)

    def result(self) -> dict[str, Any]:
        """Medians in milliseconds; the first round, which fills caches, does not count."""
        names = self.parts[0]
        return {
            "wall_ms": _median_ms(self.walls),
            "cpu_ms": _median_ms(self.cpus),
            "server_cpu_ms": _median_ms(self.server_cpus),
            "peak_rss_mb": round(self.peak_mb),
            "parts_cpu_ms": {name: _median_ms([parts[name] for parts in self.parts]) for name in names},
        }


def _server_cpu(client: "redis.Redis") -> float:
    info = client.info("cpu")
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


def _median_ms(values: list[float]) -> float:
    return round(statistics.median(values[1:] or values) * 1000, 1)


def _serve(pipe: "Connection[Any, Any]", name: str, url: str, streams: int) -> None:
    turn = CONTESTANTS[name](url, streams)
    pipe.send("ready")
    while pipe.recv() == "turn":
        cpu, wall = time.process_time(), time.perf_counter()
        parts = turn()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        pipe.send((wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, parts))


def compare(server: RedisServer, streams: int, moving: int, rounds: int) -> dict[str, Any]:
    """Every contestant's figures at this number of streams, and how often the floor fits into them."""
    with server.client() as client:
        client.flushall()
        _move(client, streams, entries=20)
        _make_groups(client, streams)
        contestants = [Contestant(name, server.url, streams) for name in CONTESTANTS]
        for _ in range(rounds):
            for contestant in contestants:
                _move(client, streams * moving // 100)
                contestant.turn(client)
    for contestant in contestants:
        contestant.close()
    lowest = contestants[0]
    return {
        contestant.name: contestant.result()
        | {
            "times_floor": _times(contestant.walls, lowest.walls),
            "times_floor_cpu": _times(contestant.work(), lowest.work()),
        }
        for contestant in contestants
    }


def _times(own: list[float], floors: list[float]) -> float:
    """The median of each round's ratio: the floor's turn just before met the same load, those of other rounds did not."""
    ratios = [mine / floor for mine, floor in zip(own, floors, strict=True)]
    return round(statistics.median(ratios[1:] or ratios), 2)


def _move(client: "redis.Redis", streams: int, entries: int = 1) -> None:
    for start in range(0, streams, CHUNK):
        batch = client.pipeline(transaction=False)
        for number in range(start, min(start + CHUNK, streams)):
            for _ in range(entries):
                batch.xadd(key(number), {"amount": "42.50", "customer": "10432", "state": "paid"})
            if entries == 1:
                batch.xreadgroup(GROUPS[0].decode(), "worker", {key(number): ">"})
        batch.execute()


def _make_groups(client: "redis.Redis", streams: int) -> None:
    for start in range(0, streams, CHUNK):
        batch = client.pipeline(transaction=False)
        for number in range(start, min(start + CHUNK, streams)):
            for group in GROUPS:
                batch.xgroup_create(key(number), group, id="0")
        batch.execute()


def verdicts(results: dict[str, Any]) -> dict[str, bool]:
    """Which limits were kept."""
    kept = {
        f"{name} at most {limit:g} × the floor": results[name]["times_floor"] <= limit for name, limit in LIMITS.items()
    }
    return {**kept, f"sampler below {LIMIT_RSS_MB} MB": results["whole tick"]["peak_rss_mb"] < LIMIT_RSS_MB}


def _print(name: str, results: dict[str, Any], verdicts: dict[str, bool]) -> None:
    print(f"\n{name:<28} {'wall ms':>9} {'× floor':>8} {'CPU ms':>8} {'server CPU':>11} {'× floor':>8} {'peak MB':>8}")
    for contestant, result in results.items():
        print(
            f"  {contestant:<26} {result['wall_ms']:>9,.1f} {result['times_floor']:>8.2f} {result['cpu_ms']:>8,.1f}"
            f" {result['server_cpu_ms']:>11,.1f} {result['times_floor_cpu']:>8.2f} {result['peak_rss_mb']:>8}"
        )
        for part, milliseconds in result["parts_cpu_ms"].items():
            print(f"    {part:<42} {milliseconds:>8,.1f}")
    for words, kept in verdicts.items():
        print(f"  {'kept  ' if kept else 'BROKEN'} {words}")


def main() -> None:
    """Measures and prints; the status is 1 where a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--streams", default="1000,10000")
    parser.add_argument("--moving", default="10,100", help="percent of the streams that change between two rounds")
    parser.add_argument("--rounds", type=int, default=7)
    options, _ = parser.parse_known_args()  # `make bench` gives every bench the same ones
    every: dict[str, Any] = {}
    kept = True
    with running(Kind.VALKEY_9) as server:
        for streams, moving in itertools.product(_numbers(options.streams), _numbers(options.moving)):
            name = f"{streams:,} × {len(GROUPS)}, {moving} % moving"
            every[name] = results = compare(server, streams, moving, options.rounds)
            found = verdicts(results)
            kept &= all(found.values())
            if not options.json:
                _print(name, results, found)
    if options.json:
        print(json.dumps({"machine": platform.platform(), "cores": os.cpu_count(), "sweep": every}, indent=1))
    raise SystemExit(0 if kept else 1)


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


if __name__ == "__main__":
    main()
