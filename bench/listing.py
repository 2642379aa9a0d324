"""What a listing of 10,000 streams × 2 groups costs a web process: its event loop, its thread, and the page.

A hub hears a tick a second, while nobody lists, one does, and fifty do in five views. The loop's work is its thread's
processor time, so that nothing else on the machine counts; what it does while nobody lists (reading the ticks) is the floor.
`python -m bench.listing [--json] [--streams 10000] [--ticks 10]`
"""

import argparse
import asyncio
import gzip
import json
import random
import threading
import time
from typing import Any

from bench._contestants import _prepare
from tests.servers import Kind, running

LIMITS = {"added_loop_ms_a_tick": 30.0, "page_kb_compressed": 20.0}
VIEWS = ("", "sort=-lag", "sort=-length&fold=0", "state=attention", "q=orders+9")


class Member:
    """A socket that takes what it is given."""

    closed = False

    def __init__(self, session_key: str) -> None:
        from dashboard.live.serving.slices import View
        from dashboard.live.serving.standing import EVENT_PERMISSIONS, Standing

        self.session_key = session_key
        self.view = View()
        self.standing = Standing(1, frozenset(EVENT_PERMISSIONS.values()))
        self.taken, self.bytes = 0, 0

    async def take_sample(self, server: int, frame: Any) -> None:
        """Nothing is watched."""

    async def take_listing(self, frame: Any) -> None:
        self.taken += 1
        self.bytes += len(frame.numbered(self.taken))

    async def take_event(self, frame: Any) -> None:
        """Nothing happens."""

    async def drop_sample(self, server: int) -> None:
        """Nothing is lost."""

    async def close(self, code: int) -> None:
        raise AssertionError(code)

    def is_overdue(self, now: float) -> bool:
        return False


