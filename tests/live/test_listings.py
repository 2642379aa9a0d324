"""Listings over the websocket: what is listed, who computes it, and when rows may change places."""

from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone

from dashboard.core.arranging import arrange
from dashboard.core.board import Board
from dashboard.live import hub, sockets
from dashboard.live.publish import publish
from dashboard.live.serving import desk, listings, slices
from dashboard.models import Alert, Server, Stream
from tests.live.connections import Browser, connected
from tests.live.events import sample_of

pytestmark = pytest.mark.django_db(transaction=True)

HOSTILE = b"</script><script>alert(1)</script>\n\xff\xe2\x80\xae"


@pytest.fixture(autouse=True)
def _brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "GAP_S", 0.01)
    monkeypatch.setattr(listings, "CHECK_S", 0.1)


@pytest.fixture
def partitions(server: Server) -> list[int]:
    """The ids of the three streams of a family."""
    return [Stream.objects.create(server=server, key=b"orders:{%d}" % number).pk for number in range(3)]


async def listing(browser: Browser, **wish: Any) -> dict[str, Any]:
    """What is listed as soon as it is asked for."""
    await browser.say(type="list", **{"view": "", "first": 0, "rows": 80, "hold": False, **wish})
    while (frame := await heard(browser))["view"] != wish.get("view", ""):
        pass
    return frame


async def heard(browser: Browser) -> dict[str, Any]:
    """The next listing; other frames are passed over."""
    while (frame := await browser.hear_and_acknowledge())["type"] != "listing.taken":
        pass
    return frame


async def tick(
    browser: Browser, server: Server, streams: list[int], number: int, **columns: list[Any]
) -> dict[str, Any]:
    """The listing of a tick in which each stream has `number` entries, unless `columns` say otherwise."""
    sample = sample_of(server.pk, streams, tick=number, groups=1)
    for name, values in columns.items():
        setattr(sample.groups if name in ("state", "state_reason", "lag") else sample.streams, name, values)
    await publish(sample)
    while (frame := await heard(browser))["rows"]["taken_at"][:1] != [sample.taken_at]:
        pass
    return frame


async def test_who_lists_is_told_at_once_and_with_each_tick(
    viewer: User, server: Server, partitions: list[int]
) -> None:
    async with connected(viewer) as browser:
        first = await listing(browser)
        second = await tick(browser, server, partitions, 7)

    assert (first["total"], first["streams"], first["all"], first["states"]) == (1, 3, 3, {"waiting": 3})
    assert (first["rows"]["name"], first["rows"]["length"]) == (["orders:{0…2}"], [None])
    assert (second["rows"]["length"], second["rows"]["lag"], second["rows"]["group"]) == ([21], [120], ["group 0"])
    assert second["servers"] == {
        "id": [server.pk],
        "name": ["one"],
        "streams": [3],
        "attention": [0],
        "added_per_s": [124.5],
        "complete": [True],
    }


async def test_a_window_is_cut_from_the_rows_and_keeps_within_them(
    viewer: User, server: Server, streams: list[int]
) -> None:
    async with connected(viewer) as browser:
        middle = await listing(browser, view="sort=-name", first=1, rows=1)
        beyond = await listing(browser, view="sort=name", first=10**30, rows=2)

    assert (middle["first"], middle["total"], middle["rows"]["name"]) == (1, 3, ["stream 1"])
    assert (beyond["first"], beyond["rows"]["name"]) == (1, ["stream 1", "stream 2"])


async def test_a_listing_is_beside_what_is_watched_and_ends_alone(
    viewer: User, server: Server, streams: list[int]
) -> None:
    async with connected(viewer) as browser:
        await listing(browser)
        await browser.watch(streams=[streams[0]])
        await publish(sample_of(server.pk, streams))
        found = {(await browser.hear_and_acknowledge())["type"] for _ in range(2)}
        await browser.say(type="list", rows=0)
        await browser.settled()
        await publish(sample_of(server.pk, streams, tick=1))
        last = [(await browser.hear_and_acknowledge())["type"]]
        quiet = await browser.receive_nothing(0.2)

    assert found == {"sample.taken", "listing.taken"}
    assert (last, quiet) == (["sample.taken"], True)


async def test_a_slow_browser_gets_the_latest_listing(viewer: User, server: Server, streams: list[int]) -> None:
    async with connected(viewer) as slow, connected(viewer) as diligent:
        await slow.say(type="list", view="sort=name", rows=80)
        await slow.hear()
        await listing(diligent, view="sort=name")
        for number in range(8):
            await tick(diligent, server, streams, number)
        second = await slow.hear()
        await slow.say(type="seen", seq=2)
        third = await slow.hear()

    assert (second["seq"], third["seq"]) == (2, 3)
    assert third["rows"]["length"] == [7, 7, 7]


# Order


