"""What it costs to tell many browsers the same: our hub against a Channels group with every socket in it.

Two daphne processes over one Redis: our application, and a plain AsyncJsonWebsocketConsumer in a group. They take turns,
so that both meet the same machine; nobody but the browsers' end, which is this process, runs beside them. A tick is one
frame of about 20 kB to each socket. The cost is the processor's time of the web server's process for 1,000 deliveries,
acknowledgements included. `python -m bench.fanout [--json] [--sockets 200,1000] [--turns 5] [--ticks 4]`
"""

import argparse
import asyncio
import base64
import json
import os
import platform
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

from dashboard.env import BASE_DIR
from dashboard.live.publish import encode
from tests.live.events import sample_of
from tests.servers import Kind, RedisServer, free_port, running, wait_until

STREAMS = 128  # with two groups each, about 20 kB
A_USER = 25  # sockets
LIMIT = 0.5  # of the group's cost
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass
class Contestant:
    """One web server, the browsers that are connected to it, and what was measured."""

    name: str
    port: int
    process: "subprocess.Popen[bytes]"
    topic: str
    message: bytes
    watches: bool
    browsers: list["Browser"] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)  # for 1,000 deliveries, a turn each
    latencies_s: list[float] = field(default_factory=list)

    def cpu_now_s(self) -> float:
        """Processor time of the web server so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


class Browser:
    """A websocket that counts its frames and acknowledges them where that is asked for."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, acknowledges: bool) -> None:
        self.reader, self.writer, self.acknowledges = reader, writer, acknowledges
        self.seq = 0
        self.arrivals: asyncio.Queue[float] = asyncio.Queue()
        self.listening: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, contestant: Contestant, session_key: str) -> "Browser":
        """A connection with a session's cookie."""
        reader, writer = await asyncio.open_connection("127.0.0.1", contestant.port)
        origin, key = f"http://127.0.0.1:{contestant.port}", base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET /ws/live/ HTTP/1.1\r\nHost: 127.0.0.1:{contestant.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nOrigin: {origin}\r\n"
            f"Cookie: sessionid={session_key}\r\n\r\n".encode()
        )
        status = await reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in status, status
        browser = cls(reader, writer, acknowledges=contestant.watches)
        if contestant.watches:
            browser.say({"type": "watch", "streams": "all"})
            browser.say({"type": "settled?"})
            await browser.frame()
        browser.listening = asyncio.create_task(browser.listen())
        return browser

    def say(self, request: dict[str, Any]) -> None:
        """Sends one masked frame; the mask is zero."""
        payload = json.dumps(request).encode()
        self.writer.write(bytes([0x81, 0x80 | len(payload)]) + b"\0\0\0\0" + payload)

    async def frame(self) -> int:
        """The size of the next text frame."""
        while True:
            first, second = await self.reader.readexactly(2)
            size = second & 0x7F
            if size >= 126:
                size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
            payload = await self.reader.readexactly(size)
            if first & 0x0F == 9:
                self.writer.write(bytes([0x8A, 0x80 | size]) + b"\0\0\0\0" + payload)
            if first & 0x0F == 8:
                raise ConnectionError("closed by the server")
            if first & 0x0F == 1:
                return size

    async def listen(self) -> None:
        """Takes and acknowledges frames, and answers pings also while it is nobody's turn."""
        while True:
            await self.frame()
            self.arrivals.put_nowait(time.monotonic())
            if self.acknowledges:
                self.seq += 1
                self.say({"type": "seen", "seq": self.seq})

    async def close(self) -> None:
        """Ends the connection."""
        if self.listening:
            self.listening.cancel()
            await asyncio.gather(self.listening, return_exceptions=True)
        self.writer.close()


