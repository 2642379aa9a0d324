"""The websocket in this process: the real application, registry, sessions and channel layer."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, get_args

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from dashboard.live import hub, sockets
from dashboard.live.events import Event
from dashboard.live.latest import LatestWriter
from dashboard.live.publish import encode, publish
from dashboard.live.serving import flow
from dashboard.live.serving.standing import EVENT_PERMISSIONS, read_standings
from dashboard.models import Server
from tests.live.connections import connected, session_of
from tests.live.events import NOW, action_finished, alert_opened, sample_of, server_unreachable
from tests.servers import RedisServer

pytestmark = pytest.mark.django_db(transaction=True)


# What is watched


async def test_a_viewer_gets_the_rows_that_they_watch(viewer: User, server: Server, streams: list[int]) -> None:
    async with connected(viewer) as browser:
        await browser.watch(streams=[streams[1]])
        await publish(sample_of(server.pk, streams, tick=7))
        frame = await browser.hear()

    assert (frame["type"], frame["seq"], frame["server"], frame["at"]) == ("sample.taken", 1, server.pk, NOW + 7)
    assert frame["streams"]["id"] == [streams[1]]
    assert frame["streams"]["memory_bytes"] == [None]
    assert frame["groups"]["stream"] == [streams[1], streams[1]]
    assert frame["groups"]["name"] == ["group 0", "group 1"]


async def test_a_whole_server_brings_every_row_also_of_streams_that_come_later(
    viewer: User, server: Server, streams: list[int]
) -> None:
    async with connected(viewer) as browser:
        await browser.watch(servers=[server.pk])
        await publish(sample_of(server.pk, [*streams, 999]))
        frame = await browser.hear()

    assert frame["streams"]["id"] == [*streams, 999]


async def test_a_watch_replaces_the_one_before(viewer: User, server: Server, streams: list[int]) -> None:
    async with connected(viewer) as browser:
        await browser.watch(servers=[server.pk])
        await browser.watch(streams=[streams[2]])
        await publish(sample_of(server.pk, streams))
        assert (await browser.hear())["streams"]["id"] == [streams[2]]

        await browser.watch(streams=[])
        await publish(sample_of(server.pk, streams))
        assert await browser.receive_nothing(0.5)


async def test_the_first_frame_comes_at_once_from_the_latest_sample(
    viewer: User, server: Server, streams: list[int]
) -> None:
    writer = LatestWriter()
    await writer.sample(server.pk, encode(sample_of(server.pk, streams, tick=3)))
    await writer.problem(server.pk, encode(server_unreachable(server.pk)))
    await writer.aclose()

    async with connected(viewer) as browser:
        await browser.say(type="watch", streams=[streams[0]])
        sample, problem = await browser.hear(), await browser.hear()

    assert (sample["streams"], sample["at"]) == ({**sample["streams"], "id": [streams[0]], "length": [3]}, NOW + 3)
    assert (problem["type"], problem["server"]) == ("server.unreachable", server.pk)


async def test_a_second_browser_gets_its_first_frame_from_the_hub(
    viewer: User, server: Server, streams: list[int]
) -> None:
    async with connected(viewer) as first, connected(viewer) as second:
        await first.watch(servers=[server.pk])
        await publish(sample_of(server.pk, streams, tick=5))
        await first.hear()
        await second.say(type="watch", streams=[streams[1]])
        frame = await second.hear()

    assert frame["streams"]["length"] == [5]


# What is said wrongly


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("no json", "JSON is malformed"),
        ("", "Input data was truncated"),
        ("null", "Expected `object`"),
        ("[]", "Expected `object`"),
        ("[" * 16_000, "Expected `object`"),
        ('{"x":' + "[" * 16_000, "nested too deeply"),
        ("{}", "missing required field `type`"),
        ('{"type":"claim","streams":[1]}', "Invalid value 'claim'"),
        ('{"type":"watch","streams":[1],"group":"x"}', "unknown field `group`"),
        ('{"type":"watch","streams":"all"}', "Expected `array`, got `str`"),
        ('{"type":"watch","streams":["1"]}', "Expected `int`, got `str`"),
        ('{"type":"watch","streams":[1.5]}', "Expected `int`, got `float`"),
        ('{"type":"watch","streams":[true]}', "Expected `int`, got `bool`"),
        ('{"type":"watch","streams":[999,-1,0]}', "Unknown streams: -1, 0, 999"),
        ('{"type":"watch","streams":[9223372036854775808]}', "9223372036854775808"),
        ('{"type":"watch","servers":[999]}', "Unknown server: 999"),
        ('{"type":"seen","seq":1}', "never sent; the newest is 0"),
        ('{"type":"seen","seq":-5}', "never sent; the newest is 0"),
        ('{"type":"seen","seq":' + "9" * 4000 + "}", "never sent; the newest is 0"),
        ('"' + "x" * 20_000 + '"', "larger than 16384 bytes"),
        ('"' + "é" * 9_000 + '"', "larger than 16384 bytes"),
        ('{"type":"\ud800"}', "no Unicode text"),
    ],
)
async def test_what_is_malformed_is_answered_and_the_socket_stays_open(
    text: str, detail: str, viewer: User, server: Server, streams: list[int]
) -> None:
    async with connected(viewer) as browser:
        await browser.watch(streams=[streams[0]])
        await browser.send_input({"type": "websocket.receive", "text": text})
        answer = await browser.hear()
        await publish(sample_of(server.pk, streams))
        frame = await browser.hear()

    assert set(answer) == {"type", "detail"}
    assert answer["type"] == "error"
    assert detail in answer["detail"]
    assert frame["streams"]["id"] == [streams[0]]  # still watching what it watched


async def test_whoever_asks_whether_the_connection_lives_is_answered(viewer: User, server: Server) -> None:
    async with connected(viewer) as browser:
        await browser.say(type="ping")

        assert await browser.hear() == {"type": "pong"}


async def test_a_binary_message_is_answered(viewer: User, server: Server) -> None:
    async with connected(viewer) as browser:
        await browser.send_to(bytes_data=b'{"type":"watch"}')

        assert "binary" in (await browser.hear())["detail"]


async def test_more_than_ten_messages_a_second_close_the_socket(viewer: User, server: Server) -> None:
    async with connected(viewer) as browser:
        for _ in range(60):  # answered in no time, so that no allowance grows meanwhile
            await browser.say(type="nonsense")

        assert await browser.closing() == hub.TOO_MUCH


async def test_acknowledgements_may_come_as_often_as_frames(viewer: User, server: Server, streams: list[int]) -> None:
    async with connected(viewer) as browser:
        await browser.watch(servers=[server.pk])
        for tick in range(40):
            await publish(sample_of(server.pk, streams, tick=tick))
            assert (await browser.hear_and_acknowledge())["at"] == NOW + tick


async def test_a_browser_that_acknowledges_every_second_frame_misses_none(
    viewer: User, server: Server, streams: list[int]
) -> None:
    async with connected(viewer) as browser:
        await browser.watch(servers=[server.pk])
        for tick in range(0, 20, 2):
            await publish(sample_of(server.pk, streams, tick=tick))
            assert (await browser.hear())["at"] == NOW + tick
            await publish(sample_of(server.pk, streams, tick=tick + 1))
            assert (await browser.hear_and_acknowledge())["at"] == NOW + tick + 1


async def test_a_person_may_have_only_so_many_sockets(
    viewer: User, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "SOCKETS_A_USER", 1)
    async with connected(viewer) as first:
        await first.settled()
        async with connected(viewer) as second:
            assert await second.closing() == hub.TOO_MUCH


# Who lags


async def test_with_two_frames_unacknowledged_the_latest_wins(
    viewer: User, server: Server, other_server: Server, streams: list[int]
) -> None:
    async with connected(viewer) as browser:
        await browser.watch(servers=[server.pk, other_server.pk])
        await publish(sample_of(server.pk, streams, tick=0))
        first = await browser.hear()
        await publish(sample_of(server.pk, streams, tick=1))
        second = await browser.hear()
        for tick in range(2, 10):
            await publish(sample_of(server.pk, streams, tick=tick))
        await publish(sample_of(other_server.pk, [], tick=4))
        assert await browser.receive_nothing(0.3)
        await browser.say(type="seen", seq=2)
        third, fourth = await browser.hear(), await browser.hear()

    assert [frame["seq"] for frame in (first, second, third, fourth)] == [1, 2, 3, 4]
    assert [frame["at"] - NOW for frame in (first, second, third, fourth)] == [0, 1, 9, 4]
    assert (third["server"], fourth["server"]) == (server.pk, other_server.pk)


async def test_no_alert_is_left_out_however_slow_the_browser(viewer: User, server: Server, streams: list[int]) -> None:
    async with connected(viewer) as browser:
        await browser.watch(servers=[server.pk])
        for number in range(100):
            await publish(alert_opened(number, server.pk))
            await publish(sample_of(server.pk, streams, tick=number))
        heard: list[int] = []
        while len(heard) < 100:
            frame = await browser.hear_and_acknowledge()
            if frame["type"] == "alert.opened":
                heard.append(frame["alert"])

    assert heard == list(range(100))


async def test_who_cannot_be_given_every_alert_is_closed(viewer: User, server: Server) -> None:
    async with connected(viewer) as browser:
        await browser.settled()
        for number in range(flow.EVENTS_HELD + 10):
            await publish(alert_opened(number, server.pk))

        assert await browser.closing() == sockets.TOO_FAR_BEHIND


async def test_who_acknowledges_nothing_is_closed(
    viewer: User, server: Server, streams: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "PATIENCE_S", 0.5)
    async with connected(viewer) as silent, connected(viewer) as diligent:
        await silent.watch(servers=[server.pk])
        await diligent.watch(servers=[server.pk])
        await publish(sample_of(server.pk, streams))
        await diligent.hear_and_acknowledge()

        assert await silent.closing() == hub.NOT_READING
        await publish(sample_of(server.pk, streams, tick=1))
        assert (await diligent.hear())["seq"] == 2


async def test_an_old_sample_never_follows_the_news_that_its_server_is_lost(
    viewer: User, server: Server, streams: list[int]
) -> None:
    async with connected(viewer) as browser:
        await browser.watch(servers=[server.pk])
        for tick in range(2):
            await publish(sample_of(server.pk, streams, tick=tick))
            await browser.hear()
        await publish(sample_of(server.pk, streams, tick=2))
        await asyncio.sleep(0.2)  # until it waits in the socket
        await publish(server_unreachable(server.pk))
        await asyncio.sleep(0.2)
        await browser.say(type="seen", seq=2)
        assert (await browser.hear())["type"] == "server.unreachable"
        assert await browser.receive_nothing(0.3)


# Who may


@pytest.mark.parametrize("session_key", [None, "", "nonsense", "x" * 32])
async def test_who_is_not_signed_in_is_closed(session_key: str | None, server: Server) -> None:
    async with connected(session_key) as browser:
        assert await browser.closing() == hub.SIGNED_OUT


async def test_who_may_not_watch_is_closed(nobody: User, server: Server) -> None:
    async with connected(nobody) as browser:
        assert await browser.closing() == hub.FORBIDDEN


async def test_actions_are_told_only_to_those_who_may_see_them(
    viewer: User, server: Server, streams: list[int]
) -> None:
    plain = await User.objects.acreate(username="plain")
    watchers = await Group.objects.acreate(name="watchers")
    await watchers.permissions.aadd(await Permission.objects.aget(codename="view_stream"))
    await plain.groups.aadd(watchers)
    async with connected(plain) as browser:
        await browser.watch(servers=[server.pk])
        await publish(action_finished(1, server.pk))
        await publish(alert_opened(1, server.pk))
        await publish(server_unreachable(server.pk))
        await publish(sample_of(server.pk, streams))

        assert (await browser.hear())["type"] == "sample.taken"


Revoke = Callable[[User, str], Awaitable[None]]


async def _log_out(person: User, session_key: str) -> None:
    client = Client()
    client.cookies["sessionid"] = session_key
    await sync_to_async(client.logout)()


async def _disable(person: User, session_key: str) -> None:
    person.is_active = False
    await person.asave()


async def _delete(person: User, session_key: str) -> None:
    await person.adelete()


async def _change_password(person: User, session_key: str) -> None:
    person.set_password("another one entirely")
    await person.asave()


async def _take_role(person: User, session_key: str) -> None:
    await person.groups.aclear()


async def _expire_elsewhere(person: User, session_key: str) -> None:
    # update() sends no signal, as if another process had done it.
    past = timezone.now() - timedelta(seconds=1)
    await Session.objects.filter(pk=session_key).aupdate(expire_date=past)


async def _disable_elsewhere(person: User, session_key: str) -> None:
    await User.objects.filter(pk=person.pk).aupdate(is_active=False)


@pytest.mark.parametrize(
    ("revoke", "code"),
    [
        (_log_out, hub.SIGNED_OUT),
        (_disable, hub.SIGNED_OUT),
        (_delete, hub.SIGNED_OUT),
        (_change_password, hub.SIGNED_OUT),
        (_take_role, hub.FORBIDDEN),
    ],
)
async def test_a_socket_ends_at_once_when_its_right_does(
    revoke: Revoke, code: int, viewer: User, server: Server
) -> None:
    session_key = await sync_to_async(session_of)(viewer)
    async with connected(session_key) as browser:
        await browser.watch(servers=[server.pk])
        await revoke(viewer, session_key)

        assert await browser.closing(timeout=2) == code


@pytest.mark.parametrize("revoke", [_expire_elsewhere, _disable_elsewhere])
async def test_a_socket_ends_soon_when_another_process_ends_its_right(
    revoke: Revoke, viewer: User, server: Server, streams: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "RECHECK_S", 0.5)
    session_key = await sync_to_async(session_of)(viewer)
    async with connected(session_key) as browser:
        await browser.watch(servers=[server.pk])
        await revoke(viewer, session_key)
        assert await browser.closing(timeout=5) == hub.SIGNED_OUT

        await publish(sample_of(server.pk, streams))
        assert await browser.receive_nothing(0.3)


async def test_a_watch_is_refused_as_soon_as_the_right_is_gone(
    viewer: User, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "RECHECK_S", 60)
    async with connected(viewer) as browser:
        await browser.settled()
        await User.groups.through.objects.all().adelete()
        await browser.say(type="watch", servers=[server.pk])

        assert await browser.closing() == hub.FORBIDDEN


def test_looking_at_fifty_sockets_takes_as_many_queries_as_looking_at_one(
    viewer: User, server: Server, django_assert_num_queries: Any
) -> None:
    sessions = [session_of(viewer) for _ in range(50)]
    with django_assert_num_queries(4):
        assert len(read_standings(sessions, timezone.now())) == 50
    with django_assert_num_queries(4):
        assert len(read_standings(sessions[:1], timezone.now())) == 1


# When our Redis is away


async def test_without_our_redis_a_browser_is_told_that_nothing_is_live(
    viewer: User, server: Server, own_redis: RedisServer, settings: Any
) -> None:
    settings.CHANNEL_LAYERS = {
        "default": {**settings.CHANNEL_LAYERS["default"], "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"]}}
    }
    async with connected(viewer) as browser:
        assert await browser.closing() == hub.INTERRUPTED


def test_every_event_needs_a_permission() -> None:
    assert {event.__struct_config__.tag for event in get_args(Event)} == set(EVENT_PERMISSIONS)