def fill(streams: int) -> tuple[int, list[int]]:
    """A server with so many streams in the registry, partitions by fours; their ids."""
    from django.utils import timezone

    from dashboard.core import names
    from dashboard.models import Server, Stream

    server = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")
    keys = [b"orders:%d:{%d}" % (number // 4, number % 4) for number in range(streams)]
    Stream.objects.bulk_create(
        [
            Stream(server=server, key=key, key_digest=names.digest(key), tags="eu, core", first_seen=timezone.now())
            for key in keys
        ],
        batch_size=500,
    )
    return server.pk, list(Stream.objects.order_by("pk").values_list("pk", flat=True))


def bodies(server: int, streams: list[int], count: int) -> list[tuple[Any, bytes]]:
    """Ticks as they travel: lags and lengths wander, and one group in twenty is in trouble."""
    from dashboard.live.publish import encode
    from tests.live.events import sample_of

    chance = random.Random(1)
    found = []
    for number in range(count):
        sample = sample_of(server, streams, tick=number)
        states = ["ok"] * 80 + ["slow", "stalled", "stopped", "unknown"]
        sample.groups.state = [chance.choice(states) for _ in sample.groups.state]
        sample.groups.lag = [chance.randrange(5000) for _ in sample.groups.lag]
        sample.streams.length = [chance.randrange(100_000) for _ in streams]
        found.append((sample, encode(sample)))
    return found


def publish_all(ticks: list[tuple[Any, bytes]]) -> None:
    """A tick a second, from a loop and a thread of its own."""
    from dashboard.live.publish import publish

    async def run() -> None:
        for sample, body in ticks:
            await publish(sample, body=body)
            await asyncio.sleep(1)

    asyncio.run(run())


async def listened(server: int, session_key: str, ticks: list[tuple[Any, bytes]], listeners: int) -> dict[str, float]:
    """Milliseconds a tick that the loop and the whole process worked, with so many who list."""
    from dashboard.live.hub import Hub
    from dashboard.live.serving.desk import Wish
    from dashboard.live.serving.slices import View

    hub = Hub.here()
    members = [Member(session_key) for _ in range(listeners or 1)]
    for number, member in enumerate(members):
        await hub.join(member)
        if listeners:
            await hub.begin_list(member, Wish(VIEWS[number % len(VIEWS)], rows=80))
    if not listeners:
        members[0].view = View(health=frozenset({server}))
        await hub.watch(members[0])
    publisher = threading.Thread(target=publish_all, args=(ticks,))
    publisher.start()
    await asyncio.sleep(1.5)
    began, process, listed, count = time.thread_time(), time.process_time(), members[0].bytes, members[0].taken
    slowest = 0.0
    until = time.monotonic() + len(ticks) - 2
    while (now := time.monotonic()) < until:
        await asyncio.sleep(0.01)
        slowest = max(slowest, time.monotonic() - now - 0.01)
    spent, all_spent = time.thread_time() - began, time.process_time() - process
    await asyncio.to_thread(publisher.join)
    for member in members:
        await hub.leave(member)
    taken = members[0].taken - count
    return {
        "loop_ms_a_tick": round(spent * 1000 / (len(ticks) - 2), 1),
        "process_ms_a_tick": round(all_spent * 1000 / (len(ticks) - 2), 1),
        "loop_late_ms_at_most": round(slowest * 1000, 1),
        "kb_a_listing": round((members[0].bytes - listed) / taken / 1024, 1) if taken else 0.0,
    }


def signed_in() -> Any:
    """The browser of a viewer."""
    from django.contrib.auth.models import Group, User
    from django.test import Client

    person = User.objects.create_user("viewer")
    person.groups.add(Group.objects.get(name="Viewer"))
    client = Client(headers={"host": "localhost"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client: Any) -> dict[str, float]:
    """Milliseconds that the overview takes a viewer's request, the first and a later one, and its size."""
    from django.core.management import call_command

    from dashboard.live.serving import catalogue

    call_command("collectstatic", "--noinput", verbosity=0)
    catalogue.forget()
    taken = []
    for _ in range(4):
        began = time.perf_counter()
        response = client.get("/")
        content = response.content
        assert response.status_code == 200
        taken.append((time.perf_counter() - began) * 1000)
    return {
        "page_first_ms": round(taken[0], 1),
        "page_ms": round(sorted(taken[1:])[1], 1),
        "page_kb": round(len(content) / 1024, 1),
        "page_kb_compressed": round(len(gzip.compress(content, 6)) / 1024, 1),
    }


def main() -> None:
    """Measures, prints, and ends with status 1 where a limit was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--ticks", type=int, default=10)
    options, _ = parser.parse_known_args()
    with running(Kind.VALKEY_9) as ours:
        _prepare(ours)
        server, streams = fill(options.streams)
        client = signed_in()
        session_key = client.cookies["sessionid"].value
        ticks = bodies(server, streams, options.ticks)
        result: dict[str, dict[str, float]] = {
            name: asyncio.run(listened(server, session_key, ticks, listeners))
            for name, listeners in (("nobody lists", 0), ("one lists", 1), ("fifty list", 50))
        }
        keep_latest(ticks[-1][0])
        result["page"] = page(client)
    if options.json:
        print(json.dumps({"bench": "listing", "streams": options.streams, "limits": LIMITS, "result": result}))
    else:
        print(f"A listing of {options.streams} streams × 2 groups")
        for name, figures in result.items():
            print(f"  {name:<14}" + "  ".join(f"{what} {value:g}" for what, value in figures.items()))
    figures = {**result["fifty list"], **result["page"]}
    figures["added_loop_ms_a_tick"] = figures["loop_ms_a_tick"] - result["nobody lists"]["loop_ms_a_tick"]
    if broken := [name for name, limit in LIMITS.items() if figures[name] > limit]:
        raise SystemExit(f"Limits were broken: {', '.join(broken)}")


def keep_latest(sample: Any) -> None:
    """Keeps the sample where a page finds it."""
    from dashboard.live.latest import LatestWriter
    from dashboard.live.publish import encode

    async def keep() -> None:
        writer = LatestWriter()
        await writer.sample(sample.server, encode(sample))
        await writer.aclose()

    asyncio.run(keep())


if __name__ == "__main__":
    main()
