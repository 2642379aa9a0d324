"""The websocket of a wallboard's link: its view and the servers' health, until it ends."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from dashboard.live import publish
from dashboard.live.hub import FORBIDDEN, SIGNED_OUT, Hub
from dashboard.models import Server, Stream, WallLink
from tests.live.connections import Browser, connected
from tests.live.events import alert_opened, sample_of, server_unreachable

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(own_redis: object) -> Server:
    return Server.objects.create(name="shop-prod", address="redis://127.0.0.1:1")


@pytest.fixture
def link(server: Server) -> WallLink:
    for key in (b"orders", b"secret"):
        Stream.objects.create(server=server, key=key)
    return WallLink.objects.create(name="kitchen", view="q=orders")


def address(link: WallLink) -> str:
    return f"/ws/live/?wall={link.token}"


async def listing(browser: Browser, view: str = "") -> list[str]:
    await browser.say(type="list", view=view, first=0, rows=20)
    while (frame := await browser.hear_and_acknowledge())["type"] != "listing.taken":
        pass
    return list(frame["rows"]["name"])


async def test_a_link_lists_its_own_view_whatever_is_asked(link: WallLink) -> None:
    async with connected(None, path=address(link)) as browser:
        assert await listing(browser) == ["orders"]
        assert await listing(browser, "q=secret") == ["orders"]


async def test_a_link_watches_no_streams_but_hears_of_servers(link: WallLink, server: Server) -> None:
    secret = (await Stream.objects.aget(key=b"secret")).pk
    async with connected(None, path=address(link)) as browser:
        for wish in ({"streams": [secret]}, {"servers": [server.pk]}):
            await browser.say(type="watch", **wish)
            assert "wallboard" in (await browser.hear())["detail"]
        await browser.watch(health=[server.pk])
        await publish.publish(sample_of(server.pk, [secret]))

        sample = await browser.hear_and_acknowledge()

        assert sample["type"] == "sample.taken"
        assert sample["streams"]["id"] == []


async def test_a_link_is_told_of_no_alert_because_it_may_be_of_another_view(link: WallLink, server: Server) -> None:
    async with connected(None, path=address(link)) as browser:
        await browser.watch(health=[server.pk])
        await publish.publish(alert_opened(1, server.pk))
        await publish.publish(server_unreachable(server.pk))

        assert (await browser.hear())["type"] == "server.unreachable"


async def test_a_link_that_is_revoked_ends_its_screens(link: WallLink) -> None:
    async with connected(None, path=address(link)) as browser:
        await listing(browser)
        await WallLink.objects.aupdate(revoked_at=timezone.now())
        Hub.recheck_everywhere()

        assert await browser.closing() == SIGNED_OUT


@pytest.mark.parametrize("way", ["ended", "forged", "empty"])
async def test_a_link_that_is_over_or_none_opens_nothing(link: WallLink, way: str) -> None:
    at = address(link)
    if way == "ended":
        await WallLink.objects.aupdate(ends_at=timezone.now() - timedelta(seconds=1))
    else:
        at = {"forged": f"/ws/live/?wall={link.pk}~x", "empty": "/ws/live/?wall="}[way]

    async with connected(None, path=at) as browser:
        assert await browser.closing() in (SIGNED_OUT, FORBIDDEN)


async def test_a_link_is_looked_up_together_with_people(link: WallLink) -> None:
    from dashboard.live.serving.standing import WALL, read_standings

    found = await sync_to_async(read_standings)([WALL + link.token, "nobody"], timezone.now())

    assert {key: standing.view for key, standing in found.items()} == {WALL + link.token: "q=orders"}
