"""The scripts that write: every outcome of every entry, and every reason to do nothing."""

from collections.abc import Callable
from contextlib import suppress

import msgspec
import pytest
import redis

from dashboard.models import Stream
from streams_admin.facts import Count, NotDone, PendingColumns, PendingFact
from streams_admin.models import Action
from streams_admin.pending import PendingFilter, count_pending, matching_pending
from streams_admin.redis_io import look
from streams_admin.redis_io.look import read_state
from streams_admin.redis_io.pending import BatchResult, settle_pending
from streams_admin.redis_io.scripts import Aborted
from streams_admin.remedies.acknowledge import AcknowledgeFacts, plan_acknowledge
from streams_admin.remedies.acknowledge import order_of as acknowledge_order
from streams_admin.remedies.claim import ClaimFacts, Target, plan_claim
from streams_admin.remedies.claim import order_of as claim_order
from streams_admin.remedies.entries import Selection
from tests.streams_admin.conftest import GROUP, KEY, deliver, everything, fill, outcome_of, rows

ALIVE = Target(b"alive", is_new=True)


def settle(client: "redis.Redis", facts: ClaimFacts | AcknowledgeFacts, entries: PendingColumns) -> BatchResult:
    """Carries the plan out for these of its entries."""
    order = claim_order(facts) if isinstance(facts, ClaimFacts) else acknowledge_order(facts)
    return settle_pending(client, order, entries)


@pytest.fixture
def claim(seen: "redis.Redis", client_of_watched: "redis.Redis") -> ClaimFacts:
    """A plan to claim ten entries of `dead` for `alive`, which does not exist."""
    fill(client_of_watched)
    deliver(client_of_watched, 10)
    return plan_claim(seen, KEY, everything(), ALIVE)


def disturb(client: "redis.Redis") -> None:
    """Everything that can have happened to an entry since the preview; 1-1 and 8-1 … stay as they were."""
    client.xclaim(KEY, GROUP, "other", 0, ["2-1"], justid=True)  # moved
    client.xclaim(KEY, GROUP, "dead", 0, ["3-1"])  # redelivered
    client.xclaim(KEY, GROUP, "dead", 0, ["4-1"], justid=True)  # busy: renewed by its owner
    client.xdel(KEY, "5-1")  # ghost
    client.xack(KEY, GROUP, "6-1")  # gone
    client.xclaim(KEY, GROUP, "alive", 0, ["7-1"], justid=True)  # held


def aged(entries: PendingColumns, ms: int = 60_000) -> PendingColumns:
    """The entries as if 4-1 had been idle for a minute at the preview, and all others for no time."""
    return PendingColumns.of(PendingFact(e.id, e.owner, e.deliveries, ms if e.id == "4-1" else 0) for e in entries)


