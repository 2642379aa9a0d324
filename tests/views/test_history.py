"""The past as JSON: of a server, and of what is asked for."""

import time

import pytest
from django.test import Client

from dashboard.history import store
from dashboard.history.journal import rows_of
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
