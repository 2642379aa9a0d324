"""Routing: what happened to alerts finds the groups in which receivers hear of it.

Alert events are the outbox: they were committed with the change that they tell of, and are routed once, in a transaction that locks
them. Any number of notifiers may route at once, each other events, and be killed at any instant.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from dashboard.core.grouping import Place, RouteRule, places_of
from dashboard.core.matchers import parse
from dashboard.core.telling import due_after
from dashboard.models import Alert, AlertEvent, GroupMember, NotificationGroup, Receiver, Route
from dashboard.services.muting import labels_now

logger = logging.getLogger(__name__)

BATCH = 1000
_INSERT = 500


def route_events(*, now: datetime, most: int = BATCH) -> int:
    """Routes the oldest events that nobody has routed, at most `most`; returns how many."""
    with transaction.atomic():
        # Other notifiers may route now: each takes events that no other has locked (SQLite: one at a time does so).
        rows = AlertEvent.objects.select_for_update(skip_locked=True, of=("self",)).unrouted()
        events = list(rows.select_related("alert")[:most])
        if events:
            _route(events, now)
            AlertEvent.objects.filter(pk__in=[event.pk for event in events]).update(routed_at=now)
    return len(events)


def route_open(*, now: datetime) -> int:
    """Puts alerts that are open into groups that they are not in: for routes that were made or changed since. Returns how many it put."""
    rules, put = list(route_rules()), 0
    alerts = Alert.objects.open().order_by("pk")
    last = 0
    while batch := list(alerts.filter(pk__gt=last)[:BATCH]):
        with transaction.atomic():
            put += len(_join(rules, {alert.pk: (alert, now) for alert in batch}, now))
        last = batch[-1].pk
    return put


def route_rules() -> Iterable[RouteRule]:
    """The enabled routes, in the order in which they are asked, each with its receivers that can be told."""
    told = Receiver.objects.filter(enabled=True).exclude(kind=Receiver.Kind.HEARTBEAT).values_list("pk", flat=True)
    able = set(told)
    for route in Route.objects.filter(enabled=True).prefetch_related("receivers"):
        try:
            matchers = parse(route.matchers)
        except ValueError as error:
            # Written past the form's checks. What it would take goes on to the next.
            logger.warning("Route “%s” takes nothing: %s", route, error)
            continue
        yield RouteRule(
            id=route.pk,
            matchers=matchers,
            receivers=tuple(each.pk for each in route.receivers.all() if each.pk in able),
            group_by=tuple(map(str, route.group_by)),
            wait_s=route.group_wait_s,
            interval_s=route.group_interval_s,
            goes_on=route.goes_on,
        )


def _route(events: Sequence[AlertEvent], now: datetime) -> None:
    changed = {event.alert_id: (event.alert, event.at) for event in reversed(events) if event.kind in event.NOTIFIED}
    if not changed:
        return
    joining = {pk: each for pk, each in changed.items() if each[0].resolved_at is None}
    joined = _join(list(route_rules()), joining, now)
    _wake(changed, joined, now)


def _join(
    rules: Sequence[RouteRule], changed: Mapping[int, tuple[Alert, datetime]], now: datetime
) -> set[tuple[int, int]]:
    """Makes the alerts members of their groups; the pairs of group and alert that are new."""
    wanted: dict[tuple[Place, int], datetime] = {}
    shared: dict[Place, dict[str, str]] = {}
    for alert, at in changed.values():
        for place, labels in places_of(rules, labels_now(alert)):
            wanted[place, alert.pk] = at
            shared[place] = labels
    groups = _groups(shared)
    pairs = {(groups[place].pk, pk): at for (place, pk), at in wanted.items() if place in groups}
    known = GroupMember.objects.filter(alert__in=changed, group__in={group for group, _ in pairs})
    new = pairs.keys() - set(known.values_list("group_id", "alert_id"))
    members = [GroupMember(group_id=group, alert_id=alert) for group, alert in sorted(new)]
    # Another notifier may have routed another event of the same alert a moment ago.
    GroupMember.objects.bulk_create(members, batch_size=_INSERT, ignore_conflicts=True)
    _make_due(_earliest((group, pairs[group, alert]) for group, alert in new), now)
    return new


def _wake(changed: Mapping[int, tuple[Alert, datetime]], joined: Collection[tuple[int, int]], now: datetime) -> None:
    """Makes the groups due of which the alerts were members before."""
    members = GroupMember.objects.filter(alert__in=changed).values_list("group_id", "alert_id")
    _make_due(_earliest((group, changed[alert][1]) for group, alert in members if (group, alert) not in joined), now)


def _earliest(changes: Iterable[tuple[int, datetime]]) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    for group, at in changes:
        found[group] = min(at, found.get(group, at))
    return found


def _groups(shared: Mapping[Place, Mapping[str, str]]) -> dict[Place, NotificationGroup]:
    """The groups' rows, made where there are none."""
    if not shared:
        return {}
    rows = [
        NotificationGroup(route_id=place.route, receiver_id=place.receiver, digest=place.digest, labels=labels)
        for place, labels in shared.items()
    ]
    # Another notifier may make the same: the constraint lets one of them be.
    NotificationGroup.objects.bulk_create(rows, batch_size=_INSERT, ignore_conflicts=True)
    of = Q(route__in={place.route for place in shared}) & Q(digest__in={place.digest for place in shared})
    return {Place(row.route_id, row.receiver_id, row.digest): row for row in NotificationGroup.objects.filter(of)}


def _make_due(changes: Mapping[int, datetime], now: datetime) -> None:
    if not changes:
        return
    # A notifier may be making the message of one of them: its commit is waited for, and what it wrote is read.
    rows = NotificationGroup.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=changes).order_by("pk")
    groups = list(rows.select_related("route"))
    for group in groups:
        group.due_at = due_after(
            changes[group.pk],
            now=now,
            told_at=group.told_at,
            is_empty=not group.told,
            wait_s=group.route.group_wait_s,
            interval_s=group.route.group_interval_s,
            due_at=group.due_at,
        )
    NotificationGroup.objects.bulk_update(groups, ["due_at"], batch_size=_INSERT)
