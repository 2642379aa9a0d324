"""The page of a server: what it is made of without a script, and whom it is for."""

import json
import re
import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import Mark, Server, Stream

pytestmark = pytest.mark.django_db

NOW = 1_795_469_400.0


@pytest.fixture
def server() -> Server:
    return Server.objects.create(
        name="shop-prod",
        address="redis://cache.example:6379/0",
        username="watcher",
        password="s3cret-word",
        environment="production",
    )


@pytest.fixture
def stream(server: Server) -> Stream:
    return Stream.objects.create(server=server, key=b"orders\xff")


def mark(server: Server, *, at: float, stream: Stream | None = None, kind: str = "trim", group: bytes = b"") -> Mark:
    return Mark.objects.create(server=server, stream=stream, at=at, kind=kind, text=f"{kind}.", group=group)


def page_of(client: Client, server: Server, query: str = "") -> str:
    response = client.get(reverse("server", args=[server.pk]) + query)
    assert response.status_code == 200
    return response.content.decode()


def data_in(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="page-data" type="application/json">(.*?)</script>', page)
    assert found
    return dict(json.loads(found[1]))


def told(client: Client, address: str, **query: str) -> dict[str, Any]:
    response = client.get(address, query)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    return dict(response.json())


def test_the_page_says_who_the_server_is_and_never_its_credentials(viewer_client: Client, server: Server) -> None:
    page = page_of(viewer_client, server)

    assert "shop-prod" in page
    assert "redis://cache.example:6379/0" in page
    assert "production" in page
    assert "read-only" not in page
    assert "s3cret-word" not in page
    assert "watcher" not in page


def test_every_number_is_a_dash_until_it_is_known(viewer_client: Client, server: Server) -> None:
    page = page_of(viewer_client, server)

    facts = re.findall(r'<dd\s+data-fact="(\w+)">(.*?)</dd>', page, re.DOTALL)
    assert len(facts) > 30
    assert {text.strip() for _, text in facts} == {"–"}


def test_the_scripts_are_told_the_state_that_the_registry_knows(viewer_client: Client, server: Server) -> None:
    since = timezone.now()
    Server.objects.update(state="denied", state_detail="It refuses this user name or password.", state_since=since)

    data = data_in(page_of(viewer_client, server, "?range=5m"))

    assert data["server"]["state"] == "denied"
    assert data["server"]["since"] == pytest.approx(since.timestamp())
    assert (data["range_s"], data["marks"]) == (300, f"/servers/{server.pk}/marks/")


def test_its_streams_and_restarts_are_counted(viewer_client: Client, server: Server, stream: Stream) -> None:
    Stream.objects.create(server=server, key=b"unwatched", watched=False)
    mark(server, at=time.time() - 60, kind="restart")
    mark(server, at=time.time() - 40 * 86400, kind="restart")

    page = page_of(viewer_client, server)

    assert re.search(rf'href="/\?server={server.pk}">\s*1 stream\s*<', page)
    assert 'data-count="1"' in page


@pytest.mark.parametrize("flags", [{"enabled": False}, {"read_only": True}], ids=str)
def test_a_server_that_is_off_or_read_only_says_so(
    flags: dict[str, bool], viewer_client: Client, server: Server
) -> None:
    Server.objects.update(**flags)

    assert {"enabled": "This server is not watched", "read_only": ">read-only<"}[next(iter(flags))] in page_of(
        viewer_client, server
    )


def test_only_who_may_change_the_server_is_led_to_its_form(
    viewer_client: Client, administrator_client: Client, server: Server
) -> None:
    form = reverse("admin:dashboard_server_change", args=[server.pk])

    assert form in page_of(administrator_client, server)
    assert form not in page_of(viewer_client, server)


@pytest.mark.parametrize("name", ["server", "server_marks"])
def test_a_server_that_is_not_there_is_not_found(name: str, viewer_client: Client) -> None:
    assert viewer_client.get(reverse(name, args=[999]), {"since": 0}).status_code == 404


def test_the_overview_and_the_streams_page_lead_here(viewer_client: Client, server: Server, stream: Stream) -> None:
    for address in ("/", stream.get_absolute_url()):
        assert f'href="/servers/{server.pk}/"' in viewer_client.get(address).content.decode()


# What happened


def test_a_stream_is_told_its_own_marks_and_those_of_its_server_as_a_whole(
    viewer_client: Client, server: Server, stream: Stream
) -> None:
    other = Stream.objects.create(server=server, key=b"other")
    elsewhere = Server.objects.create(name="two", address="redis://127.0.0.1:2/0")
    own = mark(server, at=NOW, stream=stream, group=b"g\xff")
    of_server = mark(server, at=NOW - 1, kind="restart")
    mark(server, at=NOW, stream=other)
    mark(elsewhere, at=NOW, kind="gap")

    body = told(viewer_client, f"/streams/{stream.pk}/marks/", since=f"{NOW - 10}", until=f"{NOW + 1}")

    assert [row["mark"] for row in body["marks"]] == [of_server.pk, own.pk]
    assert body["marks"][1] == {
        "type": "mark.made",
        "mark": own.pk,
        "server": server.pk,
        "stream": stream.pk,
        "key": "orders\\xff",
        "group": "g\\xff",
        "slug": "Z_8",
        "kind": "trim",
        "at": NOW,
        "text": "trim.",
    }
    assert (body["marks"][0]["stream"], body["marks"][0]["key"], body["of"]) == (None, "", {"marks": 2, "alerts": 0})


def test_a_server_is_told_the_marks_of_all_its_streams_in_the_time_that_is_asked_for(
    viewer_client: Client, server: Server, stream: Stream
) -> None:
    for at in (NOW - 20, NOW - 10, NOW, NOW + 10):
        mark(server, at=at, stream=stream)

    body = told(viewer_client, f"/servers/{server.pk}/marks/", since=f"{NOW - 10}", until=f"{NOW}")

    assert [row["at"] for row in body["marks"]] == [NOW - 10, NOW]


def test_of_very_many_marks_the_newest_are_told(viewer_client: Client, server: Server, stream: Stream) -> None:
    Mark.objects.bulk_create(
        Mark(server=server, stream=stream, kind="trim", at=NOW + number, text="t") for number in range(250)
    )

    body = told(viewer_client, f"/servers/{server.pk}/marks/", since="0", until=f"{NOW + 1000}")

    assert ([body["marks"][end]["at"] for end in (0, -1)], body["of"]["marks"]) == ([NOW + 50, NOW + 249], 250)


@pytest.mark.parametrize("query", ["", "?since=x", "?since=nan", "?since=-1", "?since=5&until=4", "?since=1&until=inf"])
def test_a_time_that_is_none_is_refused_in_words(query: str, viewer_client: Client, server: Server) -> None:
    response = viewer_client.get(f"/servers/{server.pk}/marks/{query}")

    assert (response.status_code, "since" in response.json()["problem"]["title"]) == (400, True)
