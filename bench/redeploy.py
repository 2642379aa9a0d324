"""How fast browsers are back after a redeploy: daphne is told to stop, and another starts on its port.

Each browser comes back as static/js/live/socket.js does: after 1012 at a moment of its own within five seconds, later with a
growing pause. Seconds from SIGTERM until each watches again. `python -m bench.redeploy [--json] [--clients 500]`
"""

import argparse
import asyncio
import json
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack

from bench._browsers import Browser, Crowd
from bench.fanout import A_USER, OPEN_FILES, Contestant, listens, prepare, web_server
from tests.servers import Kind, free_port, running, wait_until

#: Seconds until the last one watches again.
LIMIT_S = 15.0
RESTARTING = 1012


class Returning(Crowd):
    """Browsers that come back when their socket ends."""

    def __init__(self, port: int, *, watches: int) -> None:
        super().__init__(port, watches=watches)
        self.codes: list[int] = []
        self.back_at: list[float] = []

    async def live_on(self, browser: Browser, session_key: str) -> None:
        """Waits for the end of its socket and connects anew until it is let in."""
        failures, code = 1, await browser.ended
        self.codes.append(code)
        while True:
            await asyncio.sleep(pause(failures, code))
            try:
                async with asyncio.timeout(20):
                    await self._open(session_key)
            except (OSError, TimeoutError):
                failures, code = failures + 1, 1006
            else:
                self.back_at.append(time.monotonic())
                return


def pause(failures: int, code: int) -> float:
    """Seconds before a try, as pause() in static/js/live/socket.js has it."""
    if code == RESTARTING:
        return random.random() * 5
    return min(15.0, 0.5 * 2.0 ** (failures - 1)) * (0.5 + random.random() / 2)


async def play(
    contestant: Contestant, environment: dict[str, str], sessions: list[str], server: int
) -> dict[str, float]:
    """Connects a browser for each of `sessions`, restarts the web server, and measures."""
    crowd = Returning(contestant.port, watches=server)
    await crowd.grow(sessions)
    waiting = [asyncio.create_task(crowd.live_on(*pair)) for pair in zip(crowd.browsers, sessions, strict=True)]
    process = contestant.process
    assert process
    began = time.monotonic()
    process.terminate()
    await asyncio.to_thread(process.wait, 30)
    down_s = time.monotonic() - began
    with web_server(contestant, environment):
        await asyncio.to_thread(wait_until, lambda: listens(contestant.port), "the new one", timeout=60)
        up_s = time.monotonic() - began
        await asyncio.gather(*waiting)
    took = sorted(at - began for at in crowd.back_at)
    return {
        "told of the restart": crowd.codes.count(RESTARTING) / len(sessions),
        "old one ended after s": down_s,
        "new one listens after s": up_s,
        "median s": statistics.median(took),
        "last s": took[-1],
    }


def measure(clients: int) -> dict[str, float]:
    """The figures of one redeploy."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        own_redis = stack.enter_context(running(Kind.VALKEY_9))
        port = free_port()
        environment = {
            **os.environ,
            "VAR_DIR": folder,
            "REDIS_URL": own_redis.url,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "LOG_LEVEL": "WARNING",
            "ORIGINS": f"http://127.0.0.1:{port}",
        }
        facts = prepare(environment, people=-(-clients // A_USER))
        people = list(facts["sessions"].values())
        hub = Contestant("hub", "dashboard.asgi:application", "", b"", port=port)
        stack.enter_context(web_server(hub, environment))
        wait_until(lambda: listens(port), "daphne", timeout=60)
        sessions = [people[number // A_USER] for number in range(clients)]
        return asyncio.run(play(hub, environment, sessions, facts["server"]))


def main() -> int:
    """Prints the figures; status 1 where the last browser took too long, or somebody was not told why the socket ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--clients", type=int, default=500)
    asked, _ = parser.parse_known_args()  # `make bench` gives every bench the same ones
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES if hard < 0 else min(OPEN_FILES, hard), hard))
    found = measure(asked.clients)
    kept = found["last s"] <= LIMIT_S and found["told of the restart"] == 1
    load = round(os.getloadavg()[0], 1)
    if asked.json:
        print(json.dumps({"bench": "redeploy", "clients": asked.clients, "figures": found, "kept": kept, "load": load}))
    else:
        print(f"{asked.clients} browsers, a redeploy (load {load})")
        for name, value in found.items():
            print(f"  {name:26} {value:6.2f}")
        print(f"  the last at most {LIMIT_S:g} s: {'ok' if kept else 'TOO LATE'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
