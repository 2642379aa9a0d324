"""Dead consumers, poison and ghosts: mended in one go, and nothing is lost on the way."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.test import Client

from dashboard.core.names import to_slug
from dashboard.models import Stream
from streams_admin.models import Action, Kind
from streams_admin.plans import PlanError
from streams_admin.policies.model import Policy
from streams_admin.policies.rounds import run_due
from streams_admin.redis_io.scripts import Aborted
from streams_admin.redis_io.wizards import delete_consumer
from streams_admin.remedies import facts_of, remedy_of
from streams_admin.remedies.dead_letter import plan_dead_letter
from streams_admin.remedies.purge_ghosts import plan_purge_ghosts
from streams_admin.remedies.remove_consumer import plan_remove_consumer
from tests.servers import RedisServer, on_one_kind
from tests.streams_admin.conftest import GROUP, KEY, TRAFFIC_S, deliver, everything, fill, outcome_of, rows
from tests.streams_admin.test_groups import ask_url

Act = Callable[..., Action]


def consumers(client: "redis.Redis") -> set[bytes]:
    return {row["name"] for row in client.xinfo_consumers(KEY, GROUP)}


@pytest.fixture
def dead(stream: Stream, client_of_watched: "redis.Redis") -> None:
    """Ten entries pending with `dead`; `alive` has none."""
    fill(client_of_watched)
    deliver(client_of_watched, 10)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")


def test_a_dead_consumer_goes_and_its_entries_do_not(
    dead: None, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    action = act(plan_remove_consumer(seen, KEY, GROUP, b"dead", b"alive"))

    assert (action.state, outcome_of(action).done) == ("done", 10)
    assert set(rows(client_of_watched).values()) == {(b"alive", 1)}
    assert consumers(client_of_watched) == {b"alive"}

    back = remedy_of(action.kind).undo(seen, facts_of(action), outcome_of(action))
    assert back is not None
    assert remedy_of(back.kind).creates(back) == "dead"
    act(back)
    assert set(rows(client_of_watched).values()) == {(b"dead", 1)}


@on_one_kind
def test_one_that_is_alive_after_all_stays(
    dead: None, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    facts = plan_remove_consumer(seen, KEY, GROUP, b"dead", b"alive")
    client_of_watched.xadd(KEY, {"number": 11}, id="11-1")
    deliver(client_of_watched, 1)

    action = act(facts)

    assert (action.state, outcome_of(action).done) == ("failed", 10)
    assert "pending with the consumer still" in action.reason
    assert rows(client_of_watched)["11-1"] == (b"dead", 1)


@on_one_kind
@pytest.mark.parametrize(
    ("consumer", "target", "text"),
    [
        (b"dead", None, "say who gets them"),
        (b"dead", b"dead", "another consumer"),
        (b"gone", b"alive", "no such consumer"),
    ],
)
def test_what_cannot_be_meant_is_said(
    consumer: bytes, target: bytes | None, text: str, dead: None, seen: "redis.Redis"
) -> None:
    with pytest.raises(PlanError, match=text):
        plan_remove_consumer(seen, KEY, GROUP, consumer, target)


def test_beside_a_consumer_that_reads_and_acknowledges_nothing_is_lost(
    watched_server: RedisServer, stream: Stream, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    """Deleted again and again while it works: each entry that was delivered is acknowledged or pending at the end."""
    client_of_watched.xgroup_create(KEY, GROUP, "0", mkstream=True)
    acknowledged: set[bytes] = set()
    stop = threading.Event()

    def work() -> None:
        with watched_server.client() as client:
            number = 0
            while not stop.is_set():
                number += 1
                client.xadd(KEY, {"number": number})
                client.xreadgroup(GROUP, b"busy", {KEY: ">"}, count=5)
                mine: list[Any] = client.xpending_range(KEY, GROUP, "-", "+", 5, b"busy")
                for row in mine:
                    if number % 3 and client.xack(KEY, GROUP, row["message_id"]):
                        acknowledged.add(row["message_id"])

    worker = threading.Thread(target=work)
    worker.start()
    run_id, deleted, refused = str(client_of_watched.info("server")["run_id"]), 0, 0
    until = time.monotonic() + TRAFFIC_S
    while time.monotonic() < until or not (deleted and refused):
        try:
            deleted += delete_consumer(seen, KEY, run_id=run_id, group=GROUP, consumer=b"busy", idle_ms=0)
        except Aborted:
            refused += 1
            pending: list[Any] = client_of_watched.xpending_range(KEY, GROUP, "-", "+", 100, b"busy")
            for row in pending:  # as the wizard does: they go to somebody else
                client_of_watched.xclaim(KEY, GROUP, "heir", 0, [row["message_id"]], justid=True)
    stop.set()
    worker.join()

    left = {row["message_id"] for row in client_of_watched.xpending_range(KEY, GROUP, "-", "+", 100_000)}
    delivered = {entry_id for entry_id, _ in client_of_watched.xrange(KEY) or []}
    assert deleted
    assert refused
    assert delivered == acknowledged | left


def test_poison_moves_with_its_origin_and_is_acknowledged(
    dead: None, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    client_of_watched.xclaim(KEY, GROUP, "dead", 0, ["3-1", "5-1"], retrycount=7, justid=True)
    client_of_watched.xdel(KEY, "5-1")
    facts = plan_dead_letter(seen, KEY, everything(min_deliveries=7), b"orders:\xffdead", reason="cannot be parsed")

    outcome = outcome_of(act(facts))

    assert (outcome.done, outcome.skipped) == (1, {"ghost": 1})
    ((_, fields),) = client_of_watched.xrange(b"orders:\xffdead") or []
    assert fields == {
        b"number": b"3",
        b"streamgauge:key": b"orders",
        b"streamgauge:id": b"3-1",
        b"streamgauge:group": b"billing",
        b"streamgauge:consumer": b"dead",
        b"streamgauge:deliveries": b"7",
        b"streamgauge:by": b"operator",
        b"streamgauge:reason": b"cannot be parsed",
    }
    assert "3-1" not in rows(client_of_watched)
    assert client_of_watched.xlen(KEY) == 9


@on_one_kind
def test_a_repeat_writes_no_second_copy(
    dead: None, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    facts = plan_dead_letter(seen, KEY, everything(), b"dead", reason="")

    first, second = outcome_of(act(facts)), outcome_of(act(facts))

    assert (first.done, second.done, second.gone) == (10, 0, 10)
    assert client_of_watched.xlen("dead") == 10


def test_ghosts_go_and_what_has_an_entry_stays(
    dead: None, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    client_of_watched.xtrim(KEY, minid="3-1", approximate=False)
    client_of_watched.xdel(KEY, "7-1")
    facts = plan_purge_ghosts(seen, KEY, GROUP)
    assert facts.ids == ("1-1", "2-1", "7-1")

    assert outcome_of(act(facts)).done == 3

    assert set(rows(client_of_watched)) == {f"{number}-1" for number in (3, 4, 5, 6, 8, 9, 10)}
    with pytest.raises(PlanError, match="has no ghosts"):
        plan_purge_ghosts(seen, KEY, GROUP)


@on_one_kind
def test_a_policy_moves_poison(dead: None, stream: Stream, client_of_watched: "redis.Redis") -> None:
    client_of_watched.xclaim(KEY, GROUP, "dead", 0, ["3-1"], retrycount=7, justid=True)
    Policy.objects.create(name="p", does="dead_letter", enabled=True, key_pattern="orders", deliveries=5)

    run_due()

    assert Action.objects.get().title == "Move 1 entry to orders:dead"
    assert client_of_watched.xlen("orders:dead") == 1


@on_one_kind
def test_from_the_pages_to_the_effects(
    dead: None, stream: Stream, operator_client: Client, client_of_watched: "redis.Redis"
) -> None:
    client_of_watched.xclaim(KEY, GROUP, "dead", 0, ["3-1"], retrycount=7, justid=True)
    client_of_watched.xdel(KEY, "5-1")
    group = to_slug(GROUP)
    form = operator_client.get(ask_url(stream, Kind.REMOVE_CONSUMER)).content.decode()
    assert "billing › dead (10" in form

    for kind, data in [
        (Kind.PURGE_GHOSTS, {"group": group}),
        (Kind.DEAD_LETTER, {"group": group, "deliveries": "5", "target": "orders:dead"}),
        (Kind.REMOVE_CONSUMER, {"consumer": f"{group}.{to_slug(b'dead')}", "target": f"{group}.{to_slug(b'alive')}"}),
    ]:
        plan: Any = operator_client.post(ask_url(stream, kind), data)
        assert plan.status_code == 302, plan.context["form"].errors
        assert operator_client.get(plan.url).status_code == 200
        operator_client.post(plan.url)

    assert list(Action.objects.values_list("state", flat=True)) == ["done"] * 3
    assert consumers(client_of_watched) == {b"alive"}
    assert len(rows(client_of_watched)) == 8
    assert client_of_watched.xlen("orders:dead") == 1
