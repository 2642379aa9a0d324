"""Clusters and Sentinels over TLS: an own authority, client certificates, users with the documented rights, and names."""

import contextlib
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from dashboard.core.marks import MarkKind
from dashboard.core.target import Target, Tls, parse_address
from dashboard.live.events import SampleTaken, ServerUnreachable
from dashboard.live.sampling.cluster_reader import ClusterReader
from dashboard.live.sampling.reader import Definition
from dashboard.live.sampling.sentinel_reader import SentinelReader
from dashboard.redis_io.connect import check, connect_for
from dashboard.services.registry import register_target
from tests.certificates import Authority, Papers
from tests.deployments import Cluster, Watched, cluster, watched
from tests.live.sampling import Sampling
from tests.live.test_cluster_reader import fill, keys_of, told, until, whole
from tests.live.test_rotation import changed, entries_being_added, ours
from tests.live.test_sentinel_reader import add, first
from tests.redis_io.test_documented_rules import let_watch, refused, rules, run
from tests.servers import Kind, wait_until

#: The only program of the tests that was built with TLS.
KIND = Kind.REDIS_7
AUTHORITY, OF_SENTINELS = Authority(), Authority("Authority of the Sentinels")
CLIENT = AUTHORITY.issue("watcher")


def definition(target: Target) -> Definition:
    return Definition(server_id=1, target=target, interval_s=0.4, include=(b"*",), exclude=())


def signed_in(address: str, *, ca: str = AUTHORITY.pem, **more: str) -> Target:
    tls = Tls(ca=ca, certificate=CLIENT.certificate, key=CLIENT.key)
    return msgspec.structs.replace(parse_address(address), username="watcher", password="secret", tls=tls, **more)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def papers(folder: Path) -> Papers:
    return Papers(folder, AUTHORITY.pem, AUTHORITY.issue("127.0.0.1"), asks_client=True)


@pytest.fixture(scope="module")
def secure(papers: Papers) -> Iterator[Cluster]:
    """Nodes whose certificate names 127.0.0.1 alone, where they announce themselves. Tests leave it so."""
    with cluster(KIND, papers=papers) as made:
        fill(made)
        yield made


@pytest.fixture(autouse=True)
def _watcher(request: pytest.FixtureRequest) -> None:
    if "secure" in request.fixturenames:
        for node in request.getfixturevalue("secure").all:
            with node.client() as root:
                let_watch(root, "acl-watching", "acl-watching-cluster")


def set_all(made: Cluster, **settings: str) -> None:
    for node in made.all:
        with node.client() as root:
            root.config_set(*[word for pair in settings.items() for word in pair])


def test_a_cluster_is_read_over_tls_under_the_documented_rights_and_its_moving_slots_are_followed(
    secure: Cluster,
) -> None:
    target, keys = signed_in(secure.url), keys_of(secure)

    assert check(target).ok, check(target).failure
    with closing(ClusterReader(definition(target))) as reader:
        tick = until(reader, keys, whole, within=5)
        assert {node.address for node in tick.nodes} == {f"127.0.0.1:{secure.port(node)}" for node in secure.all}
        source, other = secure.nodes[:2]
        for there, here in ((source, other), (other, source)):
            secure.begin_move(keys[0], there, here)
            until(reader, keys, whole, within=5)
            secure.end_move(keys[0], there, here)
            until(reader, keys, whole, within=5)
    with connect_for(target, keys[0], acting=True) as client:
        assert client.xlen(keys[0]) == 1

    for node in secure.all:
        with node.client() as root:
            assert refused(root) == []


def test_a_node_of_a_cluster_is_verified_by_the_name_under_which_the_cluster_announces_it(
    secure: Cluster, papers: Papers, folder: Path
) -> None:
    named = Papers(folder, AUTHORITY.pem, AUTHORITY.issue("localhost"), asks_client=True)
    target, keys = signed_in(secure.url_by("localhost")), keys_of(secure)
    set_all(secure, **named.files)
    try:
        with closing(ClusterReader(definition(target))) as reader:
            words = told(reader, keys)
            assert "certificate is made for other addresses than this one" in str(words)

            set_all(secure, **{"cluster-announce-hostname": "localhost"})
            set_all(secure, **{"cluster-preferred-endpoint-type": "hostname"})
            wait_until(lambda: not isinstance(told(reader, keys), str), "names that the nodes have told each other")
            tick = until(reader, keys, whole, within=5)
            assert {node.address for node in tick.nodes} == {f"localhost:{secure.port(node)}" for node in secure.all}
            secure.move(keys[0], *secure.nodes[:2])
            until(reader, keys, whole, within=5)
            secure.move(keys[0], *reversed(secure.nodes[:2]))
            until(reader, keys, whole, within=5)

            lost = secure.nodes[2]
            lost.pause()
            why = f"The cluster is down: 5,462 of 16,384 slots are not served. localhost:{secure.port(lost)} failed."
            wait_until(lambda: told(reader, keys) == why, "the cluster's word on it")
    finally:
        secure.nodes[2].resume()
        wait_until(secure.ready, "a whole cluster", timeout=20)
        set_all(secure, **{"cluster-announce-hostname": "", "cluster-preferred-endpoint-type": "ip"})
        set_all(secure, **papers.files)


