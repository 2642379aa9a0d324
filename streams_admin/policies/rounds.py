"""Runs of policies: what they would do is done, as actions, unless it exceeds what they may; then they stop and an alert opens."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from django.utils import timezone

from dashboard.live.alerts import tell_found
from dashboard.models import Threshold
from dashboard.services.raising import lower_alerts, raise_alert
from streams_admin.actions import perform_policy
from streams_admin.facts import Outcome
from streams_admin.models import Action
from streams_admin.plans import save_plan
from streams_admin.policies.intents import Intent, intents_of
from streams_admin.policies.model import Policy
from streams_admin.wording import number

_HOUR = timedelta(hours=1)


def run_due(now: Callable[[], datetime] = timezone.now, *, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Runs every policy whose turn it is; how many. Any number of processes may do it at once."""
    ran = 0
    for policy in list(Policy.objects.due(now())):
        if is_stopping():
            break
        ran += _run(policy, now, is_stopping)
    return ran


def _run(policy: Policy, now: Callable[[], datetime], is_stopping: Callable[[], bool]) -> bool:
    began = now()
    # Two runners may race here; the one whose update counts has this turn.
    if (
        not Policy.objects.due(began)
        .filter(pk=policy.pk, next_at=policy.next_at)
        .update(next_at=began + policy.every, ran_at=began)
    ):
        return False
    trouble = []
    for stream in policy.streams():
        for intent in intents_of(policy, stream):
            # Switched off or stopped meanwhile: nothing more of it is done.
            if is_stopping() or not Policy.objects.running().filter(pk=policy.pk).exists():
                return True
            if problem := _do(policy, intent, now()):
                trouble.append(f"{stream.display_key[:100]}: {problem}")
    Policy.objects.filter(pk=policy.pk).update(trouble="\n".join(trouble[:20]))
    return True


def _do(policy: Policy, intent: Intent, now: datetime) -> str:
    """Carries one intent out, or stops the policy; what went wrong, in words."""
    if intent.facts is None:
        return intent.trouble
    if excess := _excess(policy, intent, now):
        _stop(policy, intent, excess, now)
        return excess
    action = perform_policy(save_plan(intent.stream, None, intent.facts, now=now), policy)
    return "" if action.state == Action.State.DONE else f"{action.title}: {action.reason or action.state}"


def _excess(policy: Policy, intent: Intent, now: datetime) -> str:
    title, entries = intent.title, intent.entries
    if entries > policy.most_per_run:
        return f"{title}: more than the {number(policy.most_per_run)} that one run may"
    before = done_since(policy, now - _HOUR)
    if before + entries > policy.most_per_hour:
        done = f"{number(before)} were done within the hour"
        return f"{title}: {done}, and it may do {number(policy.most_per_hour)}"
    return ""


def done_since(policy: Policy, since: datetime) -> int:
    """Entries that the policy's actions have changed since then."""
    outcomes = Action.objects.of_policy(policy.name).filter(started_at__gte=since).values_list("outcome", flat=True)
    return sum(msgspec.convert(outcome, Outcome).done for outcome in outcomes)


def _stop(policy: Policy, intent: Intent, why: str, now: datetime) -> None:
    # Another runner may have stopped it already: one alert is enough.
    if not Policy.objects.running().filter(pk=policy.pk).update(stopped_at=now, stopped_why=why[:500]):
        return
    key = intent.stream.display_key[:100]
    raised = raise_alert(
        raised_by=policy.raises_as,
        stream=intent.stream,
        group=intent.group,
        metric=Threshold.Metric.PENDING if intent.group else Threshold.Metric.LENGTH,
        title=f"Policy {policy.name} stopped on {key}: {why}",
        value=intent.entries,
        limit=min(policy.most_per_run, policy.most_per_hour),
        now=now,
    )
    tell_found([raised])


def start_again(policy: Policy, now: datetime) -> None:
    """Lets a stopped policy go on at its next turn, which is now; its alert resolves."""
    Policy.objects.filter(pk=policy.pk).exclude(stopped_at=None).update(stopped_at=None, stopped_why="", next_at=None)
    tell_found(lower_alerts(raised_by=policy.raises_as, reason="The policy was started again.", now=now))