async def test_rows_keep_their_places_for_a_while_and_then_change_them(
    viewer: User, server: Server, streams: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(viewer) as browser:
        await listing(browser, view="sort=-length")
        orders = []
        for number, lengths in enumerate([[1, 2, 3], [3, 2, 1]]):
            frame = await tick(browser, server, streams, number, length=lengths)
            orders.append((frame["rows"]["name"][0], frame["rows"]["length"]))
        monkeypatch.setattr(desk, "CALM_S", 0)
        frame = await tick(browser, server, streams, 2, length=[3, 2, 1])

    # The first numbers put the rows in order at once; then they stay, with the numbers of now.
    assert orders == [("stream 2", [3, 2, 1]), ("stream 2", [1, 2, 3])]
    assert frame["rows"]["name"] == ["stream 0", "stream 1", "stream 2"]


async def test_who_holds_keeps_the_order_and_the_others_do_not(
    viewer: User, server: Server, streams: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "CALM_S", 0)
    async with connected(viewer) as holding, connected(viewer) as free:
        for browser in (holding, free):
            await listing(browser, view="sort=-length&state=ok")
        await tick(holding, server, streams, 1)
        await listing(holding, view="sort=-length&state=ok", hold=True)
        tops, totals = [], []
        for browser in (holding, free):
            # A stream that is no longer in the state stays under the pointer, too.
            frame = await tick(browser, server, streams, 9, length=[1, 2, 3], state=["slow", "ok", "ok"])
            tops.append(frame["rows"]["name"])
            totals.append(frame["total"])
        released = await listing(holding, view="sort=-length&state=ok")
        while released["total"] == 3:
            released = await heard(holding)

    assert tops == [["stream 0", "stream 1", "stream 2"], ["stream 2", "stream 1"]]
    assert totals == [3, 2]
    assert released["rows"]["name"] == tops[1]


# The registry


async def test_new_vanished_and_unwatched_streams_can_be_seen_and_are_counted(
    viewer: User, server: Server, streams: list[int]
) -> None:
    now = timezone.now()
    await Stream.objects.aupdate(first_seen=now - timedelta(days=9))
    for key, facts in (
        ("new", {"first_seen": now}),
        ("gone", {"vanished_at": now}),
        ("unwatched", {"watched": False}),
    ):
        await Stream.objects.acreate(server=server, key=key.encode(), **facts)
    async with connected(viewer) as browser:
        shown = {
            show: (await listing(browser, view=f"show={show}&sort=name"))["rows"]
            for show in ("watched", "new", "vanished", "unwatched", "all")
        }
        counted = (await listing(browser))["known"]

    assert {show: len(rows["id"]) for show, rows in shown.items()} == counted
    assert counted == {"watched": 5, "new": 1, "vanished": 1, "unwatched": 1, "all": 6}
    assert shown["all"]["known"] == ["vanished", "new", "watched", "watched", "watched", "unwatched"]
    assert shown["all"]["state"] == ["vanished", "waiting", "waiting", "waiting", "waiting", "unwatched"]


async def test_what_changes_in_the_registry_is_listed_soon_though_no_server_ticks(
    viewer: User, server: Server, streams: list[int]
) -> None:
    async with connected(viewer) as browser:
        await listing(browser)
        # In another process: no signal reaches us.
        await Stream.objects.filter(pk=streams[0]).aupdate(title="Payments", owner="ada", tags="eu, core")
        while (frame := await heard(browser))["rows"]["title"][0] != "Payments":
            pass
        await Server.objects.all().aupdate(enabled=False)
        while (await heard(browser))["all"]:
            pass

    assert (frame["rows"]["owner"][0], frame["rows"]["tags"][0]) == ("ada", ["eu", "core"])


async def test_a_view_that_names_what_is_gone_is_empty_and_says_so(
    viewer: User, server: Server, streams: list[int]
) -> None:
    async with connected(viewer) as browser:
        frame = await listing(browser, view="server=999&tag=x&owner=y&open=z:{0%E2%80%A61}&sort=price")

    assert (frame["total"], frame["streams"], frame["all"]) == (0, 0, 3)
    assert frame["unknown"] == [
        "“sort” cannot be “price” in the address.",
        "There is no server “999”.",
        "No stream has the tag “x”.",
        "No stream belongs to “y”.",
        "There is no family “z:{0…1}”.",
    ]


HOSTILE_VIEWS = ["q=%ff%00%0a<script>", "%", "=&&==", "server=" + "9" * 400, "q=" + "x " * 7000, "open=" * 300]


async def test_no_view_and_no_name_breaks_a_listing(viewer: User, server: Server) -> None:
    facts = {"title": "<img src=x>", "owner": '" onclick="x', "tags": "<b>"}
    stream = await Stream.objects.acreate(server=server, key=HOSTILE, **facts)
    await Stream.objects.acreate(server=server, key=b"\xff" * 60_000)
    async with connected(viewer) as browser:
        for view in HOSTILE_VIEWS:
            await browser.say(type="list", view=view, first=-1, rows=10**20)
            await browser.hear_and_acknowledge()
        sample = sample_of(server.pk, [stream.pk], groups=1)
        sample.groups.name = ["<g>\n"]
        await publish(sample)
        frame = await listing(browser, view="q=script")

    assert frame["rows"]["name"] == [r"</script><script>alert(1)</script>\n\xff\u202e"]
    assert (frame["rows"]["title"], frame["rows"]["tags"]) == (["<img src=x>"], [["<b>"]])


# Who may


async def test_alerts_are_told_only_to_those_who_may_see_them(viewer: User, server: Server, streams: list[int]) -> None:
    plain = await User.objects.acreate(username="plain")
    watchers = await Group.objects.acreate(name="watchers")
    await watchers.permissions.aadd(await Permission.objects.aget(codename="view_stream"))
    await plain.groups.aadd(watchers)
    facts = {"server": server, "metric": "lag", "limit": 1, "opened_at": timezone.now(), "stream_id": streams[1]}
    for severity in ("warning", "critical"):
        await Alert.objects.acreate(severity=severity, title=f"a {severity}", subject_digest=severity, **facts)
    async with connected(viewer) as seeing, connected(plain) as other:
        seen, unseen = await listing(seeing), await listing(other)

    assert seen["rows"]["name"][0] == "stream 1"
    assert (seen["rows"]["alert"][0], seen["rows"]["alerts"][0]) == ("critical", ["a warning", "a critical"])
    assert seen["servers"]["attention"] == [1]
    assert (set(unseen["rows"]["alert"]), unseen["rows"]["name"][0]) == ({""}, "stream 0")
    assert unseen["servers"]["attention"] == [0]


async def test_who_may_no_longer_watch_is_listed_nothing(
    viewer: User, server: Server, streams: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "RECHECK_S", 60)
    async with connected(viewer) as browser:
        await listing(browser)
        await User.groups.through.objects.all().adelete()
        await browser.say(type="list", view="sort=name", rows=80)

        assert await browser.closing() == hub.FORBIDDEN


async def test_a_listing_ends_with_the_right_to_it(viewer: User, server: Server, streams: list[int]) -> None:
    async with connected(viewer) as browser:
        await listing(browser)
        await viewer.groups.aclear()

        assert await browser.closing(timeout=2) == hub.FORBIDDEN


async def test_sentences_are_in_the_readers_language(viewer: User, server: Server, streams: list[int]) -> None:
    async with connected(viewer, (b"origin", b"http://testserver"), (b"accept-language", b"de")) as browser:
        unknown = (await listing(browser, view="tag=x"))["unknown"]
        await listing(browser)
        frame = await tick(browser, server, streams[:1], 1, problem=["vanished"])

    assert unknown == ["Kein Stream hat das Schlagwort „x“."]
    assert frame["rows"]["reason"][0] == "Der Schlüssel ist weg."


async def test_a_sample_that_cannot_be_read_costs_the_other_servers_nothing(
    viewer: User, server: Server, other_server: Server, streams: list[int]
) -> None:
    elsewhere = await Stream.objects.acreate(server=other_server, key=b"elsewhere")
    async with connected(viewer) as browser:
        await listing(browser, view="sort=name")
        broken = sample_of(server.pk, streams)
        broken.groups.state = []  # as a sampler of another version may leave a column out
        await publish(broken)
        frame = await tick(browser, other_server, [elsewhere.pk], 5)

    assert frame["rows"]["length"] == [5, None, None, None]


# What it costs


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often something was worked out."""
    counts = {"standings": 0, "orders": 0, "frames": 0}

    def counting(name: str, work: Any) -> Any:
        def count(*args: Any, **kwargs: Any) -> Any:
            counts[name] += 1
            return work(*args, **kwargs)

        return count

    monkeypatch.setattr(desk, "Board", counting("standings", Board))
    monkeypatch.setattr(desk, "arrange", counting("orders", arrange))
    monkeypatch.setattr(slices, "encode", counting("frames", slices.encode))
    return counts


async def cost_of_four_ticks(
    person: User, server: Server, streams: list[int], counts: dict[str, int], *, browsers: int
) -> dict[str, int]:
    async with AsyncExitStack() as stack:
        audience = [await stack.enter_async_context(connected(person)) for _ in range(browsers)]
        for number, browser in enumerate(audience):
            await listing(browser, view=("sort=name", "q=stream")[number % 2])
        await listing(audience[0], view="sort=name")
        before = dict(counts)
        for number in range(4):
            await publish(sample_of(server.pk, streams, tick=number))
            for browser in audience:
                while (await heard(browser))["rows"]["length"] != [number] * 3:
                    pass
        return {name: count - before[name] for name, count in counts.items()}


async def test_fifty_who_list_cost_as_much_as_the_views_that_they_share(
    viewer: User, server: Server, streams: list[int], counted: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "SOCKETS_A_USER", 50)
    monkeypatch.setattr(listings, "CHECK_S", 60)

    one = await cost_of_four_ticks(viewer, server, streams, counted, browsers=1)
    fifty = await cost_of_four_ticks(viewer, server, streams, counted, browsers=50)

    assert one == {"standings": 4, "orders": 1, "frames": 4}
    # Two views: each is put in order once, at the first numbers, and written once a tick.
    assert fifty == {"standings": 4, "orders": 2, "frames": 8}
