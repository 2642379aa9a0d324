"""Trimming: previews that are exact, and scripts that never take more than was previewed."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import redis

from dashboard.core.entry_id import EntryId
from dashboard.models import Stream
from streams_admin.facts import Count, Outcome, encode
from streams_admin.models import Action
from streams_admin.plans import PlanError
from streams_admin.redis_io.scripts import Aborted
from streams_admin.redis_io.trim import STEP, trim_step
from streams_admin.remedies import trim_plan
from streams_admin.remedies.trim import Trim
from streams_admin.remedies.trim_plan import TrimFacts, TrimMode, plan_trim
from streams_admin.run import Run
from tests.servers import RedisServer, on_one_kind
from tests.streams_admin.conftest import GROUP, KEY, TRAFFIC_S, deliver, fill, rows

SAFE, LENGTH, AGE, ID = TrimMode.SAFE, TrimMode.LENGTH, TrimMode.AGE, TrimMode.ID


def carry_out(client: "redis.Redis", facts: TrimFacts) -> int:
    removed = 0
    while step := trim_step(client, facts, limit=STEP)[0]:
        removed += step
    return removed + trim_step(client, facts, limit=0)[0]


def ids(client: "redis.Redis", key: bytes = KEY) -> list[str]:
    entries: Any = client.xrange(key)
    return [entry_id.decode() for entry_id, _ in entries]


def test_a_safe_trim_leaves_every_group_what_it_still_needs(
    stream: Stream, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, count=300)
    client_of_watched.xgroup_create(KEY, "shipping", "250-1")
    deliver(client_of_watched, 200)
    client_of_watched.xack(KEY, GROUP, *[f"{n}-1" for n in range(1, 201) if n != 120])

    facts = plan_trim(seen, KEY, SAFE)
    removed = carry_out(seen, facts)

    assert (facts.cutoff, facts.removed, facts.loses) == ("120-1", Count(119), Count(0))
    assert facts.pinned_by == GROUP
    assert removed == 119
    assert ids(client_of_watched)[0] == "120-1"


def test_a_group_that_was_set_back_still_gets_what_it_has_not_read(
    stream: Stream, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, count=10)
    deliver(client_of_watched, 10)
    client_of_watched.xack(KEY, GROUP, *[f"{n}-1" for n in range(1, 9)])
    client_of_watched.xgroup_setid(KEY, GROUP, "4-1")  # its oldest pending entry is 9-1

    facts = plan_trim(seen, KEY, SAFE)

    assert facts.cutoff == "4-1"


@pytest.mark.parametrize(
    ("mode", "asked", "text"),
    [
        (SAFE, None, "a group still needs the oldest entry"),
        (LENGTH, 10, "nothing above 10 to remove"),
        (AGE, 60, "are no clock times"),
    ],
)
def test_where_nothing_can_go_it_says_why(
    mode: TrimMode, asked: int | None, text: str, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, count=10)

    with pytest.raises(PlanError, match=text):
        plan_trim(seen, KEY, mode, asked, beyond=True)


def test_without_groups_nothing_is_safe(seen: "redis.Redis", client_of_watched: "redis.Redis") -> None:
    client_of_watched.xadd(KEY, {"a": "b"}, id="1-1")

    with pytest.raises(PlanError, match="no groups"):
        plan_trim(seen, KEY, SAFE)


def test_entries_added_after_the_preview_do_not_shift_the_cut(
    stream: Stream, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, count=20)
    facts = plan_trim(seen, KEY, LENGTH, 5, beyond=True)
    for number in range(21, 40):
        client_of_watched.xadd(KEY, {"n": number}, id=f"{number}-1")

    removed = carry_out(seen, facts)

    assert (removed, facts.removed) == (15, Count(15))
    assert ids(client_of_watched)[0] == "16-1"


def test_an_age_is_by_the_servers_clock(stream: Stream, seen: "redis.Redis", client_of_watched: "redis.Redis") -> None:
    now_ms = client_of_watched.time()[0] * 1000
    for seconds in (7200, 3700, 3500, 10):
        client_of_watched.xadd(KEY, {"ago": seconds}, id=f"{now_ms - 1000 * seconds}-0")

    facts = plan_trim(seen, KEY, AGE, 3600, beyond=True)
    carry_out(seen, facts)

    assert facts.removed == Count(2)
    assert client_of_watched.xlen(KEY) == 2


def test_to_nothing_keeps_the_key_and_its_groups(seen: "redis.Redis", client_of_watched: "redis.Redis") -> None:
    fill(client_of_watched, count=250)

    carry_out(seen, plan_trim(seen, KEY, LENGTH, 0, beyond=True))

    assert client_of_watched.xlen(KEY) == 0
    assert len(client_of_watched.xinfo_groups(KEY)) == 1


@pytest.mark.parametrize("seed", range(12))
def test_the_preview_says_exactly_what_happens(
    seed: int, stream: Stream, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    chance = random.Random(seed)
    length = chance.randint(2, 400)
    for number in range(1, length + 1):
        client_of_watched.xadd(KEY, {"n": number}, id=f"{number}-{chance.randint(0, 3)}")
    for name in ("a", "b", "c")[: chance.randint(1, 3)]:
        client_of_watched.xgroup_create(KEY, name, "0")
        reply: Any = client_of_watched.xreadgroup(name, "w", {KEY: ">"}, count=chance.randint(1, length))
        for entries in reply.values():
            read = [entry_id for entry_id, _ in entries]
            done = chance.sample(read, chance.randint(0, len(read)))
            if done:
                client_of_watched.xack(KEY, name, *done)
    before = [EntryId.parse(entry_id) for entry_id in ids(client_of_watched)]

    facts = plan_trim(seen, KEY, LENGTH, chance.randint(0, length - 1), beyond=True)
    cut = EntryId.parse(facts.cutoff)
    expected = {}
    for group in client_of_watched.xinfo_groups(KEY):
        delivered = EntryId.parse(group["last-delivered-id"])
        pending: Any = client_of_watched.xpending_range(KEY, group["name"], "-", "+", 1000)
        expected[group["name"]] = (
            sum(delivered < entry_id < cut for entry_id in before),
            sum(EntryId.parse(row["message_id"]) < cut for row in pending),
        )
    removed = carry_out(seen, facts)

    assert facts.removed == Count(removed) == Count(len(before) - client_of_watched.xlen(KEY))
    shown = {g.name: (g.loses_undelivered.value, g.loses_pending.value) for g in facts.groups}
    assert shown == expected
    assert set(ids(client_of_watched)) == {str(entry_id) for entry_id in before if entry_id >= cut}


def test_a_count_beyond_its_limit_is_a_lower_bound(
    seen: "redis.Redis", client_of_watched: "redis.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trim_plan, "MOST_COUNTED", 100)
    fill(client_of_watched, count=400)
    deliver(client_of_watched, 350)
    client_of_watched.xack(KEY, GROUP, *[f"{n}-1" for n in range(1, 351)])

    safe = plan_trim(seen, KEY, SAFE)
    to_length = plan_trim(seen, KEY, LENGTH, 150, beyond=True)

    assert safe.removed == Count(349)  # from the nearer end
    assert (to_length.removed, to_length.cutoff) == (Count(100), "100-2")
    assert carry_out(seen, safe) == 349


@on_one_kind
def test_too_many_from_both_ends_are_a_lower_bound(
    seen: "redis.Redis", client_of_watched: "redis.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trim_plan, "MOST_COUNTED", 100)
    fill(client_of_watched, count=400)
    deliver(client_of_watched, 200)
    client_of_watched.xack(KEY, GROUP, *[f"{n}-1" for n in range(1, 201)])

    assert plan_trim(seen, KEY, SAFE).removed == Count(100, exact=False)


@on_one_kind
@pytest.mark.parametrize(
    ("mode", "asked", "wanted"),
    [(LENGTH, 2, 8), (ID, "9-0", 8), (ID, "99-0", 10)],
    ids=["length", "id", "id beyond the end"],
)
def test_what_a_group_still_needs_stays_unless_it_was_asked_for(
    mode: TrimMode, asked: int | str, wanted: int, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 6)
    client_of_watched.xack(KEY, GROUP, "1-1", "2-1", "3-1", "5-1")

    careful = plan_trim(seen, KEY, mode, asked)
    all_of_it = plan_trim(seen, KEY, mode, asked, beyond=True)

    assert (careful.removed, careful.wanted, careful.loses, careful.pinned_by) == (
        Count(3),
        Count(wanted),
        Count(0),
        GROUP,
    )
    assert (all_of_it.removed, all_of_it.wanted) == (Count(wanted), None)
    assert all_of_it.loses == Count(wanted - 4)  # not read, or read and not acknowledged
    assert carry_out(seen, careful) == 3
    with pytest.raises(PlanError, match="billing still needs all of these"):
        plan_trim(seen, KEY, mode, asked)


@on_one_kind
def test_whole_nodes_only_leaves_less_than_a_node_more(seen: "redis.Redis", client_of_watched: "redis.Redis") -> None:
    fill(client_of_watched, count=250)
    facts = plan_trim(seen, KEY, LENGTH, 20, beyond=True, approximate=True)
    run = Run(Action(outcome=encode(Outcome(requested=230))), again=False)

    Trim().carry_out(seen, facts, run)

    assert (run.outcome.done, run.outcome.gone) == (200, 0)
    assert len(Trim().commands(facts)) == 1


def test_what_was_pending_of_them_can_go_with_them_so_that_no_ghost_is_left(
    stream: Stream, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, count=3000)
    deliver(client_of_watched, 2500)
    client_of_watched.xgroup_create(KEY, "other", id="0")
    client_of_watched.xreadgroup("other", "w", {KEY: ">"}, count=10)
    facts = plan_trim(seen, KEY, LENGTH, 800, beyond=True, clears=True)
    assert any("count as processed" in risk for risk in Trim().risks(facts))
    run = Run(Action(outcome=encode(Outcome(requested=2200))), again=False)

    Trim().carry_out(seen, facts, run)

    assert (run.outcome.done, run.outcome.made["cleared"]) == (2200, "2210")
    assert client_of_watched.xlen(KEY) == 800
    assert set(rows(client_of_watched)) == {f"{number}-1" for number in range(2201, 2501)}
    left: Any = client_of_watched.xpending(KEY, "other")
    assert left["pending"] == 0


def recreate(client: "redis.Redis") -> None:
    client.delete(KEY)
    fill(client, count=8)
    deliver(client, 8)


def retype(client: "redis.Redis") -> None:
    client.delete(KEY)
    client.set(KEY, "a string")


STALE: dict[str, Callable[["redis.Redis"], object]] = {
    "groups-changed": lambda client: client.xgroup_create(KEY, "new", "0"),
    "no-groups": lambda client: client.xgroup_destroy(KEY, GROUP),
    "stream-replaced": recreate,
    "not-a-stream": retype,
    "no-stream": lambda client: client.delete(KEY),
    "moved-back": lambda client: client.xgroup_setid(KEY, GROUP, "2-1"),
}


@pytest.mark.parametrize("mode", [SAFE, LENGTH])
@pytest.mark.parametrize("why", STALE)
def test_a_stale_plan_removes_nothing(
    why: str, mode: TrimMode, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, count=20)
    deliver(client_of_watched, 10)
    client_of_watched.xack(KEY, GROUP, *[f"{n}-1" for n in range(1, 11)])
    facts = plan_trim(seen, KEY, mode, 5 if mode is LENGTH else None, beyond=True)
    STALE[why](client_of_watched)
    before = client_of_watched.xlen(KEY) if client_of_watched.type(KEY) == b"stream" else None

    with pytest.raises(Aborted) as aborted:
        carry_out(seen, facts)

    assert aborted.value.why == why
    assert before is None or client_of_watched.xlen(KEY) == before


def test_a_plan_of_another_server_removes_nothing(seen: "redis.Redis", client_of_watched: "redis.Redis") -> None:
    fill(client_of_watched, count=20)
    facts = msgspec.structs.replace(plan_trim(seen, KEY, LENGTH, 5, beyond=True), run_id="0" * 40)

    with pytest.raises(Aborted, match="server-replaced"):
        carry_out(seen, facts)


class Traffic:
    """Producers and consumers on a stream, and what each consumer was given."""

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self.stop = threading.Event()
        self.added: list[str] = []
        self.given: dict[str, set[str]] = {"a": set(), "b": set()}
        self.empty_payloads = 0
        self.threads = [
            threading.Thread(target=self.produce),
            *(threading.Thread(target=self.consume, args=(name,)) for name in "ab"),
        ]

    def produce(self) -> None:
        with self.server.client() as client:
            while not self.stop.is_set():
                pipeline = client.pipeline(transaction=False)
                for _ in range(20):
                    pipeline.xadd(KEY, {"f": "v"})
                self.added += [entry_id.decode() for entry_id in pipeline.execute()]
                time.sleep(0.002)

    def consume(self, group: str) -> None:
        """Reads, forgets some, acknowledges the rest; re-reads what it forgot and finishes it."""
        chance = random.Random(group)
        with self.server.client() as client:
            while True:
                finished = self.stop.is_set()
                for start in (">", "0"):
                    reply: Any = client.xreadgroup(group, "w", {KEY: start}, count=50)
                    entries = (reply or {}).get(KEY, [])
                    self.empty_payloads += sum(not fields for _, fields in entries)
                    self.given[group] |= {entry_id.decode() for entry_id, _ in entries}
                    done = [entry_id for entry_id, _ in entries if start == "0" or chance.random() < 0.8]
                    if done:
                        client.xack(KEY, group, *done)
                    if finished and start == ">" and not entries:
                        return
                time.sleep(0.001)


@pytest.mark.slow
def test_safe_trims_beside_producers_and_consumers_lose_nothing(
    stream: Stream, seen: "redis.Redis", watched_server: RedisServer, client_of_watched: "redis.Redis"
) -> None:
    for group in "ab":
        client_of_watched.xgroup_create(KEY, group, "0", mkstream=True)
    traffic = Traffic(watched_server)
    for thread in traffic.threads:
        thread.start()

    removed = trims = 0
    deadline = time.monotonic() + TRAFFIC_S
    while time.monotonic() < deadline:
        try:
            removed += carry_out(seen, plan_trim(seen, KEY, SAFE))
            trims += 1
        except PlanError:  # nothing to remove this time
            time.sleep(0.005)
    traffic.stop.set()
    for thread in traffic.threads:
        thread.join()

    assert trims > 10
    assert removed > 100
    assert traffic.given == {"a": set(traffic.added), "b": set(traffic.added)}
    assert traffic.empty_payloads == 0