@pytest.mark.parametrize("endpoint", ["hostname", "unknown-endpoint"])
def test_a_node_without_a_name_of_its_own_is_where_its_address_or_the_one_that_was_asked_says(
    secure: Cluster, endpoint: str
) -> None:
    target, keys = signed_in(secure.url), keys_of(secure)
    set_all(secure, **{"cluster-preferred-endpoint-type": endpoint})
    try:
        with closing(ClusterReader(definition(target))) as reader:
            tick = until(reader, keys, whole, within=5)
            secure.move(keys[0], *secure.nodes[:2])
            until(reader, keys, whole, within=5)
            secure.move(keys[0], *reversed(secure.nodes[:2]))
            until(reader, keys, whole, within=5)
    finally:
        set_all(secure, **{"cluster-preferred-endpoint-type": "ip"})

    assert {node.address for node in tick.nodes} == {f"127.0.0.1:{secure.port(node)}" for node in secure.all}


def test_password_and_certificate_of_a_cluster_change_together_and_no_stream_misses_two_ticks(
    secure: Cluster, sampling: Sampling
) -> None:
    roots, interval_s = [node.client() for node in secure.all], 0.3
    for root in roots:
        run(root, "ACL", "SETUSER", "watcher", ">second")
    server = register_target(signed_in(secure.url), name="one")
    changed(server, sample_interval_s=interval_s, cost_budget_percent=1000)
    with contextlib.ExitStack() as ending:
        for number, root in enumerate(roots):
            ending.enter_context(entries_being_added(root, secure.keys_at(number, 3)[2]))
        sampling.start()
        sampling.wait_for(SampleTaken, lambda event: event.streams.added_per_s.count(None) == 0 < len(event.streams.id))
        began, before = len(sampling.samples(server)), {root: ours(root) for root in roots}
        another = AUTHORITY.issue("watcher")
        changed(server, password="second", tls_certificate=another.certificate, tls_key=another.key)
        wait_until(lambda: all(ours(root) and ours(root) != before[root] for root in roots), "renewed connections")
        for root in roots:
            run(root, "ACL", "SETUSER", "watcher", "<secret")
        at = len(sampling.samples(server))
        wait_until(lambda: len(sampling.samples(server)) > at + 3, "more samples")
    sampling.stop()
    for number, root in enumerate(roots):
        root.delete(secure.keys_at(number, 3)[2])

    samples = sampling.samples(server)[began:]
    # To wait for a time-out of a second, or for a next try, would take longer.
    assert max(after.taken_at - one.taken_at for one, after in pairwise(samples)) < 2 * interval_s + 0.5
    assert sampling.of(ServerUnreachable) == []
    for stream in set().union(*[sample.streams.id for sample in samples]):
        known = [
            dict(zip(sample.streams.id, sample.streams.added_per_s, strict=True)).get(stream) for sample in samples
        ]
        assert (None, None) not in pairwise(known)
        assert max(rate for rate in known if rate is not None) < 1000
    assert [refused(root) for root in roots] == [[]] * len(roots)


@pytest.fixture
def named(folder: Path) -> Iterator[Watched]:
    """Nodes and Sentinels that go by the name localhost, with certificates of two authorities that name nothing else."""
    trusted = AUTHORITY.pem + OF_SENTINELS.pem
    nodes, sentinels = (
        Papers(folder, trusted, authority.issue("localhost"), asks_client=True)
        for authority in (AUTHORITY, OF_SENTINELS)
    )
    with watched(
        KIND,
        papers=nodes,
        sentinel_papers=sentinels,
        options=["--replica-announce-ip", "localhost"],
        sentinel_lines=["sentinel resolve-hostnames yes", "sentinel announce-hostnames yes"],
        host="localhost",
    ) as made:
        for sentinel in made.sentinels:
            sentinel.ask_plainly("ACL", "SETUSER", "finder", "reset", "on", ">finds", *rules("acl-sentinel"))
        for node in (made.master, *made.replicas):
            with node.client() as root:
                let_watch(root, "acl-watching")
                run(root, "ACL", "SETUSER", "watcher", "+role")
        yield made


def test_a_master_is_found_and_followed_over_tls_by_sentinels_of_another_authority(named: Watched) -> None:
    add(named.master)
    target = signed_in(
        named.url, ca=AUTHORITY.pem + OF_SENTINELS.pem, sentinel_username="finder", sentinel_password="finds"
    )

    assert check(target).ok, check(target).failure
    with closing(SentinelReader(definition(target))) as reader:
        [master, replica] = sorted(reader.read([b"s"]).tick.nodes, key=lambda node: node.role)
        assert master.address == f"localhost:{named.secure_ports[named.master.port]}"
        assert replica.address == f"localhost:{named.secure_ports[named.replicas[0].port]}"

        named.master.pause()
        tick = first(reader, lambda tick: any(mark.kind is MarkKind.FAILOVER for mark in tick.marks), within=15)

    assert tick.streams[b"s"].length == 1
    assert tick.nodes[0].address == f"localhost:{named.secure_ports[named.replicas[0].port]}"
    for sentinel in named.sentinels:
        assert sentinel.ask_plainly("ACL", "LOG") == []
