"""Claims, and taking them back: whoever had an entry has it again, as if nothing had been done, unless somebody touched it since."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.models import Stream
from streams_admin.facts import Facts
from streams_admin.models import Action
from streams_admin.plans import PlanError
from streams_admin.remedies import facts_of, remedy_of
from streams_admin.remedies.acknowledge_delete import plan_acknowledge_delete
from streams_admin.remedies.claim import Target, plan_claim
from streams_admin.remedies.give_back import GiveBackFacts
from streams_admin.remedies.reset_idle import plan_reset_idle
from tests.servers import on_one_kind
from tests.streams_admin.conftest import GROUP, KEY, deliver, everything, fill, outcome_of

Act = Callable[..., Action]


def undo(action: Action, client: "redis.Redis") -> Facts:
    facts = remedy_of(action.kind).undo(client, facts_of(action), outcome_of(action))
    assert facts is not None
    return facts


def image(client: "redis.Redis") -> dict[str, tuple[bytes, int, int]]:
    """Owner, deliveries and delivery time (to two seconds) of every pending entry."""
    seconds, _ = client.time()
    found: list[Any] = client.xpending_range(KEY, GROUP, "-", "+", 1000)
    return {
        row["message_id"].decode(): (
            row["consumer"],
            row["times_delivered"],
            round((seconds - row["time_since_delivered"] / 1000) / 2),
        )
        for row in found
    }


@pytest.fixture
def pending_ten(stream: Stream, client_of_watched: "redis.Redis") -> None:
    """Ten entries with two owners, each idle and delivered in its own way."""
    ids = fill(client_of_watched)
    deliver(client_of_watched, 6)
    deliver(client_of_watched, 4, b"slow")
    for number, entry_id in enumerate(ids):
        owner = "dead" if number < 6 else "slow"
        client_of_watched.xclaim(
            KEY, GROUP, owner, 0, [entry_id], idle=100_000 * (number + 1), retrycount=number + 1, justid=True
        )
    for name in ("ann", "bob"):
        client_of_watched.xgroup_createconsumer(KEY, GROUP, name)


@pytest.mark.parametrize("target", [Target(b"ann"), Target(b"ann", others=(b"bob",), resets_deliveries=True)])
def test_a_claim_taken_back_leaves_everything_as_it_was(
    target: Target, pending_ten: None, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    before = image(client_of_watched)

    claim = act(plan_claim(seen, KEY, everything(), target))
    between = image(client_of_watched)
    back = act(undo(claim, seen))

    assert {owner for owner, _, _ in between.values()} == set(target.others) | {b"ann"}
    assert outcome_of(back).done == 10
    assert all(abs(at - before[entry_id][2]) <= 1 for entry_id, (_, _, at) in image(client_of_watched).items())
    assert {key: row[:2] for key, row in image(client_of_watched).items()} == {
        key: row[:2] for key, row in before.items()
    }


@on_one_kind
def test_entries_are_dealt_evenly_and_counted_anew_where_asked_for(
    pending_ten: None, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    facts = plan_claim(seen, KEY, everything(), Target(b"ann", others=(b"bob", b"slow"), resets_deliveries=True))

    act(facts)

    owners = [owner for owner, _, _ in image(client_of_watched).values()]
    assert [owners.count(name) for name in (b"ann", b"bob", b"slow")] == [4, 3, 3]
    assert {deliveries for _, deliveries, _ in image(client_of_watched).values()} == {0}


@on_one_kind
def test_more_time_is_given_and_taken_back(
    pending_ten: None, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    before = image(client_of_watched)

    action = act(plan_reset_idle(seen, KEY, everything(min_idle_ms=500_000)))
    now = image(client_of_watched)
    act(undo(action, seen))

    assert outcome_of(action).done == 6
    assert [row[:2] for row in now.values()] == [row[:2] for row in before.values()]
    assert sum(now[entry_id][2] - before[entry_id][2] > 100 for entry_id in now) == 6
    assert all(abs(image(client_of_watched)[key][2] - before[key][2]) <= 1 for key in before)


@on_one_kind
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    touches=st.lists(
        st.tuples(st.sampled_from(["ack", "move", "read", "renew", "delete"]), st.integers(1, 10)), max_size=8
    )
)
def test_what_was_touched_since_is_left_alone_and_the_rest_is_exactly_as_before(
    touches: list[tuple[str, int]], stream: Stream, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    client_of_watched.delete(KEY)
    fill(client_of_watched)
    deliver(client_of_watched, 10)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "ann")
    before = image(client_of_watched)
    claim = act(plan_claim(seen, KEY, everything(), Target(b"ann")))
    time.sleep(0.02)  # what is touched within 15 milliseconds cannot be told from the claim itself
    touched = set()
    for what, number in touches:
        entry_id = f"{number}-1"
        match what:
            case "ack":
                client_of_watched.xack(KEY, GROUP, entry_id)
            case "move":
                client_of_watched.xclaim(KEY, GROUP, "bob", 0, [entry_id], justid=True)
            case "read":
                client_of_watched.xclaim(KEY, GROUP, "ann", 0, [entry_id])
            case "renew":
                client_of_watched.xclaim(KEY, GROUP, "ann", 0, [entry_id], justid=True)
            case "delete":
                client_of_watched.xdel(KEY, entry_id)
        touched.add(entry_id)
    as_touched = image(client_of_watched)

    back = act(undo(claim, seen))

    after = image(client_of_watched)
    assert outcome_of(back).done == 10 - len(touched)
    for entry_id in before:
        wanted = as_touched.get(entry_id) if entry_id in touched else before[entry_id]
        assert (after.get(entry_id) or ())[:2] == (wanted or ())[:2]


@on_one_kind
def test_owners_that_are_gone_are_made_again_only_when_that_is_ticked(
    pending_ten: None, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    claim = act(plan_claim(seen, KEY, everything(), Target(b"ann")))
    client_of_watched.xgroup_delconsumer(KEY, GROUP, "slow")

    facts = undo(claim, seen)

    assert isinstance(facts, GiveBackFacts)
    assert remedy_of(facts.kind).creates(facts) == "slow"


@on_one_kind
def test_nothing_moved_is_nothing_to_give_back(
    pending_ten: None, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    facts = plan_claim(seen, KEY, everything(), Target(b"ann"))
    client_of_watched.xack(KEY, GROUP, *[f"{number}-1" for number in range(1, 11)])
    claim = act(facts)
    assert outcome_of(claim).gone == 10

    with pytest.raises(PlanError, match="nothing to give back"):
        undo(claim, seen)


@on_one_kind
def test_what_another_group_needs_is_neither_acknowledged_nor_deleted(
    pending_ten: None, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    client_of_watched.xgroup_create(KEY, "shipping", "0")
    client_of_watched.xreadgroup("shipping", "s", {KEY: ">"}, count=8)
    client_of_watched.xack(KEY, "shipping", *[f"{number}-1" for number in range(1, 7)])

    outcome = outcome_of(act(plan_acknowledge_delete(seen, KEY, everything())))

    assert (outcome.done, outcome.skipped) == (6, {"unacknowledged": 2, "unread": 2})
    assert {item.detail for item in outcome.not_done} == {"shipping"}
    assert (client_of_watched.xlen(KEY), len(image(client_of_watched))) == (4, 4)


@on_one_kind
def test_an_entry_that_its_owner_renews_after_the_preview_is_left_alone_however_long_one_waits(
    pending_ten: None, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    client_of_watched.xclaim(KEY, GROUP, "dead", 0, ["3-1"], justid=True)
    facts = plan_claim(seen, KEY, everything(), Target(b"ann"))
    time.sleep(0.01)
    client_of_watched.xclaim(KEY, GROUP, "dead", 0, ["3-1"], justid=True)
    time.sleep(0.05)  # longer than it had been idle at the preview

    outcome = outcome_of(act(facts))

    assert (outcome.done, outcome.skipped) == (9, {"busy": 1})


@on_one_kind
def test_times_of_delivery_come_back_to_the_millisecond_however_many_there_are(
    stream: Stream, seen: "redis.Redis", act: Act, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, count=5000)
    deliver(client_of_watched, 5000)  # all in one millisecond
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "ann")

    facts = undo(act(plan_claim(seen, KEY, everything(), Target(b"ann"))), seen)

    assert isinstance(facts, GiveBackFacts)
    times = [its.delivered_at_ms for its in facts.returns]
    assert max(times) - min(times) <= 5
