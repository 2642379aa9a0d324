"""Listings over the websocket: what is listed, who computes it, and when rows may change places."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from dashboard.live.publish import publish
from dashboard.models import Server, Stream
from tests.live.connections import Browser, connected
from tests.live.events import sample_of

pytestmark = pytest.mark.django_db(transaction=True)


async def listing(browser: Browser, **wish: Any) -> dict[str, Any]:
    """What is listed as soon as it is asked for."""
    await browser.say(type="list", **{"view": "", "first": 0, "rows": 80, "hold": False, **wish})
    return await heard_listing(browser)


async def heard_listing(browser: Browser) -> dict[str, Any]:
    while (frame := await browser.hear_and_acknowledge())["type"] != "listing.taken":
        pass
    return frame


@pytest.fixture
def partitions(server: Server) -> list[int]:
    """The ids of the three streams of a family."""
    return [Stream.objects.create(server=server, key=b"orders:{%d}" % number).pk for number in range(3)]


async def test_who_lists_is_told_at_once_and_with_each_tick(
    viewer: User, server: Server, partitions: list[int]
) -> None:
    async with connected(viewer) as browser:
        first = await listing(browser)
        await publish(sample_of(server.pk, partitions, tick=7))
        second = await heard_listing(browser)

    assert (first["total"], first["streams"], first["all"], first["states"]) == (1, 3, 3, {"waiting": 3})
    assert (first["rows"]["kind"], first["rows"]["name"], first["rows"]["length"]) == (
        ["family"],
        ["orders:{0…2}"],
        [None],
    )
    assert (second["rows"]["length"], second["rows"]["lag"], second["rows"]["group"]) == ([21], [120], ["group 0"])
    assert second["servers"] == {
        "id": [server.pk],
        "name": ["one"],
        "streams": [3],
        "attention": [0],
        "added_per_s": [124.5],
        "complete": [True],
    }
