"""Actions: what an operator does to a watched server, with the audit row around it.

The row is committed before the first write is sent and finished after. One left "started" means that we ended in the middle.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import redis
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone

from dashboard.live.events import ActionFinished
from dashboard.live.publish import publish_now
from dashboard.models import Server, Stream
from streams_admin import redis_io
from streams_admin.facts import ClaimFacts, Facts, Outcome, TrimFacts, decode, encode
from streams_admin.models import PERMISSIONS, Action, Kind, Plan
from streams_admin.redis_io import Aborted, Failed, Unanswered
from streams_admin.wording import ABORTED, commands, title


class Refused(Exception):
    """The action must not be done; the text says why. Nothing was written."""


class AlreadyDone(Exception):
    """Somebody was first with this plan; `action` is theirs."""

    def __init__(self, action: Action) -> None:
        running = action.state == Action.State.STARTED
        super().__init__(f"{'Being' if running else 'Already'} done by {action.operator_name}.")
        self.action = action


def perform(plan: Plan, operator: Any, *, address: str | None) -> Action:
    """Carries the plan out, once: the audit row tells how it ended. Raises AlreadyDone where somebody was first."""
    earlier = Action.objects.filter(plan=plan).first()
    if earlier:
        raise AlreadyDone(earlier)
    kind = Kind(plan.kind)
    try:
        _check_allowed(kind, plan.stream, operator)
        if plan.expired(timezone.now()):
            raise Refused("The plan is older than five minutes: look again before you act.")
    except Refused as refusal:
        # Without the plan: somebody who may not act on it must not use it up.
        return _settled(_start(kind, plan, operator, address, used=False), Action.State.REFUSED, str(refusal))
    with audited(kind, plan, operator, address=address) as action, _client(plan.stream) as client:
        _carry_out(client, action)
    return action


def check_again(action: Action, operator: Any) -> Action:
    """Runs an action of unknown end once more: what was done counts as done, what was not is done now.

    Raises Refused, and AlreadyDone where it has been settled meanwhile or somebody is at it.
    """
    if action.stream is None:
        raise Refused("The stream is no longer registered.")
    _check_allowed(Kind(action.kind), action.stream, operator)
    now = timezone.now()
    # Two operators may ask at once, and the first run may still be under way; one update counts.
    if not Action.objects.unsettled(now).filter(pk=action.pk).update(state=Action.State.STARTED, checked_at=now):
        action.refresh_from_db()
        raise AlreadyDone(action)
    action.refresh_from_db()
    with _settling(action), _client(action.stream) as client:
        _carry_out(client, action, checked=(operator.get_username(), now.isoformat(timespec="seconds")))
    return action


@contextmanager
def audited(kind: Kind, plan: Plan, operator: Any, *, address: str | None) -> Iterator[Action]:
    """The audit row around the work: committed before, finished after, whatever happens. Raises AlreadyDone.

    What the server said, or did not say, ends here and stands in the row; only our own faults go on.
    """
    action = _start(kind, plan, operator, address, used=True)
    with _settling(action):
        yield action


def _start(kind: Kind, plan: Plan, operator: Any, address: str | None, *, used: bool) -> Action:
    facts, stream = decode(plan.facts), plan.stream
    try:
        # Durable: committed when this block ends, or an error if somebody wraps it in a transaction.
        with transaction.atomic(durable=True):
            return Action.objects.create(
                kind=kind,
                plan=plan if used else None,
                server=stream.server,
                server_name=stream.server.name,
                stream=stream,
                key=facts.key,
                group=b"" if isinstance(facts, TrimFacts) else facts.group,
                operator=operator,
                operator_name=operator.get_username(),
                address=address,
                title=title(facts),
                facts=plan.facts,
                commands="\n".join(commands(facts)),
                outcome=encode(_nothing_yet(facts)),
                started_at=timezone.now(),
            )
    except IntegrityError:
        # Two clicks, or two operators, on one plan: the constraint lets one through.
        raise AlreadyDone(Action.objects.get(plan=plan)) from None


@contextmanager
def _settling(action: Action) -> Iterator[None]:
    try:
        yield
    except Aborted as aborted:
        done = msgspec.convert(action.outcome, Outcome).done
        _settled(action, Action.State.FAILED if done else Action.State.REFUSED, ABORTED[aborted.why])
    except Failed as failure:
        _settled(action, Action.State.FAILED, str(failure))
    except Unanswered as silence:
        _settled(action, Action.State.UNKNOWN, f"{silence} It may have been done: check again.")
    except BaseException as error:
        _settled(action, Action.State.INTERRUPTED, f"Interrupted by {type(error).__name__}: check again.")
        raise
    else:
        _settled(action, Action.State.DONE)


def _settled(action: Action, state: Action.State, reason: str = "") -> Action:
    action.state, action.reason, action.finished_at = state, reason, timezone.now()
    action.save(update_fields=["state", "reason", "finished_at", "outcome"])
    if action.server_id is not None:
        publish_now(
            ActionFinished(
                action=action.pk,
                server=action.server_id,
                stream=action.stream_id,
                kind=action.kind,
                state=state.value,
                title=action.title,
                operator=action.operator_name,
                at=action.finished_at.timestamp(),
            )
        )
    return action


def _check_allowed(kind: Kind, stream: Stream, operator: Any) -> None:
    """Asks the database, not the objects at hand: rights may have been taken away since they were read."""
    person = get_user_model().objects.filter(pk=operator.pk, is_active=True).first()
    if person is None or not person.has_perm(PERMISSIONS[kind]):
        raise Refused(f"You have no permission to {kind.label} here ({PERMISSIONS[kind]}).")
    if Server.objects.filter(pk=stream.server_id, read_only=True).exists():
        raise Refused("This server is registered as read-only: nothing may be changed on it.")


@contextmanager
def _client(stream: Stream) -> Iterator["redis.Redis"]:
    with redis_io.action_client(stream.server.target, bytes(stream.key)) as client:
        yield client


def _nothing_yet(facts: Facts) -> Outcome:
    return Outcome(requested=facts.removed.value if isinstance(facts, TrimFacts) else len(facts.entries))


def _carry_out(client: "redis.Redis", action: Action, *, checked: tuple[str, str] | None = None) -> None:
    facts = decode(action.facts)
    before = msgspec.convert(action.outcome, Outcome)
    outcome = _nothing_yet(facts)
    outcome.checks = [*before.checks, checked] if checked else before.checks
    try:
        if isinstance(facts, TrimFacts):
            outcome.done = before.done
            _trim(client, facts, outcome)
        else:
            _settle_pending(client, facts, outcome, before if checked else None)
    finally:
        action.outcome = encode(outcome)


def _settle_pending(client: "redis.Redis", facts: Facts, outcome: Outcome, before: Outcome | None) -> None:
    assert not isinstance(facts, TrimFacts)  # noqa: S101
    size = redis_io.page_size(client, facts.key, at_most=redis_io.BATCH)
    for start in range(0, len(facts.entries), size):
        result = redis_io.settle_pending(client, facts, facts.entries[start : start + size])
        outcome.done += result.done
        for item in result.not_done:
            if item.why == "gone":
                outcome.gone += 1
            elif item.why == "held" and before is not None:
                outcome.done += 1  # our own earlier attempt
            else:
                outcome.skipped[item.why] = outcome.skipped.get(item.why, 0) + 1
                outcome.not_done.append(item)
    if before is not None and not isinstance(facts, ClaimFacts):
        # What we had acknowledged before the silence is gone now.
        outcome.gone -= before.done
        outcome.done += before.done


def _trim(client: "redis.Redis", facts: TrimFacts, outcome: Outcome) -> None:
    while removed := redis_io.trim_step(client, facts, limit=redis_io.STEP):
        outcome.done += removed
    outcome.done += redis_io.trim_step(client, facts, limit=0)
    outcome.gone = max(0, outcome.requested - outcome.done) if facts.removed.exact else 0
