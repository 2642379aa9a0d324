"""The rows that the overview comes with: the same as its socket lists, by the latest samples."""

import json
import re
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.live.first_window import ROWS
from dashboard.live.latest import LatestWriter
from dashboard.live.publish import encode
from dashboard.models import Alert, Server, Stream
from tests.live.events import sample_of
from tests.servers import RedisServer

pytestmark = pytest.mark.django_db

HOSTILE = b"</script><script>alert(1)</script>\n\xff"


@pytest.fixture
def server(own_redis: RedisServer) -> Server:
    return Server.objects.create(name="shop", address="redis://127.0.0.1:6379/0")


def sampled(server: Server, streams: list[Stream]) -> None:
    """Keeps a sample of the streams where a page finds it, each with three entries."""

    async def keep() -> None:
        writer = LatestWriter()
        await writer.sample(server.pk, encode(sample_of(server.pk, [stream.pk for stream in streams], tick=3)))
        await writer.aclose()

    async_to_sync(keep)()


def window(client: Client, query: str = "") -> dict[str, Any]:
    """What the page hands to its scripts."""
    response = client.get(f"/?{query}")
    assert response.status_code == 200
    found = re.search(r'<script id="listing" type="application/json">(.*?)</script>', response.content.decode())
    assert found
    return dict(json.loads(found[1]))


def test_the_page_has_the_rows_that_its_address_asks_for(viewer_client: Client, server: Server) -> None:
    streams = [Stream.objects.create(server=server, key=key) for key in (b"orders:{0}", b"orders:{1}", b"payments")]
    sampled(server, streams)

    found = window(viewer_client, "sort=-name&columns=length,lag")

    assert (found["type"], found["view"]) == ("listing.taken", "sort=-name&columns=length,lag")
    assert (found["rows"]["name"], found["rows"]["length"]) == (["payments", "orders:{0…1}"], [3, 6])
    assert found["rows"]["url"] == [f"/streams/{streams[2].pk}/", ""]
    assert (found["total"], found["streams"], found["states"]) == (2, 3, {"ok": 3})


def test_without_a_sample_nothing_is_nought(viewer_client: Client, server: Server) -> None:
    Stream.objects.create(server=server, key=b"payments")

    found = window(viewer_client)

    assert (found["rows"]["state"], found["rows"]["length"], found["rows"]["lag"]) == (["waiting"], [None], [None])
    assert (found["servers"]["added_per_s"], found["servers"]["complete"]) == ([None], [False])


def test_a_page_has_no_more_rows_than_a_screen_and_asks_no_more_for_many_streams(
    viewer_client: Client, server: Server
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            window(viewer_client)
        return len(captured)

    streams = [Stream.objects.create(server=server, key=b"first")]
    few = queries()
    streams += [Stream.objects.create(server=server, key=b"stream %d" % number) for number in range(2 * ROWS)]
    sampled(server, streams)

    assert len(window(viewer_client)["rows"]["id"]) == ROWS
    Stream.objects.create(server=server, key=b"last")
    assert queries() == few


def test_no_name_and_no_address_gets_out_of_the_listing(viewer_client: Client, server: Server) -> None:
    Stream.objects.create(server=server, key=HOSTILE, title="</script><b>", owner="<!--", tags="<script>")

    found = window(viewer_client, "tag=%3C/script%3E&q=%ff%00&state=%3C/script%3E%3Cscript%3E")

    assert found["unknown"] == [
        "“state” cannot be “</script><script>” in the address.",
        "No stream has the tag “</script>”.",
    ]
    assert window(viewer_client)["rows"]["name"] == [r"</script><script>alert(1)</script>\n\xff"]


def test_alerts_stand_on_rows_only_for_those_who_may_see_them(
    viewer_client: Client, nobody: User, nobody_client: Client, server: Server
) -> None:
    stream = Stream.objects.create(server=server, key=b"payments")
    facts = {"metric": "lag", "limit": 1, "opened_at": timezone.now(), "server": server, "severity": "critical"}
    Alert.objects.create(stream=stream, title="it lags", subject_digest="1", **facts)
    nobody.user_permissions.add(Permission.objects.get(codename="view_stream"))

    assert window(viewer_client)["rows"]["alerts"] == [["it lags"]]
    assert window(nobody_client)["rows"]["alerts"] == [[]]
