"""The overview as the server draws it: from the registry alone, numbers still dashes."""

import json
import re
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.models import Alert, Server, Stream
from tests.history.samples import remember

pytestmark = pytest.mark.django_db
HOSTILE = b"\"'><script>alert(1)</script>\n\xff"


def _server(name: str = "shop", **fields: object) -> Server:
    return Server.objects.create(name=name, address="redis://127.0.0.1:6379/0", **fields)


def _stream(server: Server, key: bytes, **fields: object) -> Stream:
    return Stream.objects.create(server=server, key=key, **fields)


def _remember(stream: Stream, added: list[tuple[float, float | None]]) -> None:
    for at, rate in added:
        remember(stream, at, added=rate)


def _page(client: Client, address: str = "/") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def _rows(page: str) -> dict[str, list[Any]]:
    found = re.search(r'<script id="listing" type="application/json">(.*?)</script>', page)
    assert found
    rows: dict[str, list[Any]] = json.loads(found[1])["rows"]
    return rows


def _queries(client: Client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        _page(client)
    return len(queries)


def test_an_anonymous_reader_is_sent_to_sign_in_and_back(client: Client) -> None:
    response = client.get("/?q=pay")

    assert response.status_code == 302
    assert response["Location"] == "/login/?next=/%3Fq%3Dpay"


def test_somebody_without_the_permission_is_told_whom_to_ask(nobody_client: Client) -> None:
    response = nobody_client.get("/")

    assert response.status_code == 403
    assert "An administrator adds them" in response.content.decode()


def test_a_viewer_gets_the_first_rows_and_what_to_choose_from(viewer_client: Client) -> None:
    stream = _stream(_server(), b"payments", title="Card payments", owner="team-pay", tags="core, eu")

    page = _page(viewer_client)

    rows = _rows(page)
    assert (rows["id"], rows["url"], rows["length"]) == ([stream.pk], [f"/streams/{stream.pk}/"], [None])
    assert rows["title"] == ["Card payments"]
    assert '<option value="eu">eu</option>' in page
    assert '<option value="team-pay">team-pay</option>' in page


def test_the_number_of_queries_does_not_grow_with_the_streams(viewer_client: Client) -> None:
    server = _server()
    _stream(server, b"first")
    few = _queries(viewer_client)
    for number in range(40):
        _stream(server, b"stream:%d" % number, tags="a")
    _stream(_server("other"), b"elsewhere")

    assert _queries(viewer_client) == few


def test_a_hostile_key_is_shown_escaped(viewer_client: Client) -> None:
    _stream(_server(), HOSTILE, title="<img src=x onerror=alert(1)>", owner='" onclick="x', tags="<b>")

    page = _page(viewer_client)

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert '" onclick="' not in page
    assert _rows(page)["name"][0].endswith("\\n\\xff")


def test_a_stream_that_is_not_watched_or_whose_server_is_switched_off_is_not_listed(viewer_client: Client) -> None:
    _stream(_server(), b"kept")
    _stream(Server.objects.get(), b"dropped", watched=False)
    _stream(_server("off", enabled=False), b"asleep")

    page = _page(viewer_client)

    assert "kept" in page
    assert "dropped" not in page
    assert "asleep" not in page


def test_a_vanished_stream_is_marked_and_not_left_out(viewer_client: Client) -> None:
    _stream(_server(), b"gone", vanished_at=timezone.now())

    page = _page(viewer_client)

    assert (_rows(page)["name"], _rows(page)["state"]) == (["gone"], ["vanished"])


def test_with_no_server_an_administrator_is_led_to_add_one(administrator_client: Client) -> None:
    assert 'href="/admin/dashboard/server/add/"' in _page(administrator_client)


def test_with_no_server_a_viewer_is_told_who_can_add_one(viewer_client: Client) -> None:
    page = _page(viewer_client)

    assert "An administrator registers servers" in page
    assert "/admin/" not in page


def test_a_server_without_streams_names_the_patterns_that_were_used(viewer_client: Client) -> None:
    _server(include="app:*\nshop:*", exclude="tmp:*", state=Server.State.UP)

    page = _page(viewer_client)

    for pattern in ("app:*", "shop:*", "tmp:*"):
        assert f"<code>{pattern}</code>" in page


def test_a_server_in_trouble_says_what_is_wrong_before_any_socket_opens(viewer_client: Client) -> None:
    server = _server(state=Server.State.DENIED, state_detail="WRONGPASS: check the password.")
    _stream(server, b"payments")

    page = _page(viewer_client)

    assert 'data-state="denied"' in page
    assert "WRONGPASS: check the password." in page


def test_alerts_that_are_open_on_a_stream_are_told_for_its_mark(viewer_client: Client) -> None:
    stream = _stream(_server(), b"payments")
    facts = {"severity": "critical", "metric": "lag", "limit": 1, "opened_at": timezone.now(), "server": stream.server}
    Alert.objects.create(stream=stream, title="</script><b>open", subject_digest="1", **facts)
    Alert.objects.create(stream=stream, title="past", subject_digest="2", resolved_at=timezone.now(), **facts)
    Alert.objects.create(stream=None, title="of the server", subject_digest="3", **facts)

    page = _page(viewer_client)

    assert "\\u003C/script\\u003E\\u003Cb\\u003Eopen" in page
    assert '"past"' not in page
    assert "of the server" not in page


def test_act_leads_those_to_the_admin_who_may_enter_it(operator_client: Client, viewer_client: Client) -> None:
    _stream(_server(), b"payments")

    assert 'data-acts="/admin/dashboard/stream/0/change/"' in _page(operator_client)
    assert "/admin/" not in _page(viewer_client)


def test_the_page_is_for_reading_alone(viewer_client: Client) -> None:
    assert viewer_client.post("/").status_code == 405


def test_sparklines_are_filled_from_the_history_of_many_streams_in_two_queries(viewer_client: Client) -> None:
    server = _server()
    busy, quiet = _stream(server, b"busy"), _stream(server, b"quiet")
    now = time.time()
    _remember(busy, [(now - 90, 1.0), (now - 2, 41.5), (now - 1, None)])

    with CaptureQueriesContext(connection) as queries:
        response = viewer_client.get(f"/sparklines/?streams={busy.pk},{quiet.pk}")

    found = response.json()
    assert list(found) == [str(busy.pk)]
    assert found[str(busy.pk)]["added_per_s"][-2:] == [41.5, None]
    assert min(found[str(busy.pk)]["at"]) >= now - 61
    assert len([query for query in queries if "history_" in query["sql"]]) == 2


@pytest.mark.parametrize("streams", ["one", "-1", "1;2", "1" * 30, ",".join(["1"] * 101), "²"])
def test_sparklines_of_what_is_no_stream_are_refused_in_words(viewer_client: Client, streams: str) -> None:
    response = viewer_client.get("/sparklines/", {"streams": streams})

    assert response.status_code == 400
    assert "?streams=1,2,3" in response.json()["problem"]["title"]
