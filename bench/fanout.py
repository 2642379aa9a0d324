"""What it costs to tell many browsers the same: our hub against a Channels group with every socket in it.

Four daphne processes over one Redis: our application, a Channels group that is sent dicts (the ordinary way), one that is
sent ready text (the thrifty way), and no framework at all (the floor). In a round each in turn sends one frame of about
20 kB to each of its sockets, so that all meet the same machine. The cost is the processor's time of the web server's
process for 1,000 deliveries, with all that it does between them. `python -m bench.fanout [--json] [--sockets 200,1000]`
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgpack

from bench._browsers import Crowd
from dashboard.env import BASE_DIR
from dashboard.live.publish import encode
from tests.live.events import sample_of
from tests.servers import Kind, RedisServer, free_port, running, wait_until

STREAMS = 128  # with two groups each, about 20 kB
A_USER = 25  # sockets
LIMIT = 0.5  # of the ordinary group's cost
LIMIT_KB = 40.0  # of memory that an idle socket may take in the hub
WARMING = 25  # sockets before memory is looked at: the first ones bring modules and connections along
LONGEST_S = 15  # of turns, on a machine that is busy with other work
FEWEST_TURNS = 2
ROUNDS_A_TURN = 2  # an even number: every second frame is acknowledged
OPEN_FILES = 20_000


@dataclass
class Contestant:
    """One web server, the message that makes it send a frame, and what was measured."""

    name: str
    application: str
    topic: str
    message: bytes
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None
    crowd: Crowd | None = None
    cpu_s: list[float] = field(default_factory=list)  # for 1,000 deliveries, a turn each
    latencies_s: list[float] = field(default_factory=list)
    socket_kb: float = 0.0  # of memory, while nothing is sent

    def memory_now_kb(self) -> float:
        """Resident memory of the web server's process."""
        assert self.process
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))

    async def fill(self, sessions: list[str]) -> None:
        """Connects a browser for each session's key, and notes what an idle one takes."""
        assert self.crowd
        await self.crowd.grow(sessions[:WARMING])
        before = self.memory_now_kb()
        await self.crowd.grow(sessions[WARMING:])
        self.socket_kb = (self.memory_now_kb() - before) / max(1, len(sessions) - WARMING)

    def cpu_now_s(self) -> float:
        """Processor time of all threads of the web server so far."""
        assert self.process
        return time.clock_gettime(~self.process.pid << 3 | 2)  # the clock of that process, as <time.h> numbers it

    async def tick(self, own_redis: Any) -> None:
        """One frame to every browser."""
        assert self.crowd
        started = time.monotonic()
        own_redis.publish(self.topic, self.message)
        self.latencies_s += [arrived - started for arrived in await self.crowd.everyone()]

    def result(self) -> dict[str, float]:
        """The middle of all turns."""
        latencies = statistics.quantiles(self.latencies_s, n=100)
        return {
            "cpu_s_per_1000": round(statistics.median(self.cpu_s), 4),
            "p50_ms": round(latencies[49] * 1000, 1),
            "p99_ms": round(latencies[98] * 1000, 1),
            "socket_kb": round(self.socket_kb, 1),
        }


def contestants(server: int) -> list[Contestant]:
    """The four of them; all send the same members."""
    body = encode(sample_of(server, range(1, STREAMS + 1)))
    sample = {"seq": 1, **msgpack.unpackb(body)}
    text = json.dumps(sample, separators=(",", ":"))
    topic = "streamgauge__group__bench"
    return [
        Contestant("hub", "dashboard.asgi:application", f"streamgauge__group__server.{server}", _event(body=body)),
        Contestant("group", "bench._group_app:ordinary", topic, _event("sample.taken", sample=sample)),
        Contestant("group, ready text", "bench._group_app:thrifty", f"{topic}-text", _event("sample.taken", text=text)),
        Contestant("floor", "bench._floor_app:application", "bench-floor", text.encode()),
    ]


def _event(kind: str = "event", **members: object) -> bytes:
    return bytes(msgpack.packb({"type": kind, **members}))


@contextmanager
def web_server(contestant: Contestant, environment: dict[str, str]) -> Iterator[None]:
    """A daphne process."""
    command = [sys.executable, "-m", "bench._daphne", "-p", str(contestant.port), "-v", "0"]
    contestant.process = subprocess.Popen([*command, contestant.application], cwd=BASE_DIR, env=environment)
    try:
        yield
    finally:
        contestant.process.terminate()
        contestant.process.wait(timeout=30)


def listens(port: int) -> bool:
    """Whether a process of this machine listens on the port."""
    listening = Path("/proc/net/tcp").read_text().splitlines()
    return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in listening[1:])


async def play_round(players: list[Contestant], own_redis: Any) -> None:
    """A tick of each, one after the other; a second at least, as samples are taken."""
    started = time.monotonic()
    for player in players:
        await player.tick(own_redis)
    await asyncio.sleep(max(0.0, started + 1 - time.monotonic()))


