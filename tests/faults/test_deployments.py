"""Deployments of several nodes that fail while they are watched, from the sampler to what a page is told."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dashboard.core import names
from dashboard.live.events import SampleTaken, ServerUnreachable
from dashboard.models import Mark, Server, Stream
from dashboard.services.registry import register_address
from streams_admin.actions import perform
from streams_admin.models import Action
from streams_admin.plans import save_plan
from streams_admin.redis_io.scripts import action_client
from streams_admin.remedies.trim_plan import TrimMode, plan_trim
from tests.deployments import Cluster, Watched, cluster, watched
from tests.live.sampling import Sampling
from tests.servers import Kind, wait_until

INTERVAL_S = 0.5


@pytest.fixture
def own_watched() -> Iterator[Watched]:
    """A master, a replica and Sentinels that a test may break, with a stream."""
    with watched(Kind.REDIS_7) as made:
        with made.master.client() as client:
            client.xadd("orders", {"n": 1})
            client.xadd("orders", {"n": 2})
            client.xgroup_create("orders", "billing", "0")
            client.wait(1, 2000)
        yield made


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A cluster that a test may break, with a stream at each master."""
    with cluster(Kind.REDIS_7, options=["--cluster-require-full-coverage", "no"]) as made:
        for number, node in enumerate(made.nodes):
            with node.client() as client:
                client.xadd(made.keys_at(number)[0], {"n": 1})
                client.xgroup_create(made.keys_at(number)[0], "billing", "0")
        yield made


def registered(url: str) -> Server:
    server = register_address(url, name="shop")
    Server.objects.filter(pk=server.pk).update(sample_interval_s=INTERVAL_S)
    return Server.objects.get(pk=server.pk)


def test_a_failover_is_followed_by_the_sampler_and_remembered(sampling: Sampling, own_watched: Watched) -> None:
    server = registered(own_watched.url)
    sampling.start()
    sampling.wait_for(SampleTaken, lambda event: event.streams.length == [2])
    new = f"127.0.0.1:{own_watched.replicas[0].port}"
    own_watched.master.kill()

    # The promise is 5 s; the rest is for a machine that does much else.
    after = sampling.wait_for(SampleTaken, lambda event: _master(event) == new, timeout=5 + 5)

    assert after.streams.length == [2]
    assert after.streams.problem == [None]
    wait_until(lambda: Mark.objects.filter(server=server, kind="failover").exists(), "the mark")
    assert new in Mark.objects.get(server=server, kind="failover").text
    assert not Stream.objects.exclude(vanished_at=None).exists()


def _master(event: SampleTaken) -> str:
    return next((node.address for node in event.health.nodes if node.role == "master"), "")


def test_sentinels_that_know_no_such_master_are_the_servers_state(sampling: Sampling, own_watched: Watched) -> None:
    registered(own_watched.url.replace("/orders/", "/billing/"))
    sampling.start()

    lost = sampling.wait_for(ServerUnreachable)

    assert (lost.state, lost.detail) == ("down", "The Sentinels know no master called billing. They watch orders.")


def test_one_page_has_all_shards_and_a_node_that_hangs_costs_only_its_own(
    sampling: Sampling, own_cluster: Cluster, viewer_client: Client
) -> None:
    server = registered(own_cluster.url)
    keys = [own_cluster.keys_at(number)[0] for number in range(3)]
    sampling.start()
    sample = sampling.wait_for(SampleTaken, lambda event: event.streams.length == [1, 1, 1])
    ids = {bytes(stream.key): stream.pk for stream in Stream.objects.filter(server=server)}
    assert set(ids) == set(keys)
    assert sample.health.deployment is not None
    assert sample.health.deployment.cluster_state == "ok"
    for key in keys:  # whichever node holds it, its page finds it
        body = viewer_client.get(f"/streams/{ids[key]}/groups/{names.to_slug(b'billing')}/consumers/").json()
        assert body["consumers"] == []

    own_cluster.nodes[1].pause()
    try:
        hung = sampling.wait_for(SampleTaken, lambda event: "error" in event.streams.problem)
        began = len(sampling.samples(server))
        time.sleep(3)
        taken = sampling.samples(server)[began:]
    finally:
        own_cluster.nodes[1].resume()

    problems = dict(zip(hung.streams.id, hung.streams.problem, strict=True))
    assert problems == {ids[keys[0]]: None, ids[keys[1]]: "error", ids[keys[2]]: None}
    assert len(taken) >= 4  # of six; one that waits for the time limit each time would take two or three
    for other in (keys[0], keys[2]):
        assert all(_length(event, ids[other]) == 1 for event in taken)
    assert sampling.of(ServerUnreachable) == []
    sampling.wait_for(SampleTaken, lambda event: event.streams.length == [1, 1, 1])


def _length(event: SampleTaken, stream: int) -> int | None:
    return dict(zip(event.streams.id, event.streams.length, strict=True)).get(stream)


def test_nothing_is_done_to_an_old_master_that_woke_up(
    sampling: Sampling, own_watched: Watched, operator: User
) -> None:
    server = registered(own_watched.url)
    stream = Stream.objects.create(server=server, key=b"orders")
    old = own_watched.master

    def planned() -> Any:
        with action_client(server.target, b"orders") as client:
            return save_plan(
                stream, operator, plan_trim(client, b"orders", TrimMode.LENGTH, 1, beyond=True), now=timezone.now()
            )

    before = planned()
    old.pause()
    new = own_watched.wait_for_failover()
    old.resume()

    # What was previewed on another server is refused; what is previewed now goes to the new master.
    assert perform(before, operator, address=None).state == Action.State.REFUSED
    assert perform(planned(), operator, address=None).state == Action.State.DONE
    with new.client() as client:
        assert client.xlen("orders") == 1
