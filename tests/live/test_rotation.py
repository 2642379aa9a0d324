"""Credentials that change while the sampler runs: the connection is renewed, and nothing that was derived is lost."""

import contextlib
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import redis

from dashboard.core.target import parse_address
from dashboard.live.events import SampleTaken, ServerRecovered, ServerUnreachable
from dashboard.live.sampling import patience
from dashboard.models import Server
from dashboard.services.registry import register_target
from tests.certificates import Authority, tls_running
from tests.deployments import watched as deployment
from tests.live.sampling import Sampling
from tests.servers import Kind, RedisServer, running, wait_until


@pytest.fixture(scope="module")
def own_server() -> Iterator[RedisServer]:
    with running(Kind.VALKEY_9) as server:
        yield server


@pytest.fixture
def root(own_server: RedisServer) -> Iterator[redis.Redis]:
    """A client of the server, on which ann signs in with `first` or `second`."""
    with own_server.client() as client:
        client.flushall()
        for name in ("ann", "bea"):
            run(client, "ACL", "SETUSER", name, "reset", "on", "~*", "+@all", ">first", ">second")
        client.acl_log_reset()
        yield client


@contextlib.contextmanager
def entries_being_added(client: redis.Redis, key: str | bytes = "orders") -> Iterator[None]:
    ended = threading.Event()

    def add() -> None:
        while not ended.wait(0.02):
            client.xadd(key, {"n": 1})

    thread = threading.Thread(target=add)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def watched(address: str, **fields: object) -> Server:
    server = register_target(parse_address(address), name="one")
    return changed(server, sample_interval_s=0.1, **fields)


def changed(server: Server, **fields: object) -> Server:
    for name, value in fields.items():
        setattr(server, name, value)
    server.save(update_fields=list(fields))
    return server


def run(root: redis.Redis, *command: str) -> None:
    root.execute_command(*command)  # type: ignore[no-untyped-call]


def ours(root: redis.Redis) -> list[tuple[str, str]]:
    """Our connections: their ids and users."""
    return [(client["id"], client["user"]) for client in root.client_list() if client["name"] == "streamgauge"]


def refusals(root: redis.Redis) -> int:
    return sum(int(str(entry["count"])) for entry in root.acl_log() if entry["reason"] == "auth")


def rates(sampling: Sampling, server: Server) -> list[float | None]:
    """Entries a second in each sample, from the first known one on."""
    found = [sample.streams.added_per_s[0] for sample in sampling.samples(server) if sample.streams.id]
    return found[next(at for at, rate in enumerate(found) if rate is not None) :]


def assert_nothing_was_lost(sampling: Sampling, server: Server) -> None:
    known = rates(sampling, server)
    assert None not in known
    assert all(rate is not None and rate < 1000 for rate in known)
    moments = [sample.taken_at for sample in sampling.samples(server)]
    # The interval is 0.1 s; a busy machine may be late, but waiting for a time-out or a next try would take longer.
    assert max(after - before for before, after in pairwise(moments)) < 0.9
    assert sampling.of(ServerUnreachable) == []


@pytest.mark.parametrize(
    ("fields", "user"), [({"password": "second"}, "ann"), ({"username": "bea", "password": "second"}, "bea")]
)
def test_other_credentials_renew_the_connection_and_leave_no_gap(
    sampling: Sampling, own_server: RedisServer, root: redis.Redis, fields: dict[str, str], user: str
) -> None:
    server = watched(f"redis://ann:first@127.0.0.1:{own_server.port}/0")
    with own_server.client() as adding, entries_being_added(adding):
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: bool(event.streams.added_per_s[:1] not in ([], [None])))
        before = ours(root)
        changed(server, **fields)
        wait_until(lambda: ours(root) != before, "the renewed connection")
        run(root, "ACL", "SETUSER", user, "<first")
        at = len(sampling.samples(server))
        wait_until(lambda: len(sampling.samples(server)) > at + 5, "more samples")

    assert [name for _, name in ours(root)] == [user]
    assert_nothing_was_lost(sampling, server)
    assert refusals(root) == 0