def test_a_claim_takes_what_is_as_previewed_and_says_why_it_left_the_rest(
    claim: ClaimFacts, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    disturb(client_of_watched)

    result = settle(seen, claim, aged(claim.entries))

    assert result.done == 4
    assert {item.id: (item.why, item.detail) for item in result.not_done if item.why != "busy"} == {
        "2-1": ("moved", "other"),
        "3-1": ("redelivered", "2"),
        "5-1": ("ghost", ""),
        "6-1": ("gone", ""),
        "7-1": ("held", ""),
    }
    assert [item.id for item in result.not_done if item.why == "busy"] == ["4-1"]
    owners = rows(client_of_watched)
    assert [owners[f"{n}-1"] for n in (1, 8, 9, 10)] == [(b"alive", 1)] * 4
    assert owners["2-1"] == (b"other", 1)
    assert owners["3-1"] == (b"dead", 2)
    assert owners["4-1"] == (b"dead", 1)


def test_an_acknowledgement_is_guarded_the_same_way_and_clears_ghosts(
    claim: ClaimFacts, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    facts = plan_acknowledge(seen, KEY, everything())
    disturb(client_of_watched)

    result = settle(seen, facts, aged(facts.entries))

    assert result.done == 5  # the four, and the ghost
    assert {item.id: item.why for item in result.not_done} == {
        "2-1": "moved",
        "3-1": "redelivered",
        "4-1": "busy",
        "6-1": "gone",
        "7-1": "moved",
    }
    assert set(rows(client_of_watched)) == {"2-1", "3-1", "4-1", "7-1"}


def test_running_a_claim_twice_changes_nothing_the_second_time(
    claim: ClaimFacts, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    settle(seen, claim, claim.entries)
    before = rows(client_of_watched)

    again = settle(seen, claim, claim.entries)

    assert again.done == 0
    assert {item.why for item in again.not_done} == {"held"}
    assert rows(client_of_watched) == before


def recreate_as_string(client: "redis.Redis") -> None:
    client.delete(KEY)
    client.set(KEY, "a string")


ABORTS: dict[str, Callable[["redis.Redis"], object]] = {
    "no-stream": lambda client: client.delete(KEY),
    "not-a-stream": recreate_as_string,
    "no-group": lambda client: client.xgroup_destroy(KEY, GROUP),
    "no-consumer": lambda client: client.xgroup_delconsumer(KEY, GROUP, "alive"),
}


@pytest.mark.parametrize("why", ABORTS)
def test_a_claim_does_nothing_at_all_when_the_ground_has_gone(
    why: str, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 10)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")
    facts = plan_claim(seen, KEY, everything(), Target(b"alive"))
    ABORTS[why](client_of_watched)

    with pytest.raises(Aborted) as aborted:
        settle(seen, facts, facts.entries)

    assert aborted.value.why == why
    with suppress(redis.ResponseError):
        assert b"alive" not in {row["name"] for row in client_of_watched.xinfo_consumers(KEY, GROUP)}


def test_another_server_at_the_same_address_is_noticed(claim: ClaimFacts, seen: "redis.Redis") -> None:
    elsewhere = msgspec.structs.replace(claim, run_id="0" * 40)

    with pytest.raises(Aborted, match="server-replaced"):
        settle(seen, elsewhere, elsewhere.entries)


def test_a_new_consumer_appears_only_when_it_gets_something(
    claim: ClaimFacts, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    client_of_watched.xack(KEY, GROUP, *[entry.id for entry in claim.entries])

    settle(seen, claim, claim.entries)

    assert [row["name"] for row in client_of_watched.xinfo_consumers(KEY, GROUP)] == [b"dead"]


def test_recovery_works_on_a_server_that_is_out_of_memory(
    seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 10)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")
    facts = plan_claim(seen, KEY, everything(), Target(b"alive"))
    client_of_watched.config_set("maxmemory", 1)
    try:
        claimed = settle(seen, facts, facts.entries)
        gone = msgspec.structs.replace(facts, consumer=b"nobody")
        with pytest.raises(Aborted, match="no-consumer"):
            settle(seen, gone, gone.entries)
    finally:
        client_of_watched.config_set("maxmemory", 0)

    assert claimed.done == 10


def test_names_are_bytes_all_the_way(seen: "redis.Redis", client_of_watched: "redis.Redis") -> None:
    key, group, owner = b"k\xff '\"\n", b"g\x00\xfe", b"w\r\n\xff"
    client_of_watched.xadd(key, {"a": "b"}, id="1-1")
    client_of_watched.xgroup_create(key, group, "0")
    client_of_watched.xreadgroup(group, owner, {key: ">"})  # type: ignore[arg-type]  # bytes are fine

    facts = plan_claim(seen, key, everything(group), Target(b"to\xff", is_new=True))
    result = settle(seen, facts, facts.entries)
    lost = settle(seen, msgspec.structs.replace(facts, consumer=b"third"), facts.entries)

    assert (facts.entries[0].owner, result.done) == (owner, 1)
    assert lost.not_done == [NotDone("1-1", "moved", r"to\xff")]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["1-1", "2-1", "3-1", "4-1", "5-1", "6-1"]),
        ({"consumer": b"other"}, ["3-1", "4-1"]),
        ({"min_deliveries": 2}, ["5-1"]),
        ({"min_idle_ms": 60_000}, ["6-1"]),
    ],
    ids=["all", "consumer", "deliveries", "idle"],
)
def test_the_filter_takes_what_it_says(
    options: dict[str, object], expected: list[str], seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, count=6)
    deliver(client_of_watched, 6)
    client_of_watched.xclaim(KEY, GROUP, "other", 0, ["3-1", "4-1"], justid=True)
    client_of_watched.xclaim(KEY, GROUP, "dead", 0, ["5-1"])
    client_of_watched.xclaim(KEY, GROUP, "dead", 0, ["6-1"], justid=True, idle=90_000)

    wanted = PendingFilter(group=GROUP, **options)  # type: ignore[arg-type]
    page = matching_pending(seen, KEY, wanted, at_most=100)

    assert [entry.id for entry in page.entries] == expected


def test_pages_of_pending_entries_join_without_gap_or_overlap(
    seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    ids = fill(client_of_watched, count=1203)
    deliver(client_of_watched, 1203)

    found: list[str] = []
    after: str | None = None
    while True:
        page = matching_pending(seen, KEY, PendingFilter(group=GROUP), at_most=100, after=after)
        found += [entry.id for entry in page.entries]
        after = page.next_after
        if after is None:
            break

    assert found == ids


def test_the_state_is_read_without_payloads_and_with_the_largest_ids(
    stream: Stream, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    largest = f"{2**64 - 1}-{2**64 - 1}"
    client_of_watched.xadd(KEY, {"a": "b"}, id="9-9")
    client_of_watched.xadd(KEY, {"a": "b"}, id=largest)
    client_of_watched.xgroup_create(KEY, "late", id="$")
    client_of_watched.xgroup_create(KEY, "early", id="9-10")

    state = read_state(seen, KEY)

    assert (state.first_id, state.last_id, state.length) == ("9-9", largest, 2)
    assert (state.watermark, state.pinned_by) == ("9-10", b"early")
    assert look.walk(seen, KEY, ("-", "+"), at_most=10).count == 2


def test_counting_stops_at_its_limit_and_says_so(seen: "redis.Redis", client_of_watched: "redis.Redis") -> None:
    fill(client_of_watched, count=2500)
    deliver(client_of_watched, 2500)

    assert look.walk(seen, KEY, ("-", "+"), at_most=10_000) == look.Walked(2500, "2500-1", complete=True)
    assert look.walk(seen, KEY, ("-", "+"), at_most=1203) == look.Walked(1203, "1203-1", complete=False)
    assert count_pending(seen, KEY, GROUP, ("-", "+"), at_most=10_000) == Count(2500)
    assert count_pending(seen, KEY, GROUP, ("-", "(2001-1"), at_most=2000) == Count(2000, exact=False)


def test_huge_payloads_are_touched_few_at_a_time(seen: "redis.Redis", client_of_watched: "redis.Redis") -> None:
    for number in range(6):
        client_of_watched.xadd(KEY, {"blob": b"x" * 2_000_000}, id=f"{number + 1}-1")

    assert look.page_size(seen, KEY, at_most=500) <= 3
    assert look.walk(seen, KEY, ("-", "+"), at_most=100).count == 6


def test_entries_that_are_not_pending_any_more_are_left_out(
    seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 3)

    facts = plan_acknowledge(seen, KEY, Selection(matching=PendingFilter(group=GROUP), ids=["2-1", "9-1", "77-0"]))

    assert [entry.id for entry in facts.entries] == ["2-1"]


def test_large_entries_at_the_ends_are_not_read_again_with_each_batch(
    stream: Stream, client_of_watched: "redis.Redis", act: Callable[..., Action], seen: "redis.Redis"
) -> None:
    client_of_watched.xadd(KEY, {"huge": b"x" * 200_000}, id="0-1")
    fill(client_of_watched, count=3_000)
    deliver(client_of_watched, 3_001)
    client_of_watched.xdel(KEY, "7-1", "2001-1")
    client_of_watched.config_resetstat()

    action = act(plan_claim(seen, KEY, everything(), ALIVE))

    assert (outcome_of(action).done, outcome_of(action).skipped) == (2_999, {"ghost": 2})
    stats = client_of_watched.info("commandstats")
    asked = [
        calls["calls"] for name, calls in stats.items() if name.startswith("cmdstat_xinfo") and "group" not in name
    ]
    assert sum(asked) <= 3, "one for the plan, one for the action, on 6.2 one for the groups"
