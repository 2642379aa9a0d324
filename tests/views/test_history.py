"""The past as JSON: of a server, and of what is asked for."""

import time

import pytest
from django.test import Client

from dashboard.history import store
from dashboard.history.blocks import Block, pack
from dashboard.history.journal import rows_of
from dashboard.history.metrics import Column, Kind, Track
from dashboard.history.models import HistoryBlock
from dashboard.models import Server, Stream
from tests.history.samples import NOON, remember, tick

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> Server:
    return Server.objects.create(name="shop", address="redis://127.0.0.1:6379/0")


def test_a_servers_past_is_columns_of_its_health(viewer_client: Client, server: Server) -> None:
    now = time.time()
    for second in (3, 2, 1):
        store.write(list(rows_of(tick(now - second - NOON, {}, server=server.pk, clients=second))))

    body = viewer_client.get(f"/servers/{server.pk}/history/?since={now - 60}").json()

    assert body["server"]["clients"] == [3, 2, 1]
    assert body["server"]["used_memory_bytes"] == [None, None, None]
    assert body["step_s"] is None


def test_a_long_range_has_least_most_and_last_beside_the_means(viewer_client: Client, server: Server) -> None:
    stream, now = Stream.objects.create(server=server, key=b"s"), time.time()
    for length in (1, 8, 3):
        remember(stream, now // 1000 * 1000 - 1000 + length / 10, length=length)

    body = viewer_client.get(f"/streams/{stream.pk}/history/?since={now - 86000}&metrics=length").json()

    its = body["stream"]
    assert (its["least"]["length"], its["most"]["length"], its["length"]) == ([1], [8], [4])
    assert len(its["last"]["length"]) == 1
    assert set(its) == {"length", "least", "most", "last"}


def test_metrics_that_are_none_are_refused_in_words(viewer_client: Client, server: Server) -> None:
    response = viewer_client.get(f"/servers/{server.pk}/history/?since=1763985600&metrics=length")

    assert response.status_code == 400
    assert "used_memory_bytes" in response.json()["problem"]["title"]


def test_a_short_time_of_long_ago_comes_from_what_is_still_kept_of_it(viewer_client: Client, server: Server) -> None:
    now = time.time()
    long_ago = now // 10 * 10 - 5 * 3600  # samples are kept for two hours
    fives: Column = [5.0] * 30
    track = Track(fives, fives, fives, fives)
    at = [round((long_ago + step * 10) * 1000) for step in range(30)]
    block = Block(at, {(None, "clients"): track}, kind=Kind.SERVER, interval_ms=1000, step_ms=10_000, counts=[10] * 30)
    HistoryBlock.objects.create(
        kind=Kind.SERVER, subject=server.pk, resolution=10, starts_at=at[0], ends_at=at[-1] + 10_000, points=pack(block)
    )

    address = f"/servers/{server.pk}/history/?since={long_ago + 50}&until={long_ago + 100}&metrics=clients"
    body = viewer_client.get(address).json()

    assert body["step_s"] == 10
    assert body["at"] == [long_ago + step for step in (50, 60, 70, 80, 90, 100)]
    assert body["server"]["clients"] == [5] * 6


@pytest.mark.parametrize("query", ["", "since=x", "since=5&until=4", "since=nan", "since=1&until=inf"])
def test_a_time_that_is_none_is_refused_in_words(query: str, viewer_client: Client, server: Server) -> None:
    response = viewer_client.get(f"/servers/{server.pk}/history/?{query}")

    assert (response.status_code, "since" in response.json()["problem"]["title"]) == (400, True)


def test_how_sure_each_point_is_comes_along_in_the_words_of_live_samples(viewer_client: Client, server: Server) -> None:
    stream, now = Stream.objects.create(server=server, key=b"s"), time.time()
    for ago, (lag, word) in enumerate([(3, "measured"), (None, "unknown"), (40, "approximate")]):
        sample = tick(now - 3 + ago - NOON, {stream.pk: 5}, lag=lag, quality=word, server=server.pk)
        sample.groups.time_lag_estimated = [ago > 0]
        store.write(list(rows_of(sample)))

    near, far = (viewer_client.get(f"/streams/{stream.pk}/history/?since={now - ago}").json() for ago in (60, 86000))

    [group] = near["groups"]
    assert (group["lag"], group["lag_quality"]) == ([3, None, 40], ["measured", None, "approximate"])
    assert group["time_lag_estimated"] == [False, True, True]
    assert near["stream"]["added_at_least"] == [False] * 3
    [group] = far["groups"]
    assert group["lag_quality"][-1] == "approximate"
    assert True in group["time_lag_estimated"]
    assert "lag_quality" not in group["most"]


def test_what_was_stored_before_its_provenance_was_is_not_called_exact(viewer_client: Client, server: Server) -> None:
    stream, now = Stream.objects.create(server=server, key=b"s"), time.time()
    sample = tick(now - 3 - NOON, {stream.pk: 5}, server=server.pk)
    sample.groups.lag_quality = []
    store.write(list(rows_of(sample)))

    [group] = viewer_client.get(f"/streams/{stream.pk}/history/?since={now - 60}").json()["groups"]

    assert (group["lag"], group["lag_quality"]) == ([40], [None])
