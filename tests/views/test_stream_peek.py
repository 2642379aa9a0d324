"""Looks into watched servers: pages of pending entries, consumers, entries, and every way in which a look can fail."""

from typing import Any

import pytest
import redis
from django.test import Client

from dashboard.core import names
from dashboard.models import Server, Stream
from tests.servers import Kind, RedisServer, running

KEY = b"orders \xff"
GROUP = b"bill<b>ing\n"
SLUG = names.to_slug(GROUP)

pytestmark = pytest.mark.django_db


@pytest.fixture
def stream(watched_server: RedisServer) -> Stream:
    server = Server.objects.create(name="shop-prod", address=watched_server.url)
    return Stream.objects.create(server=server, key=KEY)


def fill(client: "redis.Redis", entries: int, *, deliver: bool = True) -> None:
    pipeline = client.pipeline(transaction=False)
    for number in range(1, entries + 1):
        pipeline.xadd(KEY, {b"card": b"4111 1111 %d" % number, b"<script>": b"\xff"}, id=f"{number}-0")
    pipeline.execute()
    client.xgroup_create(KEY, GROUP, "0")
    if deliver:
        client.xreadgroup(GROUP, b"w\xff1", {KEY: ">"}, count=entries)  # type: ignore[arg-type]


def look(client: Client, stream: Stream, path: str) -> dict[str, Any]:
    response = client.get(f"/streams/{stream.pk}/{path}")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    body = response.json()
    assert isinstance(body, dict)
    return body


def test_five_thousand_pending_entries_come_page_by_page_each_once(
    viewer_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, 5000)

    seen: list[str] = []
    after = ""
    while True:
        page = look(viewer_client, stream, f"groups/{SLUG}/pending/{after}")
        seen += [entry["id"] for entry in page["entries"]]
        if page["next"] is None:
            break
        after = f"?after={page['next']}"

    assert seen == [f"{number}-0" for number in range(1, 5001)]


def test_ids_at_the_end_of_64_bits_travel_as_text(
    viewer_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    """A JavaScript number would make 18446744073709552000 of them."""
    last = "18446744073709551615-18446744073709551615"
    client_of_watched.xadd(KEY, {"n": 1}, id="18446744073709551615-18446744073709551614")
    client_of_watched.xadd(KEY, {"n": 2}, id=last)
    client_of_watched.xgroup_create(KEY, GROUP, "0")
    client_of_watched.xreadgroup(GROUP, "w", {KEY: ">"})  # type: ignore[arg-type]

    pending = look(viewer_client, stream, f"groups/{SLUG}/pending/")
    entries = look(viewer_client, stream, "entries/data/")["entries"]

    assert [entry["id"] for entry in pending["entries"]][-1] == last
    assert look(viewer_client, stream, f"groups/{SLUG}/pending/?after={last}")["entries"] == []
    assert entries[0]["id"] == last


def test_a_page_of_pending_entries_tells_consumer_deliveries_and_idle(
    viewer_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, 60)

    page = look(viewer_client, stream, f"groups/{SLUG}/pending/")

    first = page["entries"][0]
    assert len(page["entries"]) == 50
    assert page["first"] is True
    assert (first["id"], first["consumer"], first["deliveries"]) == ("1-0", "w\\xff1", 1)
    assert 0 <= first["idle_s"] < 30


def test_nothing_pending_is_an_empty_page(
    viewer_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, 3, deliver=False)

    assert look(viewer_client, stream, f"groups/{SLUG}/pending/") == {"entries": [], "next": None, "first": True}
    assert look(viewer_client, stream, f"groups/{SLUG}/consumers/") == {"consumers": [], "capped": False}


def test_consumers_come_with_the_most_pending_first(
    viewer_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, 5)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "idle one")

    found = look(viewer_client, stream, f"groups/{SLUG}/consumers/")["consumers"]

    assert [(consumer["name"], consumer["pending"]) for consumer in found] == [("w\\xff1", 5), ("idle one", 0)]


def test_a_group_deleted_under_an_open_page_is_said_to_be_gone(
    viewer_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, 120)
    cursor = look(viewer_client, stream, f"groups/{SLUG}/pending/")["next"]

    client_of_watched.xgroup_destroy(KEY, GROUP)

    for path in (f"pending/?after={cursor}", "consumers/"):
        assert look(viewer_client, stream, f"groups/{SLUG}/{path}")["problem"]["title"] == "The group is gone."