async def play(
    players: list[Contestant], own_redis: RedisServer, sessions: list[str], turns: int, *, server: int
) -> None:
    """Connects a browser for each of `sessions`, and measures; the first turn warms up and does not count."""
    for player in players:
        player.crowd = Crowd(player.port, watches=server if player.name == "hub" else None)
    crowds = [player.crowd for player in players if player.crowd]
    await asyncio.gather(*(player.fill(sessions) for player in players))
    with own_redis.client() as client:
        await play_turn(players, client)
        for player in players:
            player.cpu_s.clear()
            player.latencies_s.clear()
        began = time.monotonic()
        for number in range(turns):
            if number < FEWEST_TURNS or time.monotonic() - began < LONGEST_S:
                await play_turn(players, client)
    for crowd in crowds:
        crowd.close()


async def play_turn(players: list[Contestant], own_redis: Any) -> None:
    """A few rounds, and what they cost each."""
    before = [player.cpu_now_s() for player in players]
    for _ in range(ROUNDS_A_TURN):
        await play_round(players, own_redis)
    for player, earlier in zip(players, before, strict=True):
        assert player.crowd
        deliveries = ROUNDS_A_TURN * len(player.crowd.browsers)
        player.cpu_s.append((player.cpu_now_s() - earlier) / deliveries * 1000)


def measure(size: int, turns: int) -> dict[str, Any]:
    """All web servers from scratch, so that none carries the last size's memory."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        own_redis = stack.enter_context(running(Kind.VALKEY_9))
        environment = {
            **os.environ,
            "VAR_DIR": folder,
            "REDIS_URL": own_redis.url,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "LOG_LEVEL": "WARNING",
        }
        facts = prepare(environment, people=-(-size // A_USER))
        players = contestants(facts["server"])
        environment["ORIGINS"] = ",".join(f"http://127.0.0.1:{player.port}" for player in players)
        for player in players:
            stack.enter_context(web_server(player, environment))
        for player in players:
            wait_until(lambda port=player.port: listens(port), player.name, timeout=60)  # type: ignore[misc]
        people = list(facts["sessions"].values())
        asyncio.run(
            play(
                players, own_redis, [people[number // A_USER] for number in range(size)], turns, server=facts["server"]
            )
        )
    return _compared(players)


def prepare(environment: dict[str, str], *, people: int) -> dict[str, Any]:
    """The installation's database with so many people; its server's id, and their sessions' keys."""
    command = [sys.executable, "-m", "tests.live.prepare_web", str(people)]
    prepared = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=True)
    return dict(json.loads(prepared.stdout.splitlines()[-1]))


def _compared(players: list[Contestant]) -> dict[str, Any]:
    hub, others = players[0], players[1:]
    ratios = {
        other.name: [ours / theirs for ours, theirs in zip(hub.cpu_s, other.cpu_s, strict=True)] for other in others
    }
    return {
        "costs": {player.name: player.result() for player in players},
        "hub_to": {name: round(statistics.median(values), 3) for name, values in ratios.items()},
        "frame_bytes": len(players[-1].message),
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    """Measures and prints; the status is 1 where the hub costs more than half of the ordinary group, or an idle socket too much memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--sockets", default="200,1000")
    parser.add_argument("--turns", type=int, default=5)
    options, _ = parser.parse_known_args()  # `make bench` gives every bench the same ones
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES if hard < 0 else min(OPEN_FILES, hard), hard))
    every = {}
    for size in map(int, options.sockets.split(",")):
        every[size] = measure(size, options.turns)
        if not options.json:
            _print(size, every[size])
    if options.json:
        print(json.dumps({"machine": platform.platform(), "cores": os.cpu_count(), "fanout": every}, indent=1))
    raise SystemExit(0 if all(map(_is_kept, every.values())) else 1)


def _is_kept(found: dict[str, Any]) -> bool:
    return bool(found["hub_to"]["group"] <= LIMIT and found["costs"]["hub"]["socket_kb"] <= LIMIT_KB)


def _print(size: int, found: dict[str, Any]) -> None:
    print(f"{size:>5} sockets {'CPU s/1,000':>17} {'p50 ms':>8} {'p99 ms':>8} {'kB idle':>8} {'hub ÷ it':>9}")
    for name, cost in found["costs"].items():
        ratio = found["hub_to"].get(name, 1)
        print(
            f"  {name:17} {cost['cpu_s_per_1000']:>11.3f} {cost['p50_ms']:>8.0f} {cost['p99_ms']:>8.0f} {cost['socket_kb']:>8.1f} {ratio:>9.2f}"
        )
    verdict = "ok" if _is_kept(found) else "TOO MUCH"
    size_said = f"{found['frame_bytes']:,} bytes a frame, load {found['load']}"
    print(f"  hub at most {LIMIT} of a group, {LIMIT_KB:g} kB an idle socket: {verdict}; {size_said}", flush=True)


if __name__ == "__main__":
    main()
