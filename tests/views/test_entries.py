"""Entries on pages: by id and time, decoded, filtered, masked, followed; and every way in which a look can fail."""

import gzip
import json
import re
from typing import Any

import msgpack
import pytest
import redis
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.test.utils import override_settings

from dashboard.models import Server, Stream
from dashboard.views.entries_tail import tails
from tests.deployments import Watched, cluster
from tests.servers import Kind, RedisServer, on_one_kind, running

KEY = b"orders \xff"
SECRET = "hunter2-Zq9"
ORDER = {"order": {"id": 17}, "customer": {"name": "Ann", "password": SECRET}}

pytestmark = pytest.mark.django_db


@pytest.fixture
def stream(watched_server: RedisServer) -> Stream:
    server = Server.objects.create(name="shop-prod", address=watched_server.url)
    return Stream.objects.create(server=server, key=KEY, masked_fields="card\n$.customer.name")


def fill(client: "redis.Redis", count: int) -> None:
    pipeline = client.pipeline(transaction=False)
    for number in range(1, count + 1):
        pipeline.xadd(KEY, {b"n": b"%d" % number, b"<script>": b"\xff"}, id=f"{number}-0")
    pipeline.execute()


def look(client: Client, stream: Stream, query: str = "", path: str = "data/") -> dict[str, Any]:
    response = client.get(f"/streams/{stream.pk}/entries/{path}{query}")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    body = response.json()
    assert isinstance(body, dict)
    return body


def ids(body: dict[str, Any]) -> list[int]:
    return [int(entry["id"].split("-")[0]) for entry in body["entries"]]


def test_pages_go_on_and_back_from_either_end(
    viewer_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, 45)
    for order, expected in (("newest", list(range(45, 0, -1))), ("oldest", list(range(1, 46)))):
        first = look(viewer_client, stream, f"?order={order}")
        second = look(viewer_client, stream, f"?order={order}&after={first['next']}")
        third = look(viewer_client, stream, f"?order={order}&after={second['next']}")
        back = look(viewer_client, stream, f"?order={order}&before={third['previous']}")

        assert ids(first) + ids(second) + ids(third) == expected
        assert (first["previous"], third["next"]) == (None, None)
        assert ids(back) == ids(second)
        assert look(viewer_client, stream, f"?order={order}&before={back['previous']}")["previous"] is None


@on_one_kind
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?from=43", [45, 44, 43]),
        ("?from=43-1&order=oldest", [44, 45]),
        ("?to=2", [2, 1]),
        ("?from=7-0&to=8-5", [8, 7]),
        ("?from=1970-01-01T00:00:00.044Z", [45, 44]),
        ("?from=1970-01-01 01:00:00.044&zone=Europe/Berlin", [45, 44]),
        ("?from=5 min ago", []),
    ],
)
def test_a_span_is_given_by_ids_or_times(
    query: str, expected: list[int], viewer_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, 45)

    body = look(viewer_client, stream, query)

    assert ids(body) == expected
    assert body["bounded"]


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("from=tomorrow", "from", "neither an entry id"),
        ("from=9&to=<b>", "to", "neither an entry id"),
        ("from=9&to=8", "to", "before the beginning"),
        ("filter=$.a", "filter", "After a path comes"),
        ("filter=password = a", "filter", "masked for you"),
        ("filter=card contains 4", "filter", "masked for you"),
    ],
)
@on_one_kind
def test_what_cannot_be_meant_is_said_at_its_field_and_nothing_is_lost(
    query: str, field: str, words: str, operator_client: Client, stream: Stream
) -> None:
    for path in ("data/", "tail/"):
        assert words in look(operator_client, stream, f"?{query}", path)["errors"][field]
    page = operator_client.get(f"/streams/{stream.pk}/entries/?{query}").content.decode()

    for name, value in (part.split("=", 1) for part in query.split("&")):
        escaped = value.replace("<", "&lt;").replace(">", "&gt;")
        assert f'name="{name}"' in page
        assert re.search(rf'name="{name}"\s+value="{re.escape(escaped)}"', page)


