"""Groups, consumers, entries and whole streams: what the plan says is what comes of it, and what can be taken back is."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from dashboard.core.names import to_slug
from dashboard.models import Stream
from streams_admin.facts import Count, Facts
from streams_admin.models import Action, Kind, Plan
from streams_admin.plans import PlanError
from streams_admin.recover import SECTIONS
from streams_admin.remedies import facts_of, remedy_of
from streams_admin.remedies.append_entry import plan_append_entry
from streams_admin.remedies.create_group import plan_create_group
from streams_admin.remedies.delete_entries import plan_delete_entries
from streams_admin.remedies.delete_stream import plan_delete_stream
from streams_admin.remedies.destroy_group import plan_destroy_group
from streams_admin.remedies.positions import Place, Where
from streams_admin.remedies.set_group_id import plan_repair_group, plan_set_group_id
from tests.servers import RedisServer, on_one_kind
from tests.streams_admin.conftest import GROUP, KEY, TRAFFIC_S, deliver, fill, outcome_of, rows

Act = Callable[..., Action]


def after(entry_id: str) -> Where:
    return Where(Place.ID, after_id=entry_id)


def groups(client: "redis.Redis") -> dict[bytes, tuple[str, int]]:
    found: list[Any] = client.xinfo_groups(KEY)
    return {group["name"]: (group["last-delivered-id"].decode(), group["pending"]) for group in found}


def undone(action: Action, client: "redis.Redis") -> Facts:
    facts = remedy_of(action.kind).undo(client, facts_of(action), outcome_of(action))
    assert facts is not None
    return facts


def read(client: "redis.Redis", group: bytes, count: int = 100) -> list[str]:
    client.xreadgroup(group, b"reader", {KEY: ">"}, count=count)  # type: ignore[arg-type]
    pending: list[Any] = client.xpending_range(KEY, group, "-", "+", count, b"reader")
    return [row["message_id"].decode() for row in pending]


def test_a_new_group_is_given_what_its_plan_said(
    stream: Stream, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    facts = plan_create_group(seen, KEY, b"se\xffcond", after("7-1"))

    act(facts)

    assert facts.delivers == Count(3)
    assert read(client_of_watched, b"se\xffcond") == ["8-1", "9-1", "10-1"]


def test_the_servers_own_lag_is_right_after_it(
    stream: Stream, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    ids = fill(client_of_watched)
    client_of_watched.xgroup_create(KEY, "third", ids[2])  # as most people make one: without its counter

    act(plan_create_group(seen, KEY, b"second", after(ids[4])))
    act(plan_set_group_id(seen, KEY, GROUP, after(ids[6])))
    if not client_of_watched.xinfo_stream(KEY).get("entries-added"):
        with pytest.raises(PlanError, match="keeps no such counter"):
            plan_repair_group(seen, KEY, b"third")
        return
    act(plan_repair_group(seen, KEY, b"third"))

    assert [group["lag"] for group in client_of_watched.xinfo_groups(KEY)] == [3, 5, 7]  # billing, second, third
    client_of_watched.xdel(KEY, ids[8])
    with pytest.raises(PlanError, match="9-1 was deleted"):
        plan_repair_group(seen, KEY, b"third")


def test_setting_an_id_says_what_comes_again_and_what_is_skipped_and_is_taken_back(
    stream: Stream, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 6)
    back, forth = (plan_set_group_id(seen, KEY, GROUP, where) for where in (after("2-1"), Where(Place.NEW)))
    assert (back.again, back.skipped, back.left) == (Count(4), Count(0), Count(8))
    assert (forth.again, forth.skipped, forth.left) == (Count(0), Count(4), Count(0))

    action = act(forth)
    assert groups(client_of_watched) == {GROUP: ("10-1", 6)}
    act(undone(action, seen))

    assert groups(client_of_watched) == {GROUP: ("6-1", 6)}
    assert read(client_of_watched, GROUP) == ["7-1", "8-1", "9-1", "10-1"]


def test_a_destroyed_group_comes_back_with_its_place_and_its_pending_list(
    stream: Stream, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 4)
    client_of_watched.xclaim(KEY, GROUP, "other", 0, ["2-1"], idle=60_000, retrycount=7)
    before = rows(client_of_watched)
    facts = plan_destroy_group(seen, KEY, GROUP)
    assert (facts.pending, facts.unread, facts.consumers) == (4, Count(6), 2)

    action = act(facts)
    assert groups(client_of_watched) == {}
    act(undone(action, seen))

    assert groups(client_of_watched) == {GROUP: ("4-1", 4)}
    assert rows(client_of_watched) == before
    image: list[Any] = client_of_watched.xpending_range(KEY, GROUP, "2-1", "2-1", 1)
    assert 60_000 <= image[0]["time_since_delivered"] < 120_000


class Consumers:
    """Add, read and acknowledge with a group that is not always there; now and then they rest."""

    def __init__(self, server: RedisServer) -> None:
        self.server, self.stop = server, threading.Event()
        self.acknowledged: set[bytes] = set()
        self.missing = 0  # NOGROUP was what they got
        self.threads = [threading.Thread(target=self.work, args=(name,)) for name in ("w-1", "w-2")]

    def work(self, name: str) -> None:
        chance = random.Random(name)
        with self.server.client() as client:
            while not self.stop.is_set():
                try:
                    client.xadd(KEY, {"f": "v"})
                    client.xreadgroup(GROUP, name, {KEY: ">"}, count=5)
                    mine: list[Any] = client.xpending_range(KEY, GROUP, "-", "+", 5, name)
                    for row in mine:
                        if chance.random() < 0.7 and client.xack(KEY, GROUP, row["message_id"]):
                            self.acknowledged.add(row["message_id"])
                except redis.ResponseError:
                    self.missing += 1
                if chance.random() < 0.1:
                    time.sleep(0.05)


@pytest.mark.slow
def test_a_group_that_is_destroyed_and_brought_back_beside_its_consumers_loses_nothing(
    stream: Stream, seen: "redis.Redis", act: Act, watched_server: RedisServer, client_of_watched: "redis.Redis"
) -> None:
    client_of_watched.xgroup_create(KEY, GROUP, "0", mkstream=True)
    consumers = Consumers(watched_server)
    for thread in consumers.threads:
        thread.start()
    destroyed = refused = 0
    until = time.monotonic() + TRAFFIC_S
    while time.monotonic() < until or not (destroyed and refused):
        action = act(plan_destroy_group(seen, KEY, GROUP))
        refused += action.state == "refused"
        if action.state == "done":
            destroyed += 1
            assert act(undone(action, seen)).state == "done"
    consumers.stop.set()
    for thread in consumers.threads:
        thread.join()

    (group,) = client_of_watched.xinfo_groups(KEY)
    pending = {row["message_id"] for row in client_of_watched.xpending_range(KEY, GROUP, "-", "+", 100_000)}
    entries: Any = client_of_watched.xrange(KEY, max=group["last-delivered-id"])
    delivered = {entry_id for entry_id, _ in entries}
    assert consumers.missing
    assert delivered == consumers.acknowledged | pending
    assert not consumers.acknowledged & pending


def _reads(client: "redis.Redis") -> None:
    deliver(client, 1)


def _acknowledges(client: "redis.Redis") -> None:
    client.xack(KEY, GROUP, "1-1")


def _adds(client: "redis.Redis") -> None:
    client.xadd(KEY, {"number": 11}, id="11-1")


def _makes_it_anew(client: "redis.Redis") -> None:
    client.delete(KEY)
    fill(client)


@on_one_kind
@pytest.mark.parametrize(
    ("plan", "happens", "reason"),
    [
        (lambda seen: plan_destroy_group(seen, KEY, GROUP), _reads, "has read or acknowledged"),
        (lambda seen: plan_destroy_group(seen, KEY, GROUP), _acknowledges, "has read or acknowledged"),
        (lambda seen: plan_set_group_id(seen, KEY, GROUP, after("9-1")), _reads, "has read or acknowledged"),
        (lambda seen: plan_delete_stream(seen, KEY), _adds, "Entries were added or removed"),
        (lambda seen: plan_delete_stream(seen, KEY), _reads, "groups are not those of the preview"),
        (lambda seen: plan_delete_stream(seen, KEY), _makes_it_anew, "groups are not those of the preview"),
    ],
)
def test_a_plan_that_does_not_hold_any_more_does_nothing(
    plan: Callable[["redis.Redis"], Facts],
    happens: Callable[["redis.Redis"], None],
    reason: str,
    stream: Stream,
    seen: "redis.Redis",
    act: Act,
    administrator: User,
    client_of_watched: "redis.Redis",
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 4)
    facts = plan(seen)
    happens(client_of_watched)
    before = client_of_watched.dump(KEY)

    action = act(facts, administrator)

    assert action.state == "refused"
    assert reason in action.reason
    assert client_of_watched.dump(KEY) == before


@on_one_kind
def test_entries_that_a_group_needs_are_left_alone_unless_it_was_asked_for(
    stream: Stream, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 4)
    client_of_watched.xack(KEY, GROUP, "1-1", "2-1")
    ids = ["1-1", "2-1", "3-1", "9-1", "77-7"]
    careful = plan_delete_entries(seen, KEY, ids, needed_too=False)
    assert (careful.ids, careful.needs) == (("1-1", "2-1", "3-1", "9-1"), ((GROUP, 1, 1),))

    outcome = outcome_of(act(careful))
    assert (outcome.done, outcome.skipped) == (2, {"unacknowledged": 1, "unread": 1})
    assert outcome_of(act(plan_delete_entries(seen, KEY, ids, needed_too=True))).done == 2
    assert client_of_watched.xlen(KEY) == 6


@on_one_kind
def test_an_appended_entry_is_taken_back_by_its_id(
    stream: Stream, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)

    action = act(plan_append_entry(seen, KEY, ((b"a", b"1"), (b"a", b"\xff"))))
    added: Any = client_of_watched.xrevrange(KEY, count=1)
    assert outcome_of(action).made == {"entry": added[0][0].decode()}
    act(undone(action, seen))

    assert client_of_watched.xlen(KEY) == 10


def ask_url(stream: Stream, kind: Kind) -> str:
    return reverse("admin:dashboard_stream_ask", args=[stream.pk, kind.value])


@on_one_kind
@pytest.mark.parametrize(
    ("kind", "data", "field", "text"),
    [
        (Kind.CREATE_GROUP, {"name": "billing", "place": "new"}, "name", "of this name already"),
        (Kind.CREATE_GROUP, {"name": "", "place": "new"}, "name", "required"),
        (Kind.CREATE_GROUP, {"name": "x", "place": "time"}, "at", "Say from when on"),
        (Kind.SET_GROUP_ID, {"group": to_slug(GROUP), "place": "id", "after_id": "x"}, "after_id", "1763925000000-0"),
        (Kind.SET_GROUP_ID, {"group": to_slug(GROUP), "place": "beginning"}, "place", "stands there already"),
        (Kind.CREATE_CONSUMER, {"group": to_slug(GROUP), "consumer": "dead"}, "consumer", "already"),
        (Kind.APPEND_ENTRY, {"fields_text": "a=1\nb"}, "fields_text", "name=value"),
        (Kind.DELETE_ENTRIES, {"ids": "1-1 2-x"}, "ids", "2-x"),
        (Kind.DELETE_ENTRIES, {"ids": "77-1"}, "ids", "None of these"),
    ],
)
def test_a_wrong_answer_is_told_at_its_field_and_nothing_is_lost(
    kind: Kind,
    data: dict[str, str],
    field: str,
    text: str,
    stream: Stream,
    operator_client: Client,
    client_of_watched: "redis.Redis",
) -> None:
    fill(client_of_watched)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "dead")

    page = operator_client.post(ask_url(stream, kind), data)

    assert page.status_code == 400
    assert text in " ".join(page.context["form"].errors[field])
    assert not Plan.objects.exists()


@on_one_kind
def test_from_the_page_to_the_effect(stream: Stream, operator_client: Client, client_of_watched: "redis.Redis") -> None:
    fill(client_of_watched)

    plan: Any = operator_client.post(
        ask_url(stream, Kind.CREATE_GROUP), {"name": "<b>&", "place": "time", "at": "1970-01-01 00:00:01"}
    )
    receipt = operator_client.get(plan.url).content.decode()
    done = operator_client.post(plan.url, follow=True).content.decode()

    assert "&lt;b&gt;&amp;" in receipt
    assert groups(client_of_watched)[b"<b>&"] == ("999-18446744073709551615", 0)
    assert "Create the group" in done


@on_one_kind
def test_every_remedy_is_offered_on_one_page_and_what_one_may_not_do_says_why(
    stream: Stream, operator_client: Client, operator: User, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    Group.objects.get(name="Operator").permissions.filter(codename="trim_stream").delete()
    page = operator_client.get(reverse("admin:dashboard_stream_recover", args=[stream.pk])).content.decode()

    for _, ways in SECTIONS:
        for way in ways:
            if way.url == "dashboard_stream_ask" and way.kind != Kind.DELETE_STREAM:
                assert ask_url(stream, Kind(way.kind)) in page
    assert ask_url(stream, Kind.DELETE_STREAM) not in page
    assert "You lack the permission streams_admin.delete_streams here." in page