def test_a_key_that_vanished_or_became_something_else_is_said_so(
    viewer_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    assert "no such key" in look(viewer_client, stream, "entries/data/")["problem"]["title"]

    client_of_watched.set(KEY, "a string")

    for path in ("entries/data/", f"groups/{SLUG}/pending/", f"groups/{SLUG}/consumers/"):
        assert "no stream" in look(viewer_client, stream, path)["problem"]["title"]


@pytest.mark.parametrize(
    "path", [f"groups/{SLUG}/pending/?after=x", "entries/data/?before=1-2-3", "entries/data/?after=-5"]
)
def test_a_cursor_that_is_no_entry_id_is_refused_in_words(path: str, viewer_client: Client, stream: Stream) -> None:
    response = viewer_client.get(f"/streams/{stream.pk}/{path}")

    assert response.status_code == 400
    assert "entry id" in response.json()["problem"]["title"]


def test_an_address_that_names_no_group_is_not_found(viewer_client: Client, stream: Stream) -> None:
    assert viewer_client.get(f"/streams/{stream.pk}/groups/no%20slug!/pending/").status_code == 404


def test_a_server_that_is_down_is_told_with_what_to_do(viewer_client: Client) -> None:
    with running(Kind.VALKEY_9) as watched:
        server = Server.objects.create(name="shop-prod", address=watched.url)
        stream = Stream.objects.create(server=server, key=KEY)
        watched.kill()

        for path in ("entries/data/", f"groups/{SLUG}/pending/", f"groups/{SLUG}/consumers/"):
            problem = look(viewer_client, stream, path)["problem"]
            assert problem["title"] == "shop-prod cannot be reached."
            assert "refuses connections" in problem["detail"]
            assert "try again" in problem["remedy"]


def test_a_server_that_stands_still_is_given_up_after_a_second(viewer_client: Client) -> None:
    with running(Kind.VALKEY_9) as watched:
        server = Server.objects.create(name="shop-prod", address=watched.url)
        stream = Stream.objects.create(server=server, key=KEY)
        watched.pause()
        try:
            problem = look(viewer_client, stream, "entries/data/")["problem"]
        finally:
            watched.resume()

    assert "did not answer" in problem["detail"]


def test_an_account_without_the_permission_is_told_which_one(viewer_client: Client) -> None:
    with running(Kind.VALKEY_9) as watched, watched.client() as client:
        client.acl_setuser(
            "watcher", enabled=True, passwords=["+secret"], keys=["*"], commands=["+ping", "+client|setname"]
        )
        server = Server.objects.create(name="shop-prod", address=watched.url, username="watcher", password="secret")
        stream = Stream.objects.create(server=server, key=KEY)

        problem = look(viewer_client, stream, "entries/data/")["problem"]

    assert problem["title"] == "shop-prod refuses our account."
    assert "XREVRANGE" in problem["detail"]
    assert "secret" not in str(problem)


def test_a_survey_tells_the_shape_of_what_is_pending_and_names_what_is_wrong(
    viewer_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, 12)
    client_of_watched.xclaim(KEY, GROUP, b"w\xff1", 0, ["5-0"], idle=400_000, retrycount=12)
    client_of_watched.xdel(KEY, "1-0", "2-0")

    body = look(viewer_client, stream, f"groups/{SLUG}/survey/")

    assert (body["looked_at"], body["complete"]) == (12, True)
    assert dict(zip(body["waits_s"]["begins"], body["waits_s"]["counts"], strict=True))[300] == 1
    assert dict(zip(body["deliveries"]["begins"], body["deliveries"]["counts"], strict=True))[10] == 1
    assert [(row["id"], row["consumer"], row["deliveries"]) for row in body["poisonous"]] == [("5-0", "w\\xff1", 12)]
    assert (body["ghosts"], body["ghostly"]) == (2, ["1-0", "2-0"])


def measured(client: Client, stream: Stream, slug: str = SLUG) -> dict[str, Any]:
    body = client.post(f"/streams/{stream.pk}/groups/{slug}/measure/").json()
    assert isinstance(body, dict)
    return body


def test_l3_a_lag_is_measured_on_demand_and_says_what_it_took(
    viewer_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, 2500, deliver=False)
    client_of_watched.xreadgroup(GROUP, b"w", {KEY: ">"}, count=10)  # type: ignore[arg-type]
    client_of_watched.xdel(KEY, "5-0", "600-0")

    body = measured(viewer_client, stream)

    assert (body["lag"], body["lag_quality"]) == (2489, "measured")
    assert 5 < body["commands"] < 20
    assert body["bytes"] > 2489 * 20
    assert 0 < body["server_ms"] < 1000


def test_l3_what_the_ids_prove_is_not_counted(
    viewer_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, 100, deliver=False)

    body = measured(viewer_client, stream)

    assert (body["lag"], body["lag_quality"], body["commands"]) == (100, "exact", 2)


def test_measuring_a_group_or_a_stream_that_is_gone_says_so(
    viewer_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    assert "no such key" in measured(viewer_client, stream)["problem"]["title"]

    fill(client_of_watched, 1)

    assert measured(viewer_client, stream, names.to_slug(b"other"))["problem"]["title"] == "The group is gone."


def test_measuring_costs_the_server_something_so_it_is_no_get(
    viewer_client: Client, nobody_client: Client, stream: Stream
) -> None:
    path = f"/streams/{stream.pk}/groups/{SLUG}/measure/"

    assert viewer_client.get(path).status_code == 405
    assert nobody_client.post(path).status_code == 403
    assert Client(enforce_csrf_checks=True).post(path).status_code in (302, 403)