@on_one_kind
def test_nothing_of_a_payload_leaves_for_who_may_not_see_payloads(
    viewer_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    client_of_watched.xadd(KEY, {"n": "visible-to-operators", "p": json.dumps(ORDER)}, id="1-0")
    tail = look(viewer_client, stream, "", "tail/")["cursor"]
    tails._tails[stream.pk].looked_at = float("-inf")
    client_of_watched.xadd(KEY, {"n": "visible-to-operators"}, id="2-0")

    for path in ("data/", "1-0/data/", f"tail/?cursor={tail}", "1-0/", "", "1-0/0/", "1-0/0/?as=hex", "1-0/1/"):
        response = viewer_client.get(f"/streams/{stream.pk}/entries/{path}")
        assert b"visible" not in response.content
        assert b"visible".hex().encode() not in response.content
    assert look(viewer_client, stream)["entries"][0] == {"id": "2-0", "payload": None}
    assert "permission" in look(viewer_client, stream, "?filter=n = 1")["errors"]["filter"]


WRAPPED: dict[str, dict[str, bytes]] = {
    "a field": {"api_token": SECRET.encode()},
    "a field of this stream": {"card": SECRET.encode()},
    "a path of this stream": {"p": json.dumps({"customer": {"name": SECRET}}).encode()},
    "json": {"p": json.dumps(ORDER).encode()},
    "json in json": {"p": json.dumps({"a": json.dumps(ORDER)}).encode()},
    "gzip": {"p": gzip.compress(json.dumps(ORDER).encode(), mtime=0)},
    "msgpack": {"p": msgpack.packb(ORDER)},
}


@pytest.mark.parametrize("case", WRAPPED)
@on_one_kind
def test_masked_bytes_leave_for_nobody_without_the_permission(
    case: str, operator_client: Client, operator: User, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    [(name, value)] = WRAPPED[case].items()
    client_of_watched.xadd(KEY, {"n": b"1", name: value}, id="2-0")
    paths = ["data/", "data/?filter=n = 1", f"data/?filter={SECRET}", f"data/?filter=$.*.* contains {SECRET}"]
    paths += [
        "2-0/data/",
        "2-0/",
        "2-0/1/",
        "2-0/1/?as=hex",
        "",
        "tail/?cursor=x.0.1-0",
        "tail/?cursor=x.0.1-0&filter=n = 1",
    ]

    for path in paths:
        tails._tails.clear()
        sent = operator_client.get(f"/streams/{stream.pk}/entries/{path}").content
        for needle in (SECRET.encode(), SECRET.encode().hex().encode(), value, value.hex().encode()):
            assert needle not in sent, path
    assert ids(look(operator_client, stream, "?filter=n = 1")) == [2]
    assert look(operator_client, stream, "?filter=" + SECRET)["entries"] == []

    operator.user_permissions.add(Permission.objects.get(codename="view_masked"))
    assert operator_client.get(f"/streams/{stream.pk}/entries/2-0/1/").content == value
    assert ids(look(operator_client, stream, "?filter=" + SECRET)) == [2]


@on_one_kind
def test_the_installation_says_what_is_masked_on_every_stream(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    client_of_watched.xadd(KEY, {"token": "1", "plate": "2"}, id="1-0")
    with override_settings(MASKED_FIELDS=["pl*"]):
        [entry] = look(operator_client, stream)["entries"]

    assert [field["kind"] for field in entry["payload"]["fields"]] == ["text", "masked"]


@on_one_kind
def test_a_filter_says_how_much_was_looked_at_and_goes_on(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, 6000)

    first = look(operator_client, stream, "?filter=n <= 3")
    rest = look(operator_client, stream, f"?filter=n <= 3&after={first['next']}")

    assert (ids(first), first["stopped_at"]) == ([], first["next"])
    assert 0 < first["looked"] <= 5000
    assert ids(rest) == [3, 2, 1] or rest["next"] is not None
    assert rest["previous"] is None


def test_hostile_bytes_arrive_as_text_that_says_what_they_are(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    hostile = {
        b"\xff\0": b"\xff\n",
        b"<script>": "a\u202eb".encode(),
        b"nul": b"text, and\0 one",
        b"": b"",
        b"big": b"x" * 1_000_000,
    }
    client_of_watched.xadd(KEY, hostile, id="1-0")  # type: ignore[arg-type]

    response = operator_client.get(f"/streams/{stream.pk}/entries/data/")

    [entry] = response.json()["entries"]
    shown = [(field["name"], field.get("text", field.get("hex"))) for field in entry["payload"]["fields"]]
    assert shown[:4] == [("\\xff\\x00", "ff0a"), ("<script>", "a\u202eb"), ("nul", "text, and\0 one"), ("", "")]
    assert shown[4] == ("big", "x" * 500)
    assert entry["payload"]["cut"]
    assert entry["payload"]["bytes"] > 1_000_000
    assert len(response.content) < 4_000


@on_one_kind
def test_one_entry_is_shown_in_full_and_each_value_as_it_is_stored(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    packed = gzip.compress(b"x" * 100_000, mtime=0)
    client_of_watched.xadd(KEY, {"a": packed, "b": b"\xff" * 100_000}, id="1-0")

    fields = look(operator_client, stream, "", "1-0/data/")["payload"]["fields"]
    raw = look(operator_client, stream, "", "1-0/1/?as=hex")
    saved = operator_client.get(f"/streams/{stream.pk}/entries/1-0/0/")

    assert (fields[0]["through"], len(fields[0]["text"]), fields[0]["cut"]) == (["gzip"], 100_000, False)
    assert (len(raw["hex"]), raw["bytes"]) == (2 * 2**16, 100_000)
    assert saved.content == packed
    assert saved["Content-Disposition"] == 'attachment; filename="1-0-field-1.bin"'
    assert operator_client.get(f"/streams/{stream.pk}/entries/1-0/2/").status_code == 404


@on_one_kind
def test_an_entry_that_is_not_there_is_said_so_and_an_address_without_an_id_is_not_found(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    assert "no such key" in look(operator_client, stream, "", "1-0/data/")["problem"]["title"]
    fill(client_of_watched, 1)

    assert look(operator_client, stream, "", "9-0/data/")["problem"]["title"] == "The stream has no such entry."
    assert operator_client.get(f"/streams/{stream.pk}/entries/9-0/").status_code == 200
    assert operator_client.get(f"/streams/{stream.pk}/entries/x/").status_code == 404


@on_one_kind
def test_a_stream_that_vanishes_or_becomes_something_else_while_one_looks_is_said_so(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, 50)
    first = look(operator_client, stream)
    cursor = look(operator_client, stream, "", "tail/")["cursor"]
    client_of_watched.set(KEY, "a string")

    for path in (f"data/?after={first['next']}", "1-0/data/", "1-0/0/", f"tail/?cursor={cursor}"):
        tails._tails.clear()
        assert "no stream" in look(operator_client, stream, "", path)["problem"]["title"]
    client_of_watched.delete(KEY)
    assert "no such key" in look(operator_client, stream, f"?after={first['next']}")["problem"]["title"]


def test_a_right_that_is_missing_is_named(operator_client: Client) -> None:
    with running(Kind.VALKEY_9) as watched, watched.client() as client:
        client.acl_setuser("w", enabled=True, passwords=["+secret"], keys=["*"], commands=["+ping", "+xrevrange"])
        server = Server.objects.create(name="shop-prod", address=watched.url, username="w", password="secret")
        stream = Stream.objects.create(server=server, key=KEY)

        found = look(operator_client, stream, "?order=oldest")["problem"]

    assert "XRANGE" in found["detail"]
    assert "secret" not in str(found)


def reads_at(server: RedisServer) -> int:
    """How often entries were read there since its statistics began."""
    with server.client() as client:
        stats = client.info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("xrange", "xrevrange"))


def test_a_slot_that_moves_while_one_looks_is_followed_and_a_replica_read_where_that_is_wished(
    operator_client: Client,
) -> None:
    with cluster(Kind.VALKEY_9, masters=2, replicas=[0]) as made:
        source, target = made.nodes
        [key] = made.keys_at(0)
        with source.client() as client:
            client.xadd(key, {"n": "1"}, id="1-0")
            client.wait(1, 2000)
        server = Server.objects.create(name="shop-prod", address=made.url, topology="cluster", read_replicas=True)
        stream = Stream.objects.create(server=server, key=key)
        before = reads_at(source)

        assert ids(look(operator_client, stream)) == [1]
        assert (reads_at(source), reads_at(made.replicas[0]) > 0) == (before, True)

        Server.objects.update(read_replicas=False)
        made.begin_move(key, source, target)
        assert "on its way to another node" in look(operator_client, stream)["problem"]["detail"]
        made.end_move(key, source, target)
        assert ids(look(operator_client, stream)) == [1]
        assert reads_at(target) > 0


def test_behind_sentinels_a_replica_is_read_where_that_is_wished(
    operator_client: Client, shared_watched: Watched
) -> None:
    with shared_watched.master.client() as client:
        client.xadd(KEY, {"n": "1"}, id="1-0")
        client.wait(1, 2000)
    server = Server.objects.create(
        name="shop-prod", address=shared_watched.url, topology="sentinel", read_replicas=True
    )
    stream = Stream.objects.create(server=server, key=KEY)
    before = reads_at(shared_watched.master)
    try:
        assert ids(look(operator_client, stream)) == [1]
        assert (reads_at(shared_watched.master), reads_at(shared_watched.replicas[0]) > 0) == (before, True)
    finally:
        with shared_watched.master.client() as client:
            client.delete(KEY)
