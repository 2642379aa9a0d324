"""Replay: entries and dead letters are added to a stream again, once each, at the pace that was asked for."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import Stream
from streams_admin import run as runs
from streams_admin.actions import ask_to_cancel, check_again, perform
from streams_admin.facts import Facts
from streams_admin.models import Action
from streams_admin.plans import PlanError
from streams_admin.redis_io.appending import Appender
from streams_admin.redis_io.scripts import Unanswered
from streams_admin.remedies import replay
from streams_admin.remedies.dead_letter import plan_dead_letter
from streams_admin.remedies.replay_plan import Wanted, origin_of
from tests.servers import on_one_kind
from tests.streams_admin.conftest import GROUP, KEY, deliver, everything, fill, outcome_of, planned, rows
from tests.streams_admin.test_actions import replayed

pytestmark = pytest.mark.django_db(transaction=True)
Act = Callable[[Facts], Action]
DEAD = b"orders:\xffdead"


def numbers(client: "redis.Redis", key: bytes = KEY) -> list[int]:
    """What the entries of `fill` hold, in order."""
    found: Any = client.xrange(key)
    return [int(fields[b"number"]) for _, fields in found]


def test_dead_letters_go_back_to_where_they_come_from_and_are_deleted_there(
    stream: Stream, seen: "redis.Redis", client_of_watched: "redis.Redis", act: Act
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 4)
    act(plan_dead_letter(seen, KEY, everything(), DEAD, reason=""))
    assert (client_of_watched.xlen(DEAD), rows(client_of_watched)) == (4, {})

    target = origin_of(seen, DEAD, Wanted())
    action = act(replayed(seen, DEAD, target, removes=True))

    assert target == KEY
    assert (action.state, outcome_of(action).done) == ("done", 4)
    assert numbers(client_of_watched) == [*range(1, 11), 1, 2, 3, 4]
    last: Any = client_of_watched.xrevrange(KEY, count=1)
    assert list(last[0][1]) == [b"number"], "where it came from is left out"
    assert client_of_watched.xlen(DEAD) == 0


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [*range(1, 11)]),
        ({"from_id": "3-1", "to_id": "5-1"}, [3, 4, 5]),
        ({"ids": ("2-1", "7-1", "99-1")}, [2, 7]),
        ({"field": b"number", "value": b"1"}, [1]),
        ({"field": b"number", "value": b"1", "is_part": True}, [1, 10]),
        ({"field": b"number", "value": b"1", "is_part": True, "from_id": "2-0"}, [10]),
    ],
)
def test_what_is_meant_is_what_is_added(
    wanted: dict[str, Any],
    found: list[int],
    stream: Stream,
    seen: "redis.Redis",
    client_of_watched: "redis.Redis",
    act: Act,
) -> None:
    fill(client_of_watched)
    action = act(replayed(seen, KEY, b"copy", **wanted))
    assert (action.state, action.reason, numbers(client_of_watched, b"copy")) == ("done", "", found)
    assert outcome_of(action).done == len(found)
    assert client_of_watched.xlen(KEY) == 10


@on_one_kind
def test_it_goes_no_faster_than_asked_for_and_stops_and_goes_on_without_a_second_copy(
    stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis", monkeypatch: Any
) -> None:
    fill(client_of_watched, count=120)
    monkeypatch.setattr(runs, "SAVE_EVERY_S", 0.0)
    plan = planned(stream, operator, replayed(seen, KEY, b"copy", per_second=100, removes=True))
    began, slept = time.monotonic(), []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time.sleep(seconds)
        if len(slept) == 3:
            ask_to_cancel(Action.objects.get(), operator, now=timezone.now())

    monkeypatch.setattr(replay, "time", type("Clock", (), {"sleep": sleep, "monotonic": time.monotonic}))
    action = perform(plan, operator, address=None)
    done = outcome_of(action).done
    assert (action.state, 0 < done < 120) == ("cancelled", True)
    assert client_of_watched.xlen(b"copy") == done
    assert done <= 100 * (time.monotonic() - began) + 20

    check_again(action, operator)

    assert (action.state, outcome_of(action).done) == ("done", 120)
    assert numbers(client_of_watched, b"copy") == [*range(1, 121)]
    assert client_of_watched.xlen(KEY) == 0
    (marker,) = [key for key in client_of_watched.keys("*") if key != b"copy" and key != KEY]
    assert 0 < client_of_watched.ttl(marker) <= 86_400


@on_one_kind
@pytest.mark.parametrize("batch", [0, 1, 2])
@pytest.mark.parametrize("was_added", [False, True])
def test_without_its_marker_it_is_not_gone_on_with(
    batch: int,
    was_added: bool,
    stream: Stream,
    operator: User,
    seen: "redis.Redis",
    client_of_watched: "redis.Redis",
    monkeypatch: Any,
) -> None:
    fill(client_of_watched, count=250)
    with monkeypatch.context() as patched:
        patched.setattr(Appender, "append", silent_at(batch, was_added=was_added))
        action = perform(planned(stream, operator, replayed(seen, KEY, b"copy")), operator, address=None)
    assert action.state == "unknown"
    before = client_of_watched.xlen("copy")
    assert before == 100 * max(0, batch - 1 + was_added)
    # As a server does that is out of memory, at any time.
    forget_marker(client_of_watched)

    check_again(action, operator)

    if batch == 0:
        assert (action.state, numbers(client_of_watched, b"copy")) == ("done", [*range(1, 251)])
    else:
        assert action.state == "failed"
        assert "marker" in action.reason
        assert client_of_watched.xlen("copy") == before


@on_one_kind
def test_what_had_added_before_markers_were_noted_is_not_gone_on_with_either(
    stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis", monkeypatch: Any
) -> None:
    fill(client_of_watched, count=250)
    with monkeypatch.context() as patched:
        patched.setattr(Appender, "append", silent_at(2, was_added=True))
        action = perform(planned(stream, operator, replayed(seen, KEY, b"copy")), operator, address=None)
    del action.outcome["made"]["marked"]
    action.save()
    forget_marker(client_of_watched)

    check_again(action, operator)

    assert (action.state, client_of_watched.xlen("copy")) == ("failed", 200)


def forget_marker(client: "redis.Redis") -> None:
    """Everything but the two streams goes."""
    for key in client.keys("*"):
        if key not in {b"copy", KEY}:
            client.delete(key)


def silent_at(number: int, *, was_added: bool) -> Callable[..., None]:
    """Adds as ever, but for the n-th time, of which no answer comes; the first makes the marker."""
    append, calls = Appender.append, []

    def silent(self: Appender, *batch: Any, **options: Any) -> None:
        calls.append(batch)
        if len(calls) != number + 1 or was_added:
            append(self, *batch, **options)
        if len(calls) == number + 1:
            raise Unanswered("No answer.")

    return silent


@on_one_kind
def test_a_marker_that_is_evicted_while_it_runs_stops_it(
    stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis", monkeypatch: Any
) -> None:
    fill(client_of_watched, count=250)
    append = Appender.append

    def evicted(self: Appender, *batch: Any, **options: Any) -> None:
        append(self, *batch, **options)
        forget_marker(client_of_watched)

    monkeypatch.setattr(Appender, "append", evicted)
    action = perform(planned(stream, operator, replayed(seen, KEY, b"copy")), operator, address=None)

    assert (action.state, client_of_watched.exists("copy")) == ("refused", 0)
    assert "evict" in action.reason


@on_one_kind
def test_what_cannot_be_planned_is_said_at_its_field(
    stream: Stream, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    client_of_watched.set("text", "x")
    for options, words, field in [
        ({"target": b"text"}, "something else than a stream", "target"),
        ({"target": b"copy", "field": b"no", "value": b"x"}, "No entry is meant", "field"),
        ({"target": b"copy", "from_id": "50-1"}, "No entry is meant", "from_id"),
    ]:
        with pytest.raises(PlanError, match=words) as refused:
            replayed(seen, KEY, **options)  # type: ignore[arg-type]
        assert refused.value.field == field
    with pytest.raises(PlanError, match="do not say where they come from"):
        origin_of(seen, KEY, Wanted())
    client_of_watched.xadd(DEAD, {"streamgauge:key": "one"})
    client_of_watched.xadd(DEAD, {"streamgauge:key": "two"})
    with pytest.raises(PlanError, match=r"several streams \(one, two"):
        origin_of(seen, DEAD, Wanted())


@on_one_kind
def test_an_operator_replays_by_the_page(
    stream: Stream, client_of_watched: "redis.Redis", operator_client: Client
) -> None:
    fill(client_of_watched)
    client_of_watched.xgroup_create("copy", GROUP, "$", mkstream=True)
    address = reverse("admin:dashboard_stream_ask", args=[stream.pk, "replay"])
    assert operator_client.get(address).status_code == 200
    wrong = {
        "ids": "x",
        "from_id": "yesterday",
        "to_id": "2026-02-31 10:00",
        "value": "v",
        "target": "copy",
        "per_second": "0",
    }
    page = operator_client.post(address, wrong).content.decode()
    for words in ("no entry id", "no time", "which field holds", "greater than or equal to 1"):
        assert words in page
    plan = operator_client.post(address, {"from_id": "1970-01-01 01:00", "target": "copy", "per_second": "50"})
    assert plan.status_code == 400, "entries of 1970 began an hour earlier"
    plan = operator_client.post(address, {"from_id": "4-1", "target": "copy", "per_second": "50", "strips": "on"})
    receipt = operator_client.get(plan["Location"]).content.decode()
    assert "Replay 7 entries to copy" in receipt
    assert f"{reverse('stream_entries', args=[stream.pk])}?from=4-1&amp;to=10-1" in receipt
    assert "billing" in receipt
    operator_client.post(plan["Location"])
    assert numbers(client_of_watched, b"copy") == [*range(4, 11)]
