"""The search: what is found, in which order, by whom, and how much of it."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.live import index
from dashboard.live.events import GroupColumns, SampleTaken, ServerHealth, StreamColumns
from dashboard.live.keys import sample_key
from dashboard.models import Server, Stream
from tests.servers import RedisServer

pytestmark = pytest.mark.django_db
HOSTILE = b"pay\"'><script>alert(1)</script>\n\xff"


@pytest.fixture(autouse=True)
def _nothing_is_kept_from_another_test() -> Iterator[None]:
    index.forget()
    yield
    index.forget()


@pytest.fixture
def shop(own_redis: RedisServer) -> Server:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:6379/0", environment="production")
    Stream.objects.create(server=server, key=b"payments", title="Card payments", owner="team-pay", tags="core")
    Stream.objects.create(server=server, key=b"eu:pay")
    Stream.objects.create(server=server, key=HOSTILE)
    return server


def _found(client: Client, q: str, **asked: str) -> list[dict[str, Any]]:
    answer = client.get("/search/", {"q": q, **asked})
    assert answer.status_code == 200
    hits: list[dict[str, Any]] = answer.json()["hits"]
    return hits


def _names(hits: list[dict[str, Any]], kind: str) -> list[str]:
    return [hit["name"] for hit in hits if hit["kind"] == kind]


def test_streams_are_found_by_name_title_owner_and_tag_the_nearest_first(viewer_client: Client, shop: Server) -> None:
    hostile = "pay\"'><script>alert(1)</script>\\n\\xff"

    assert _names(_found(viewer_client, "pay"), "stream") == ["payments", hostile, "eu:pay"]
    assert _names(_found(viewer_client, "EU:pay"), "stream") == ["eu:pay"]
    assert _names(_found(viewer_client, "card team"), "stream") == ["payments"]
    assert _names(_found(viewer_client, "core"), "stream") == ["payments"]
    assert _names(_found(viewer_client, "nowhere"), "stream") == []


def test_groups_are_found_as_the_latest_samples_name_them(
    viewer_client: Client, shop: Server, own_redis: RedisServer
) -> None:
    stream = shop.streams.get(key=b"payments")
    groups = GroupColumns(
        stream=[stream.pk], name=["billing"], slug=["YmlsbGluZw"], lag=[0], lag_quality=["exact"], lag_reason=[""],
        time_lag_s=[0], pending=[0], delivered_per_s=[0], acked_per_s=[0], consumers=[0], state=["ok"], state_reason=[""],
    )  # fmt: skip
    sample = SampleTaken(
        server=shop.pk,
        at=1.0,
        taken_at=1.0,
        interval=1.0,
        streams=StreamColumns(id=[stream.pk]),
        groups=groups,
        health=ServerHealth(),
    )
    with own_redis.client() as redis:
        redis.lpush(sample_key(shop.pk), msgspec.msgpack.encode(sample))

    (hit,) = [hit for hit in _found(viewer_client, "billing") if hit["kind"] == "group"]

    assert hit == {
        "kind": "group",
        "name": "billing",
        "detail": "payments · shop",
        "url": f"/streams/{stream.pk}/#group-YmlsbGluZw",
    }


def test_nobody_finds_what_they_may_not_see(
    nobody_client: Client, viewer_client: Client, operator_client: Client, administrator_client: Client, shop: Server
) -> None:
    assert nobody_client.get("/search/", {"q": "pay"}).status_code == 403
    assert _names(_found(viewer_client, "trim pay"), "action") == []
    assert _names(_found(viewer_client, "add a"), "page") == []
    assert _names(_found(administrator_client, "add a"), "page") == ["Add a server", "Add a threshold"]
    actions = [hit for hit in _found(operator_client, "pend payments") if hit["kind"] == "action"]
    stream = shop.streams.get(key=b"payments")
    assert [(hit["name"], hit["url"]) for hit in actions] == [
        ("Pending entries of payments", f"/admin/dashboard/stream/{stream.pk}/pending/")
    ]


def test_a_kind_alone_lists_all_of_it(viewer_client: Client, shop: Server) -> None:
    assert _found(viewer_client, "", kind="server") == [
        {"kind": "server", "name": "shop", "detail": "production", "url": f"/servers/{shop.pk}/"}
    ]
    assert _found(viewer_client, "") == []


def test_an_answer_is_bounded_and_says_what_it_leaves_out(viewer_client: Client, shop: Server) -> None:
    Stream.objects.bulk_create(
        Stream(server=shop, key=b"many:%d" % number, key_digest=str(number)) for number in range(300)
    )

    answer = viewer_client.get("/search/", {"q": "many:" + " " * 5000}).json()

    assert len(_names(answer["hits"], "stream")) == 8
    assert answer["more"] == {"stream": 292}


def test_typing_on_asks_the_database_for_no_streams_again(viewer_client: Client, shop: Server) -> None:
    _found(viewer_client, "p")
    with CaptureQueriesContext(connection) as queries:
        _found(viewer_client, "pa")

    assert not [query for query in queries if "dashboard_stream" in query["sql"]]
