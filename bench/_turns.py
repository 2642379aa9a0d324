"""Contestants that take turns: each a process of its own, measured from within, the server's part asked of the server."""

import multiprocessing
import resource
import statistics
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import redis

from bench import _contestants
from bench._contestants import CHUNK, GROUPS, Parts, key


class Contestant:
    """A process that takes a turn whenever it is told to. `make` names a function of bench._contestants."""

    def __init__(self, name: str, make: str, url: str, streams: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.name = name
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, make, url, streams))
        self._process.start()
        assert self._pipe.recv() == "ready"
        self.walls: list[float] = []
        self.cpus: list[float] = []
        self.server_cpus: list[float] = []
        self.parts: list[Parts] = []
        self.peak_mb = self.now_mb = 0.0

    def turn(self, client: "redis.Redis") -> None:
        """One round, measured by the contestant itself; the server's part is asked of `client`."""
        before = _server_cpu(client)
        self._pipe.send("turn")
        wall, cpu, self.peak_mb, self.now_mb, parts = self._pipe.recv()
        self.server_cpus.append(_server_cpu(client) - before)
        self.walls.append(wall)
        self.cpus.append(cpu + parts.get("exporter's own", 0.0))
        self.parts.append(parts)

    def work(self) -> list[float]:
        """What both processors did a round; unlike the clock it hardly depends on what else the machine does."""
        return [own + servers for own, servers in zip(self.cpus, self.server_cpus, strict=True)]

    def close(self) -> None:
        """Ends the process."""
        self._pipe.send("end")
        self._process.join(20)

    def result(self, floor: "Contestant") -> dict[str, Any]:
        """Medians in milliseconds, and how often the floor fits into them; the first round, which fills caches, does not count."""
        return {
            "wall_ms": median_ms(self.walls),
            "cpu_ms": median_ms(self.cpus),
            "server_cpu_ms": median_ms(self.server_cpus),
            "work_ms": median_ms(self.work()),
            "peak_rss_mb": round(self.peak_mb),
            "parts_cpu_ms": {name: median_ms([parts[name] for parts in self.parts]) for name in self.parts[0]},
            "times_floor": times(self.walls, floor.walls),
            "times_floor_cpu": times(self.work(), floor.work()),
            "times_floor_server": times(self.server_cpus, floor.server_cpus),
        }


def _server_cpu(client: "redis.Redis") -> float:
    info = client.info("cpu")
    return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])


def median_ms(values: list[float]) -> float:
    """The median in milliseconds, without the first round."""
    return round(statistics.median(values[1:] or values) * 1000, 1)


def times(own: list[float], floors: list[float]) -> float:
    """The median of each round's ratio: the floor's turn just before met the same load, those of other rounds did not."""
    ratios = [mine / floor for mine, floor in zip(own, floors, strict=False)]
    return round(statistics.median(ratios[1:] or ratios), 2)


def _serve(pipe: "Connection[Any, Any]", make: str, url: str, streams: int) -> None:
    turn = getattr(_contestants, make)(url, streams)
    pipe.send("ready")
    while pipe.recv() == "turn":
        cpu, wall = time.process_time(), time.perf_counter()
        parts = turn()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        pipe.send((wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, _resident_mb(), parts))


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def fill(client: "redis.Redis", streams: int, *, payload: bytes = b"", entries: int = 20) -> None:
    """Empties the server and gives it so many streams with two groups."""
    client.flushall()
    move(client, streams, payload=payload, entries=entries)
    for start in range(0, streams, CHUNK):
        batch = client.pipeline(transaction=False)
        for number in range(start, min(start + CHUNK, streams)):
            for group in GROUPS:
                batch.xgroup_create(key(number), group, id="0")
        batch.execute()


def move(client: "redis.Redis", streams: int, *, payload: bytes = b"", entries: int = 1) -> None:
    """Adds entries to each of the first so many streams; where it is one, a group reads it."""
    fields: Mapping[str, str | bytes] = (
        {"payload": payload} if payload else {"amount": "42.50", "customer": "10432", "state": "paid"}
    )
    for start in range(0, streams, CHUNK):
        batch = client.pipeline(transaction=False)
        for number in range(start, min(start + CHUNK, streams)):
            for _ in range(entries):
                batch.xadd(key(number), dict(fields))  # type: ignore[arg-type]
            if entries == 1:
                batch.xreadgroup(GROUPS[0].decode(), "worker", {key(number): ">"})
        batch.execute()