@contextmanager
def web_server(application: str, port: int, environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A daphne process."""
    command = [sys.executable, "-m", "daphne", "-p", str(port), "-v", "0", application]
    process = subprocess.Popen(command, cwd=BASE_DIR, env={**environment, "LOG_LEVEL": "WARNING"})
    try:
        wait_until(lambda: _listens(port), application, timeout=60)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def _listens(port: int) -> bool:
    listening = Path("/proc/net/tcp").read_text().splitlines()
    return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in listening[1:])


async def turn(contestant: Contestant, own_redis: RedisServer, ticks: int) -> None:
    """So many ticks, a second apart."""
    before = contestant.cpu_now_s()
    with own_redis.client() as client:
        for _ in range(ticks):
            started = time.monotonic()
            client.publish(contestant.topic, contestant.message)
            async with asyncio.timeout(60):
                arrivals = await asyncio.gather(*(browser.arrivals.get() for browser in contestant.browsers))
            contestant.latencies_s += [arrived - started for arrived in arrivals]
            await asyncio.sleep(max(0.0, started + 1 - time.monotonic()))
    deliveries = ticks * len(contestant.browsers)
    contestant.cpu_s.append((contestant.cpu_now_s() - before) / deliveries * 1000)


async def connect(contestant: Contestant, sessions: list[str], size: int) -> None:
    """So many browsers; a few at a time, as after a deployment."""
    for start in range(0, size, 20):
        keys = [sessions[number // A_USER] for number in range(start, min(start + 20, size))]
        contestant.browsers += await asyncio.gather(*(Browser.open(contestant, key) for key in keys))


async def compare(
    contestants: list[Contestant], own_redis: RedisServer, sessions: list[str], options: argparse.Namespace, size: int
) -> dict[str, dict[str, float]]:
    """Both take turns; the first turn of each warms up and does not count."""
    for contestant in contestants:
        await connect(contestant, sessions, size)
    for number in range(options.turns + 1):
        for contestant in contestants:
            await turn(contestant, own_redis, options.ticks if number else 1)
            if not number:
                contestant.cpu_s.clear()
                contestant.latencies_s.clear()
    for contestant in contestants:
        for browser in contestant.browsers:
            await browser.close()
    return {contestant.name: _result(contestant) for contestant in contestants}


def _result(contestant: Contestant) -> dict[str, float]:
    latencies = statistics.quantiles(contestant.latencies_s, n=100)
    return {
        "cpu_s_per_1000": round(statistics.median(contestant.cpu_s), 4),
        "p50_ms": round(latencies[49] * 1000, 1),
        "p99_ms": round(latencies[98] * 1000, 1),
    }


def measure(size: int, options: argparse.Namespace) -> dict[str, Any]:
    """Both web servers from scratch, so that none carries the last size's memory."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        own_redis = stack.enter_context(running(Kind.VALKEY_9))
        ports = free_port(), free_port()
        environment = {
            **os.environ,
            "VAR_DIR": folder,
            "REDIS_URL": own_redis.url,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "ORIGINS": ",".join(f"http://127.0.0.1:{port}" for port in ports),
        }
        prepare = [sys.executable, "-m", "tests.live.prepare_web", str(size // A_USER + 1)]
        prepared = subprocess.run(prepare, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=True)
        facts = json.loads(prepared.stdout.splitlines()[-1])
        body = encode(sample_of(facts["server"], range(1, STREAMS + 1)))
        text = json.dumps({"seq": 1, **_as_json(body)}, separators=(",", ":"))
        applications = ("dashboard.asgi:application", "bench._group_app:application")
        processes = [
            stack.enter_context(web_server(application, port, environment))
            for application, port in zip(applications, ports, strict=True)
        ]
        hub = Contestant(
            "hub", ports[0], processes[0], f"streamgauge__group__server.{facts['server']}", _packed(body=body), True
        )
        group = Contestant("group", ports[1], processes[1], "streamgauge__group__bench", _packed(text=text), False)
        sessions = list(facts["sessions"].values())
        results: dict[str, Any] = asyncio.run(compare([hub, group], own_redis, sessions, options, size))
    results["ratio"] = round(results["hub"]["cpu_s_per_1000"] / results["group"]["cpu_s_per_1000"], 3)
    results["frame_bytes"] = len(text)
    return results


def _packed(**members: object) -> bytes:
    kind = "event" if "body" in members else "frame"
    return bytes(msgpack.packb({"type": kind, **members}))


def _as_json(body: bytes) -> dict[str, Any]:
    return dict(msgpack.unpackb(body))


def main() -> None:
    """Measures and prints; the status is 1 where the hub costs more than half of the group."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--sockets", default="200,1000")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--ticks", type=int, default=4)
    options, _ = parser.parse_known_args()  # `make bench` gives every bench the same ones
    every = {size: measure(size, options) for size in map(int, options.sockets.split(","))}
    if options.json:
        print(json.dumps({"machine": platform.platform(), "cores": os.cpu_count(), "fanout": every}, indent=1))
    else:
        _print(every)
    raise SystemExit(0 if all(results["ratio"] <= LIMIT for results in every.values()) else 1)


def _print(every: dict[int, dict[str, Any]]) -> None:
    print(f"{'sockets':>8} {'':8} {'CPU s/1,000':>12} {'p50 ms':>8} {'p99 ms':>8}")
    for size, results in every.items():
        for name in ("hub", "group"):
            row = results[name]
            print(f"{size:>8} {name:8} {row['cpu_s_per_1000']:>12.3f} {row['p50_ms']:>8.0f} {row['p99_ms']:>8.0f}")
        verdict = "ok" if results["ratio"] <= LIMIT else "TOO MUCH"
        print(
            f"{'':8} hub ÷ group {results['ratio']:.2f} (at most {LIMIT}): {verdict}; {results['frame_bytes']:,} bytes a frame"
        )


if __name__ == "__main__":
    main()
