"""The same faults on every kind of server at once: each state by its name within three seconds, and the way back from it."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dashboard.live.events import SampleTaken, ServerRecovered, ServerUnreachable
from dashboard.models import Server, Stream
from tests.live.sampling import Sampling, register
from tests.servers import Kind, RedisServer, running, wait_until

#: Holds a server up for a second and a half.
SPIN = """
local function now() local t = redis.call('TIME') return t[1] * 1000 + t[2] / 1000 end
local ends = now() + 1500
while now() < ends do end
return 1
"""

Watched = list[tuple[Server, RedisServer]]
Told = Callable[..., None]


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A server of each kind with a stream."""
    with contextlib.ExitStack() as stack:
        found: Watched = []
        for kind in Kind:
            server = stack.enter_context(running(kind, "--appendonly", "yes", "--lua-time-limit", "100"))
            with server.client() as client:
                client.xadd("s", {"n": 0})
            found.append((register(server, str(kind), interval_s=0.2), server))
        yield found


@pytest.fixture
def told(sampling: Sampling, watched: Watched) -> Told:
    """Waits until each server was told of by such an event, since it was waited for the last time."""
    everybody, since = {row.pk for row, _ in watched}, [0]

    def wait(kind: type[Any], when: Callable[..., bool] = lambda _: True, *, within_s: float = 3) -> None:
        def heard() -> set[int]:
            return {event.server for event in sampling.events[since[0] :] if isinstance(event, kind) and when(event)}

        wait_until(lambda: heard() == everybody, f"{kind.__name__} of all", timeout=within_s)
        since[0] = len(sampling.events)

    return wait


def test_each_fault_is_named_within_three_seconds_and_ends_with_it(
    sampling: Sampling, watched: Watched, told: Told
) -> None:
    servers = [server for _, server in watched]
    sampling.start()
    told(SampleTaken, lambda event: event.streams.length == [1], within_s=10)

    for server in servers:
        server.pause()
    told(ServerUnreachable, lambda event: event.state == "down")
    for server in servers:
        server.resume()
    told(ServerRecovered)

    with ThreadPoolExecutor(len(servers)) as spinning:
        said = [spinning.submit(ask, server, command=("EVAL", SPIN, "0")) for server in servers]
        told(ServerUnreachable, lambda event: event.state == "busy")
        told(ServerRecovered, within_s=5)
    assert [one.result() for one in said] == [1] * len(servers)

    for server in servers:
        ask(server, command=("ACL", "SETUSER", "default", "-xinfo"))
    told(SampleTaken, lambda event: event.streams.problem == ["denied"])
    for server in servers:
        ask(server, command=("ACL", "SETUSER", "default", "+xinfo"))
    told(SampleTaken, lambda event: event.streams.length == [1])

    for server in servers:
        server.kill()
    told(ServerUnreachable, lambda event: event.state == "down" and "refuses connections" in event.detail)
    for server in servers:
        server.start()
    told(ServerRecovered)
    told(SampleTaken, lambda event: event.streams.length == [1])

    for server in servers:
        ask(server, command=("CONFIG", "SET", "requirepass", "other"))
        ask(server, command=("CLIENT", "KILL", "TYPE", "normal"), password="other")
    told(ServerUnreachable, lambda event: event.state == "denied")
    assert not Stream.objects.exclude(vanished_at=None).exists()


def ask(server: RedisServer, *, command: tuple[str, ...], **options: object) -> object:
    """One command over a connection of its own."""
    with server.client(**options) as client:
        return client.execute_command(*command)
