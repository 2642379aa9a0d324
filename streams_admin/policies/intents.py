"""What a policy would do now: the very plans that a run carries out, read from the server and bounded by nothing yet."""

from collections.abc import Callable, Iterator

import msgspec
import redis

from dashboard.models import Stream
from dashboard.redis_io.connect import explain
from streams_admin.facts import Facts, GroupFact
from streams_admin.pending import PendingFilter, consumers_of
from streams_admin.plans import PlanError, look
from streams_admin.policies.model import Policy
from streams_admin.redis_io.scripts import Failed, Unanswered, action_client
from streams_admin.remedies import remedy_of
from streams_admin.remedies.across import other_slot
from streams_admin.remedies.claim import Target, plan_claim
from streams_admin.remedies.dead_letter import plan_dead_letter
from streams_admin.remedies.entries import Selection
from streams_admin.remedies.trim_plan import TrimMode, plan_trim


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a policy would do, or `trouble`: why it cannot look."""

    stream: Stream
    group: bytes = b""
    facts: Facts | None = None
    trouble: str = ""

    @property
    def entries(self) -> int:
        """How many entries it is about."""
        return remedy_of(self.facts.kind).requested(self.facts) if self.facts else 0

    @property
    def title(self) -> str:
        """What it is, in a line."""
        return remedy_of(self.facts.kind).title(self.facts) if self.facts else self.trouble


def intents_of(policy: Policy, stream: Stream) -> Iterator[Intent]:
    """What the policy would do to the stream; nothing where all is well. A server in trouble is an intent that says so."""
    try:
        with action_client(stream.server.acting_target, bytes(stream.key)) as client:
            yield from _PLANS[policy.does](policy, stream, client)
    except PlanError:
        return  # the key is gone: there is nothing to do
    except (Failed, Unanswered) as error:
        yield Intent(stream=stream, trouble=str(error))
    except redis.RedisError as error:
        yield Intent(stream=stream, trouble=explain(error).detail)


def _retain(policy: Policy, stream: Stream, client: "redis.Redis") -> Iterator[Intent]:
    key = bytes(stream.key)
    by_length = policy.keep_length is not None
    mode, asked = (TrimMode.LENGTH, policy.keep_length) if by_length else (TrimMode.AGE, policy.keep_s)
    try:
        facts = plan_trim(client, key, mode, asked, beyond=policy.unsafe)
    except PlanError:
        return
    yield Intent(stream=stream, facts=facts)


def _claim(policy: Policy, stream: Stream, client: "redis.Redis") -> Iterator[Intent]:
    for group in _groups(policy, stream, client):
        idle_ms = 1000 * (policy.idle_s or 0)
        consumer = policy.consumer.encode() or _least_loaded(client, bytes(stream.key), group, idle_ms)
        if consumer is None:
            yield Intent(stream=stream, group=group.name, trouble="No consumer of the group has acted lately.")
            continue
        selection = Selection(matching=PendingFilter(group=group.name, min_idle_ms=idle_ms))
        try:
            facts = plan_claim(client, bytes(stream.key), selection, Target(consumer))
        except PlanError:
            continue
        yield Intent(stream=stream, group=group.name, facts=facts)


def _groups(policy: Policy, stream: Stream, client: "redis.Redis") -> Iterator[GroupFact]:
    for group in look(client, bytes(stream.key)).groups:
        if group.pending and policy.takes_group(group.name):
            yield group


def _least_loaded(client: "redis.Redis", key: bytes, group: GroupFact, idle_ms: int) -> bytes | None:
    """The consumer with the fewest pending entries of those that have acted since the entries that are to be claimed."""
    live = [one for one in consumers_of(client, key, group) if one.idle_ms < idle_ms]
    return min(live, key=lambda one: (one.pending, one.idle_ms, one.name)).name if live else None


def _dead_letter(policy: Policy, stream: Stream, client: "redis.Redis") -> Iterator[Intent]:
    target = policy.dead_letter_key.encode().replace(b"{key}", bytes(stream.key))
    for group in _groups(policy, stream, client):
        selection = Selection(matching=PendingFilter(group=group.name, min_deliveries=policy.deliveries or 0))
        try:
            with other_slot(stream.server, bytes(stream.key), target) as elsewhere:
                facts = plan_dead_letter(
                    client, bytes(stream.key), selection, target, reason=policy.raises_as, elsewhere=elsewhere
                )
        except PlanError as error:
            if error.field == "target":
                yield Intent(stream=stream, group=group.name, trouble=str(error))
            continue
        yield Intent(stream=stream, group=group.name, facts=facts)


_PLANS: dict[str, Callable[[Policy, Stream, "redis.Redis"], Iterator[Intent]]] = {
    Policy.Does.RETAIN: _retain,
    Policy.Does.CLAIM: _claim,
    Policy.Does.DEAD_LETTER: _dead_letter,
}
