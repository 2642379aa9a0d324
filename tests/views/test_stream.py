"""The page of a stream: who may see it, what it is told, and that no name can hurt it."""

import json
import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from dashboard.core import names
from dashboard.models import Server, Stream, Threshold
from tests.history.samples import remember

HOSTILE = b"<b>\"'&\n\xff\xe2\x80\xae</script><script>alert(1)</script>"

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> Server:
    return Server.objects.create(name="shop-prod", address="redis://127.0.0.1:1/0")


@pytest.fixture
def stream(server: Server) -> Stream:
    return Stream.objects.create(server=server, key=b"orders", owner="payments team", tags="shop, money")


def page_data(html: str) -> dict[str, Any]:
    found = re.search(r'<script id="page-data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    data = json.loads(found[1])
    assert isinstance(data, dict)
    return data


def test_the_page_names_the_stream_its_server_and_its_owner(viewer_client: Client, stream: Stream) -> None:
    html = viewer_client.get(f"/streams/{stream.pk}/").content.decode()

    assert "<h1>orders</h1>" in html
    assert "shop-prod" in html
    assert "payments team" in html
    assert "money" in html


def test_a_title_stands_before_the_key_and_never_instead_of_it(viewer_client: Client, stream: Stream) -> None:
    Stream.objects.filter(pk=stream.pk).update(title="All orders")

    html = viewer_client.get(f"/streams/{stream.pk}/").content.decode()

    assert "<h1>All orders</h1>" in html
    assert ">orders</span>" in html


@pytest.mark.parametrize(
    "path",
    ["", "history/?since=0", "entries/", "groups/YQ/consumers/", "groups/YQ/pending/"],
    ids=["page", "history", "entries", "consumers", "pending"],
)
def test_only_who_may_view_streams_sees_anything(
    path: str, stream: Stream, nobody_client: Client, client: Client
) -> None:
    address = f"/streams/{stream.pk}/{path}"

    assert nobody_client.get(address).status_code == 403
    assert client.get(address).status_code == 302
    assert client.get(address)["Location"].startswith("/login/")


@pytest.mark.parametrize("path", ["", "history/?since=0", "entries/", "groups/YQ/consumers/", "groups/YQ/pending/"])
def test_a_stream_that_is_not_registered_is_not_found(path: str, viewer_client: Client) -> None:
    assert viewer_client.get(f"/streams/999/{path}").status_code == 404


def test_nothing_is_changed_by_a_post(operator_client: Client, stream: Stream) -> None:
    for path in ("", "history/", "entries/", "groups/YQ/consumers/", "groups/YQ/pending/"):
        assert operator_client.post(f"/streams/{stream.pk}/{path}").status_code == 405


def test_a_hostile_name_is_text_in_the_page_and_in_its_data(viewer_client: Client, server: Server) -> None:
    stream = Stream.objects.create(server=server, key=HOSTILE, title='"><img src=x onerror=alert(1)>')

    html = viewer_client.get(f"/streams/{stream.pk}/").content.decode()

    assert "<b>\"'" not in html
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "\u202e" not in html
    assert page_data(html)["stream"] == stream.pk


def test_a_page_has_no_script_or_style_of_its_own(viewer_client: Client, stream: Stream) -> None:
    html = viewer_client.get(f"/streams/{stream.pk}/").content.decode()

    scripts = re.findall(r"<script([^>]*)>", html)
    assert all("src=" in attributes or "application/json" in attributes for attributes in scripts)
    assert not re.search(r"\sstyle=|\son\w+=|<style", html)


@pytest.mark.parametrize(
    ("query", "seconds"), [("", 900), ("?range=5m", 300), ("?range=6h", 21600), ("?range=<b>", 900), ("?range=9y", 900)]
)
def test_the_address_says_how_much_time_is_shown(
    query: str, seconds: int, viewer_client: Client, stream: Stream
) -> None:
    html = viewer_client.get(f"/streams/{stream.pk}/{query}").content.decode()

    assert page_data(html)["range_s"] == seconds
    assert len(re.findall(r'\?range=\w+" aria-current="true"', html)) == 1


def test_chart_js_is_our_own_copy_unless_an_address_is_given(
    viewer_client: Client, stream: Stream, settings: Any
) -> None:
    own = viewer_client.get(f"/streams/{stream.pk}/").content.decode()
    settings.CHARTJS_URL = "https://cdn.example/chart.js@4.6.1/chart.umd.min.js"
    elsewhere = viewer_client.get(f"/streams/{stream.pk}/").content.decode()

    assert 'src="/static/vendor/chartjs/chart.umd.min.js"' in own
    assert "integrity=" not in own
    [script] = re.findall(r"<script[^>]*cdn\.example[^>]*>", elsewhere)
    assert 'src="https://cdn.example/chart.js@4.6.1/chart.umd.min.js"' in script
    assert 'integrity="sha384-Emf5' in script
    assert 'crossorigin="anonymous"' in script
    assert "vendor/chartjs" not in elsewhere


def test_buttons_to_act_are_for_those_who_may(viewer_client: Client, operator_client: Client, stream: Stream) -> None:
    for_viewer = viewer_client.get(f"/streams/{stream.pk}/").content.decode()
    for_operator = operator_client.get(f"/streams/{stream.pk}/").content.decode()

    assert "/admin/dashboard/stream/" not in for_viewer
    assert ">Pending</a>" in for_operator
    assert ">Trim</a>" in for_operator


def test_the_limits_drawn_are_those_in_scope_and_enabled(viewer_client: Client, stream: Stream) -> None:
    other = Server.objects.create(name="other", address="redis://127.0.0.1:2/0")
    elsewhere = Stream.objects.create(server=other, key=b"orders")
    thresholds: list[tuple[str, str, float, dict[str, Any]]] = [
        ("all", "length", 1000, {}),
        ("glob", "lag", 50, {"key_pattern": "ord*", "group_pattern": "bill*"}),
        ("this", "added_per_s", 5, {"stream": stream, "comparison": "below"}),
        ("another glob", "lag", 1, {"key_pattern": "audit*"}),
        ("another server", "lag", 2, {"server": other}),
        ("another stream", "lag", 3, {"stream": elsewhere}),
        ("off", "lag", 4, {"enabled": False}),
        ("a server's", "server_memory_bytes", 5, {}),
    ]
    for name, metric, limit, scope in thresholds:
        Threshold.objects.create(name=name, metric=metric, warning_limit=limit, **scope)

    limits = page_data(viewer_client.get(f"/streams/{stream.pk}/").content.decode())["limits"]

    assert [(limit["metric"], limit["limit"], limit["words"]) for limit in limits] == [
        ("added_per_s", 5.0, "warning below 5\u202f/s"),
        ("lag", 50.0, "warning above 50 (bill*)"),
        ("length", 1000.0, "warning above 1\u202f000"),
    ]


def test_a_server_that_was_down_before_the_page_opened_is_said_so(
    viewer_client: Client, stream: Stream, server: Server
) -> None:
    since = datetime(2026, 11, 23, 12, tzinfo=UTC)
    Server.objects.filter(pk=server.pk).update(state="down", state_detail="It refuses.", state_since=since)

    data = page_data(viewer_client.get(f"/streams/{stream.pk}/").content.decode())["server"]

    assert (data["state"], data["detail"], data["since"]) == ("down", "It refuses.", since.timestamp())


def write_history(stream: Stream, group: bytes, start_ms: int) -> None:
    for second in range(10):
        if second not in {4, 5, 6}:
            remember(stream, start_ms / 1000 + second, added=None, length=100 + second, groups=(group,))


def test_history_is_columns_with_gaps_and_unknowns_as_null(viewer_client: Client, stream: Stream) -> None:
    start = round(time.time() - 60) * 1000
    write_history(stream, HOSTILE, start)

    body = viewer_client.get(f"/streams/{stream.pk}/history/?since={start / 1000}").json()

    length = body["stream"]["length"]
    assert [value for value in length if value is not None] == [100, 101, 102, 103, 107, 108, 109]
    assert None in length
    assert len(body["at"]) == len(length) == len(body["groups"][0]["lag"])
    assert set(body["stream"]["added_per_s"]) == {None}
    assert body["groups"][0]["slug"] == names.to_slug(HOSTILE)
    assert body["groups"][0]["name"] == names.display(HOSTILE)
    assert set(body["groups"][0]["lag"]) == {7, None}


@pytest.mark.parametrize("since", ["", "yesterday", "-1", "nan", "inf", "1e400"])
def test_history_since_no_time_is_refused_in_words(since: str, viewer_client: Client, stream: Stream) -> None:
    response = viewer_client.get(f"/streams/{stream.pk}/history/?since={since}")

    assert response.status_code == 400
    assert "seconds since the epoch" in response.json()["problem"]["title"]


def test_a_page_asks_the_database_a_few_questions_however_many_thresholds_there_are(
    viewer_client: Client, stream: Stream, django_assert_max_num_queries: Any
) -> None:
    for limit in range(20):
        Threshold.objects.create(name=str(limit), metric="length", warning_limit=limit)

    with django_assert_max_num_queries(12):
        viewer_client.get(f"/streams/{stream.pk}/")


def test_a_stream_that_is_not_watched_says_so(viewer_client: Client, stream: Stream, server: Server) -> None:
    assert "is not watched" not in viewer_client.get(f"/streams/{stream.pk}/").content.decode()

    Stream.objects.filter(pk=stream.pk).update(watched=False)
    assert "This stream is not watched" in viewer_client.get(f"/streams/{stream.pk}/").content.decode()

    Server.objects.filter(pk=server.pk).update(enabled=False)
    assert "Its server is not watched" in viewer_client.get(f"/streams/{stream.pk}/").content.decode()
