"""Two operators, two consumers and a producer, in any order: a state machine that plans now and acts later, and looks for what vanished.

Every script is atomic, so all that can happen between two of them is another rule. ACTING_EXAMPLES=500 looks for longer.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)

from dashboard.core.entry_id import EntryId
from dashboard.core.target import parse_address
from streams_admin.facts import Facts, Outcome, encode
from streams_admin.models import Action
from streams_admin.plans import PlanError
from streams_admin.redis_io.scripts import Aborted, action_client
from streams_admin.remedies import remedy_of
from streams_admin.remedies.acknowledge import plan_acknowledge
from streams_admin.remedies.claim import Claim, ClaimFacts, Target, plan_claim
from streams_admin.remedies.dead_letter import plan_dead_letter
from streams_admin.remedies.delete_entries import plan_delete_entries
from streams_admin.remedies.purge_ghosts import plan_purge_ghosts
from streams_admin.remedies.remove_consumer import plan_remove_consumer
from streams_admin.remedies.reset_idle import plan_reset_idle
from streams_admin.remedies.trim_plan import TrimMode, plan_trim
from streams_admin.run import Run
from tests.servers import RedisServer
from tests.streams_admin.conftest import KEY, everything

GROUPS = (b"billing", b"mail")
CONSUMERS = ("a", "b")
DEAD = b"orders:dead"
EXAMPLES = int(os.environ.get("ACTING_EXAMPLES", "25"))
_PLANS: dict[str, Callable[["redis.Redis", bytes, str], Facts]] = {
    "claim": lambda client, group, name: plan_claim(client, KEY, everything(group), Target(name.encode())),
    "reset": lambda client, group, _: plan_reset_idle(client, KEY, everything(group)),
    "acknowledge": lambda client, group, _: plan_acknowledge(client, KEY, everything(group)),
    "poison": lambda client, group, _: plan_dead_letter(
        client, KEY, everything(group, min_deliveries=2), DEAD, reason=""
    ),
    "ghosts": lambda client, group, _: plan_purge_ghosts(client, KEY, group),
    "remove": lambda client, group, name: plan_remove_consumer(
        client, KEY, group, name.encode(), CONSUMERS[name == "a"].encode()
    ),
    "safe trim": lambda client, *_: plan_trim(client, KEY, TrimMode.SAFE, None),
    "trim": lambda client, *_: plan_trim(client, KEY, TrimMode.LENGTH, 3),
    "delete": lambda client, *_: plan_delete_entries(
        client,
        KEY,
        [name.decode() for name, _ in client.xrange(KEY, count=3)],
        needed_too=False,
    ),
}


class Interleaved(RuleBasedStateMachine):
    """One stream with two groups. Nothing here destroys what a group needs, so nothing that a group needs may go."""

    server: RedisServer
    plans = Bundle("plans")
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.client = self.server.client()
        self.client.flushdb()
        for group in GROUPS:
            self.client.xgroup_create(KEY, group, id="0", mkstream=True)
        self._acting = action_client(parse_address(self.server.url), KEY)
        self.acting = self._acting.__enter__()
        self.added: set[bytes] = set()
        self.settled: dict[bytes, set[bytes]] = {group: set() for group in GROUPS}  # acknowledged, or moved away

    def teardown(self) -> None:
        self._acting.__exit__(None, None, None)
        self.client.close()

    # Who lives on the stream

    @rule(count=st.integers(1, 5))
    def add(self, count: int) -> None:
        self.added |= {self.client.xadd(KEY, {"n": number}) for number in range(count)}  # type: ignore[misc]

    @rule(group=st.sampled_from(GROUPS), name=st.sampled_from(CONSUMERS), count=st.integers(1, 4))
    def read(self, group: bytes, name: str, count: int) -> None:
        self.client.xreadgroup(group, name, {KEY: ">"}, count=count)  # type: ignore[arg-type]

    @rule(group=st.sampled_from(GROUPS), name=st.sampled_from(CONSUMERS), count=st.integers(1, 3))
    def finish(self, group: bytes, name: str, count: int) -> None:
        mine: Any = self.client.xpending_range(KEY, group, "-", "+", count, consumername=name)
        if ids := [row["message_id"] for row in mine]:
            self.client.xack(KEY, group, *ids)
            self.settled[group] |= set(ids)

    @rule(group=st.sampled_from(GROUPS), name=st.sampled_from(CONSUMERS))
    def take_over(self, group: bytes, name: str) -> None:
        oldest: Any = self.client.xpending_range(KEY, group, "-", "+", 2)
        if ids := [row["message_id"] for row in oldest]:
            self.client.xclaim(KEY, group, name, 0, ids)

    # Who repairs it

    @rule(
        target=plans,
        what=st.sampled_from(sorted(_PLANS)),
        group=st.sampled_from(GROUPS),
        name=st.sampled_from(CONSUMERS),
    )
    def plan(self, what: str, group: bytes, name: str) -> Any:
        try:
            return _PLANS[what](self.acting, group, name)
        except PlanError:
            return None  # nothing to do; how many plans there are must not depend on the clock

    @rule(target=claims, facts=consumes(plans))
    def act(self, facts: Facts | None) -> Any:
        if facts is None:
            return None
        before = self._pending()
        run = Run(Action(outcome=encode(Outcome(requested=remedy_of(facts.kind).requested(facts)))), again=False)
        try:
            remedy_of(facts.kind).carry_out(self.acting, facts, run)
        except Aborted:
            # A trim is about the stream as a whole; a consumer that entries were to go to may be gone.
            assert facts.kind in {"trim", "remove_consumer", "claim"}, "each entry for itself, where it can be"
            return None
        outcome = run.outcome
        assert outcome.done + outcome.gone + sum(outcome.skipped.values()) == outcome.requested
        after = self._pending()
        if facts.kind in {"acknowledge", "dead_letter", "purge_ghosts"}:
            for group in GROUPS:
                self.settled[group] |= before[group].keys() - after[group].keys()
        return (facts, outcome, before) if isinstance(facts, ClaimFacts) else None

    @rule(claim=consumes(claims))
    def take_back(self, claim: tuple[ClaimFacts, Outcome, dict[bytes, dict[bytes, Any]]] | None) -> None:
        if claim is None:
            return
        facts, outcome, before = claim
        touched = self._pending()[facts.group]
        try:
            back = Claim().undo(self.acting, facts, outcome)
        except PlanError:
            return
        if back is None:
            return
        run = Run(Action(outcome=encode(Outcome(requested=remedy_of(back.kind).requested(back)))), again=False)
        try:
            remedy_of(back.kind).carry_out(self.acting, back, run)
        except Aborted:
            return  # an owner that is gone, which nobody asked to make again
        after, was = self._pending()[facts.group], before[facts.group]
        for name, row in after.items():
            # As it was before the claim, or as it was before this, where somebody has touched it since.
            assert row in (was.get(name), touched.get(name))

    # What must hold whatever they do

    @invariant()
    def nothing_that_a_group_needs_is_gone(self) -> None:
        there: Any = {name for name, _ in self.client.xrange(KEY)}  # type: ignore[union-attr]
        pending = self._pending()
        groups: Any = self.client.xinfo_groups(KEY)
        for group in groups:
            name, place = group["name"], EntryId.parse(group["last-delivered-id"])
            needed = {one for one in self.added if EntryId.parse(one) > place} | pending[name].keys()
            assert needed <= there, "lost before delivery, or a ghost"
            given = {one for one in self.added if EntryId.parse(one) <= place}
            assert given - pending[name].keys() <= self.settled[name], "neither pending nor settled"

    def _pending(self) -> dict[bytes, dict[bytes, Any]]:
        found: dict[bytes, dict[bytes, Any]] = {}
        for group in GROUPS:
            rows: Any = self.client.xpending_range(KEY, group, "-", "+", 1000)
            found[group] = {row["message_id"]: (row["consumer"], row["times_delivered"]) for row in rows}
        return found


def test_nothing_vanishes_at_any_interleaving(watched_server: RedisServer) -> None:
    machine = type("Machine", (Interleaved,), {"server": watched_server})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("what", sorted(_PLANS))
def test_every_plan_of_the_machine_can_be_made(what: str, valkey_server: RedisServer) -> None:
    """A plan that were always refused would prove nothing."""
    with valkey_server.client() as client, action_client(parse_address(valkey_server.url), KEY) as acting:
        for number in range(6):
            client.xadd(KEY, {"n": number})
        for group in GROUPS:
            client.xgroup_create(KEY, group, id="0")
            client.xreadgroup(group, "a", {KEY: ">"}, count=4)
            client.xgroup_createconsumer(KEY, group, "b")
        first: Any = client.xrange(KEY, count=3)
        client.xack(KEY, GROUPS[0], first[0][0])
        client.xack(KEY, GROUPS[1], first[0][0])
        client.xclaim(KEY, GROUPS[0], "a", 0, [first[1][0]])
        if what == "ghosts":
            client.xdel(KEY, first[2][0])
        assert _PLANS[what](acting, GROUPS[0], "b" if what != "remove" else "a")
