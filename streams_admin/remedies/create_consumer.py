"""Create a consumer, so that entries can be claimed for it before it has read any."""

from typing import TYPE_CHECKING

import redis

from dashboard.core.names import display
from streams_admin import pending, wording
from streams_admin.facts import Facts
from streams_admin.models import Kind
from streams_admin.plans import PlanError, group_in, look
from streams_admin.redis_io.groups import GroupOrder, change_group
from streams_admin.remedies.base import GroupEffect, Remedy

if TYPE_CHECKING:
    from streams_admin.run import Run


class CreateConsumerFacts(Facts, frozen=True, kw_only=True):
    """A consumer that is not there yet."""

    kind = Kind.CREATE_CONSUMER

    group: bytes
    consumer: bytes


def plan_create_consumer(client: "redis.Redis", key: bytes, group: bytes, consumer: bytes) -> CreateConsumerFacts:
    """A new consumer of the group. Raises PlanError."""
    state = look(client, key)
    its = group_in(state, group)
    if consumer in (pending.consumer_names(client, key, its) or ()):
        raise PlanError("The group has a consumer of this name already.", "consumer")
    return CreateConsumerFacts(run_id=state.run_id, key=key, group=group, consumer=consumer)


class CreateConsumer(Remedy[CreateConsumerFacts]):
    """A consumer that is not there yet."""

    facts = CreateConsumerFacts
    done = "made"
    back = "dashboard_stream_recover"

    def title(self, facts: CreateConsumerFacts) -> str:
        return f"Create the consumer {wording.short(facts.consumer)}"

    def commands(self, facts: CreateConsumerFacts) -> list[str]:
        return [wording.command("XGROUP", "CREATECONSUMER", facts.key, facts.group, facts.consumer)]

    def requested(self, facts: CreateConsumerFacts) -> int:
        return 1

    def group_of(self, facts: CreateConsumerFacts) -> bytes:
        return facts.group

    def effects(self, facts: CreateConsumerFacts) -> list[GroupEffect]:
        effect = f"Has a consumer {display(facts.consumer)} with nothing pending."
        return [GroupEffect(name=display(facts.group), effect=effect)]

    def carry_out(self, client: "redis.Redis", facts: CreateConsumerFacts, run: "Run") -> None:
        order = GroupOrder(
            run_id=facts.run_id, key=facts.key, group=facts.group, verb="create-consumer", consumer=facts.consumer
        )
        if change_group(client, order) or run.again:
            run.outcome.done = 1
        else:
            run.outcome.gone = 1
