"""Plans: what an action would do, read from the server and frozen before anyone confirms it."""

import secrets
from datetime import datetime, timedelta
from typing import Any

import redis

from dashboard.models import Stream
from streams_admin.facts import Facts, GroupFact, encode
from streams_admin.models import Action, Plan
from streams_admin.redis_io.look import StreamState, read_state
from streams_admin.redis_io.scripts import Aborted
from streams_admin.wording import ABORTED

UNUSED_KEPT = timedelta(days=1)


class PlanError(Exception):
    """There is nothing to plan; the text says why and what would be right. `field` is the form's, if one is to blame."""

    def __init__(self, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.field = field


def save_plan(stream: Stream, operator: Any, facts: Facts, *, now: datetime, undoes: Action | None = None) -> Plan:
    """Keeps the facts for five minutes under a token that cannot be guessed; forgets unused plans of days ago."""
    Plan.objects.filter(action=None, approval=None, expires_at__lt=now - UNUSED_KEPT).delete()
    return Plan.objects.create(
        token=secrets.token_urlsafe(32),
        kind=facts.kind,
        stream=stream,
        operator=operator,
        facts=encode(facts),
        undoes=undoes,
        created_at=now,
        expires_at=now + Plan.LIFETIME,
    )


def look(client: "redis.Redis", key: bytes) -> StreamState:
    """The stream as it is now. Raises PlanError where the key is none, Failed or Unanswered."""
    try:
        return read_state(client, key)
    except Aborted as aborted:
        raise PlanError(ABORTED[aborted.why]) from None


def group_in(state: StreamState, name: bytes) -> GroupFact:
    """The group of that name. Raises PlanError where there is none."""
    for group in state.groups:
        if group.name == name:
            return group
    raise PlanError(ABORTED["no-group"], "group")