def test_another_client_certificate_renews_the_connection_and_leaves_no_gap(sampling: Sampling, tmp_path: Path) -> None:
    authority = Authority()
    first, second = authority.issue("first"), authority.issue("second")
    with (
        tls_running(tmp_path, authority, authority.issue("127.0.0.1"), asks_client=True) as running_server,
        running_server.server.client() as root,
        entries_being_added(root),
    ):
        server = watched(
            f"rediss://127.0.0.1:{running_server.port}/0",
            tls_ca=authority.pem,
            tls_certificate=first.certificate,
            tls_key=first.key,
        )
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: bool(event.streams.added_per_s[:1] not in ([], [None])))
        with running_server.server.client() as asking:
            before = ours(asking)
            changed(server, tls_certificate=second.certificate, tls_key=second.key)
            wait_until(lambda: ours(asking) != before, "the renewed connection")
        at = len(sampling.samples(server))
        wait_until(lambda: len(sampling.samples(server)) > at + 5, "more samples")

    assert_nothing_was_lost(sampling, server)


def test_credentials_of_sentinels_and_of_their_master_change_together_and_leave_no_gap(sampling: Sampling) -> None:
    both = ("reset", "on", "~*", "+@all", ">first", ">second")
    with (
        deployment(Kind.VALKEY_9) as found,
        found.master.client() as root,
        found.master.client() as asking,
        entries_being_added(root),
    ):
        run(asking, "ACL", "SETUSER", "ann", *both)
        for sentinel in found.sentinels:
            sentinel.ask_plainly("ACL", "SETUSER", "sue", *both)
        address = found.url.replace("://", "://ann:first@") + "?sentinel_username=sue&sentinel_password=first"
        server = watched(address)
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: bool(event.streams.added_per_s[:1] not in ([], [None])))
        before = ours(asking)
        changed(server, password="second", sentinel_password="second")
        wait_until(lambda: ours(asking) != before, "the renewed connection")
        run(asking, "ACL", "SETUSER", "ann", "<first")
        for sentinel in found.sentinels:
            sentinel.ask_plainly("ACL", "SETUSER", "sue", "<first")
            sentinel.ask_plainly("CLIENT", "KILL", "USER", "sue")
        at = len(sampling.samples(server))
        wait_until(lambda: len(sampling.samples(server)) > at + 15, "more samples")
        refused = [refusals(asking), *(len(sentinel.ask_plainly("ACL", "LOG")) for sentinel in found.sentinels)]  # type: ignore[arg-type]

    assert_nothing_was_lost(sampling, server)
    assert refused == [0] * 4


def test_a_password_that_changes_on_the_server_first_is_tried_once_until_the_registry_has_it_too(
    sampling: Sampling, own_server: RedisServer, root: redis.Redis
) -> None:
    server = watched(f"redis://ann:first@127.0.0.1:{own_server.port}/0")
    root.xadd("orders", {"n": 1})
    sampling.start()
    sampling.wait_for(SampleTaken, lambda event: event.streams.added_per_s == [0.0])

    run(root, "ACL", "SETUSER", "ann", "<first")
    at = len(sampling.samples(server))
    wait_until(lambda: len(sampling.samples(server)) > at + 3, "samples over the connection that lives on")
    root.client_kill_filter(user="ann")
    denied = sampling.wait_for(ServerUnreachable)
    time.sleep(1.5)
    assert refusals(root) == 1

    changed(server, password="second")
    began = time.monotonic()
    sampling.wait_for(ServerRecovered, timeout=4.0)
    took = time.monotonic() - began

    assert (denied.state, denied.detail) == ("denied", "It refuses this user name or password.")
    assert took < 3
    assert refusals(root) == 1
    wait_until(lambda: sampling.samples(server)[-1].streams.added_per_s == [0.0], "rates again")


def test_a_wrong_password_is_tried_no_oftener_than_a_lock_out_would_take(
    sampling: Sampling, own_server: RedisServer, root: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert patience.DENIED_RETRY_S == 60
    monkeypatch.setattr(patience, "DENIED_RETRY_S", 1.0)
    watched(f"redis://ann:wrong@127.0.0.1:{own_server.port}/0")
    began = time.monotonic()
    sampling.start()

    sampling.wait_for(ServerUnreachable)
    wait_until(lambda: refusals(root) == 3, "the third try")

    assert time.monotonic() - began >= 2.0
    sampling.stop()
    assert refusals(root) <= 4
