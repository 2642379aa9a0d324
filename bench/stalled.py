"""What a browser that has stopped reading costs the web server, while others go on.

Twenty browsers read a frame a second (of the size that bench.fanout sends); one reads nothing more and says nothing, another reads
nothing and acknowledges every frame all the same. Growth of the web server's memory, the close code of the silent one, and frames
that the others missed. `python -m bench.stalled [--json] [--seconds 60]`
"""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack

from bench._browsers import Crowd
from bench.fanout import Contestant, contestants, listens, prepare, web_server
from tests.live.raw_websocket import RawWebSocket
from tests.servers import Kind, RedisServer, running, wait_until

#: MB that the two may take between them; the issue allows each of them so much.
LIMIT_MB = 8.0
HEALTHY = 20
#: What the kernel may hold for a reader that does not read.
_TAKES = 4096


def stuck(port: int, session: str, server: int) -> RawWebSocket:
    """A connection that watches the server, and will not be read from again."""
    browser = RawWebSocket(
        port, receive_buffer=_TAKES, origin=f"http://127.0.0.1:{port}", cookie=f"sessionid={session}"
    )
    browser.say(type="watch", servers=[server])
    browser.say(type="settled?")
    while browser.hear()["type"] != "error":
        pass
    return browser


async def play(
    hub: Contestant, own_redis: RedisServer, sessions: list[str], server: int, seconds: int
) -> dict[str, float]:
    """Connects them all, sends a frame a second, and measures."""
    hub.crowd = Crowd(hub.port, watches=server)
    await hub.crowd.grow(sessions[:HEALTHY])
    silent, lying = [await asyncio.to_thread(stuck, hub.port, session, server) for session in sessions[HEALTHY:]]
    with own_redis.client() as client:
        for _ in range(3):
            await hub.tick(client)  # modules and buffers that anybody needs
        before, most, missed, told = hub.memory_now_kb(), 0.0, 0, 3
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            started = time.monotonic()
            told += 1
            try:
                await hub.tick(client)
            except TimeoutError:
                missed += 1
            with contextlib.suppress(OSError):
                lying.say(type="seen", seq=told)
            most = max(most, hub.memory_now_kb() - before)
            await asyncio.sleep(max(0.0, started + 1 - time.monotonic()))
    hub.crowd.close()
    return {
        "MB more, at most": most / 1024,
        "frames missed by others": missed,
        "silent: close code": await asyncio.to_thread(silent.closing),
        "frame bytes": len(hub.message),
    }


def measure(seconds: int) -> dict[str, float]:
    """The figures of one run."""
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
        facts = prepare(environment, people=HEALTHY + 2)
        hub = contestants(facts["server"])[0]
        environment["ORIGINS"] = f"http://127.0.0.1:{hub.port}"
        stack.enter_context(web_server(hub, environment))
        wait_until(lambda: listens(hub.port), "daphne", timeout=60)
        return asyncio.run(play(hub, own_redis, list(facts["sessions"].values()), facts["server"], seconds))


def main() -> int:
    """Prints the figures; status 1 where the two cost too much, another missed a frame, or the silent one was kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=int, default=60)
    asked, _ = parser.parse_known_args()  # `make bench` gives every bench the same ones
    found = measure(asked.seconds)
    let_go = found["silent: close code"] in {4408, 1006}
    kept = found["MB more, at most"] <= LIMIT_MB and not found["frames missed by others"] and let_go
    load = round(os.getloadavg()[0], 1)
    if asked.json:
        print(json.dumps({"bench": "stalled", "figures": found, "kept": kept, "load": load}))
    else:
        print(f"Two that have stopped reading, {asked.seconds} s (load {load})")
        for name, value in found.items():
            print(f"  {name:24} {value:10.1f}")
        print(
            f"  at most {LIMIT_MB:g} MB, nobody else misses a frame, the silent one is let go: {'ok' if kept else 'NO'}"
        )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
