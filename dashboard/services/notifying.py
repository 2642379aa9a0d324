"""Notifying: groups that are due become notifications, each with its body and its key for good.

Several notifiers may do so at once. A receiver's groups are looked at by one of them at a time: its row is locked (SQLite: one
transaction at a time writes), so nothing is said twice, nor more often than the receiver wants. A group of which a notification is on
its way waits until that has arrived or was given up: so what it hears of an alert comes in the order in which it happened.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from dashboard.core.muting import Mutes
from dashboard.core.notice import Change, NoticeKind, to_json
from dashboard.core.telling import MOST_LISTED, Comparison, Standing, compare, is_repeat_due, next_look
from dashboard.models import Alert, GroupMember, Notification, NotificationGroup, Receiver
from dashboard.models.notification import NotificationGroupQuerySet
from dashboard.services.muting import mute_of, mutes_at
from dashboard.services.notices import compose

BATCH = 500
_MINUTE = timedelta(minutes=1)
#: A program takes what it is told apart by alert, so nothing is left out for it; more than this goes into the next message.
MOST_FOR_A_PROGRAM = 500
#: An Alertmanager is told that an alert lasts a day.
REPEAT_TO_A_PROGRAM_S = 12 * 3600


class Saying:
    """A group, what is to be said of it, and whether it is."""

    def __init__(
        self,
        group: NotificationGroup,
        receiver: Receiver,
        found: Comparison,
        members: Mapping[int, GroupMember],
        now: datetime,
    ) -> None:
        self.group, self.found, self._members = group, found, members
        self.repeat_s = repeat_s(group, receiver)
        repeats = bool(found.changes) and is_repeat_due(group.told_at, self.repeat_s, now)
        self.is_due = found.changed or repeats

    @property
    def changes(self) -> list[tuple[Alert, Change]]:
        """What is said of which alert, in order."""
        return [(self._members[pk].alert, change) for pk, change in self.found.changes.items()]

    @property
    def over(self) -> list[int]:
        """The memberships that have come to their end."""
        return [self._members[pk].pk for pk in self.found.over]


def repeat_s(group: NotificationGroup, receiver: Receiver) -> float:
    """When what is open is said again: as the route wants, and to a program before it takes silence for the end."""
    wanted = group.route.repeat_s
    if receiver.kind != Receiver.Kind.ALERTMANAGER:
        return wanted
    return min(wanted, REPEAT_TO_A_PROGRAM_S) if wanted else REPEAT_TO_A_PROGRAM_S


def due_groups(now: datetime) -> NotificationGroupQuerySet:
    """Groups that are to be looked at, and of which nothing is on its way."""
    unsent = Notification.objects.filter(
        groups=OuterRef("pk"), state__in=(Notification.State.DUE, Notification.State.SENDING)
    )
    return NotificationGroup.objects.due(now).filter(~Exists(unsent), receiver__enabled=True, route__enabled=True)


def notify_groups(*, now: datetime) -> list[Notification]:
    """Looks at the groups that are due, of each receiver at most 500 at once; the notifications that it made."""
    receivers = due_groups(now).order_by("receiver_id").values_list("receiver_id", flat=True).distinct()
    waiting = list(receivers)
    mutes = mutes_at(now) if waiting else None
    return [made for receiver in waiting if mutes is not None for made in _notify(receiver, mutes, now)]


def _notify(receiver_id: int, mutes: Mutes, now: datetime) -> list[Notification]:
    with transaction.atomic():
        receiver = Receiver.objects.select_for_update(no_key=True).filter(pk=receiver_id).first()
        if receiver is None:
            return []
        rows = due_groups(now).filter(receiver=receiver).select_for_update(no_key=True, of=("self",))
        groups = list(rows.order_by("pk").select_related("route")[:BATCH])
        sayings = _sayings(receiver, groups, mutes, now)
        wanted = [saying for saying in sayings if saying.is_due]
        free, free_at = _room(receiver, now)
        if wanted and not free:
            sayings = [saying for saying in sayings if not saying.is_due]
            _postpone(wanted, free_at)
            wanted = []
        made = _messages(receiver, wanted, now, apart=len(wanted) <= free)
        _settle(sayings, now)
    return made


def _sayings(receiver: Receiver, groups: Sequence[NotificationGroup], mutes: Mutes, now: datetime) -> list[Saying]:
    members: dict[int, dict[int, GroupMember]] = {group.pk: {} for group in groups}
    for member in GroupMember.objects.filter(group__in=members).select_related("alert"):
        members[member.group_id][member.alert_id] = member
    found = []
    for group in groups:
        standings = [_standing(member.alert, mutes, now) for member in members[group.pk].values()]
        comparison = compare(standings, group.told, tells_resolved=receiver.tells_resolved)
        found.append(Saying(group, receiver, _cut(comparison, group.told, receiver), members[group.pk], now))
    return found


def _standing(alert: Alert, mutes: Mutes, now: datetime) -> Standing:
    resolved = alert.resolved_at is not None
    mute = None if resolved else mute_of(alert, mutes, now)
    return Standing(alert.pk, alert.severity, alert.opened_at, resolved, mute)


def _cut(found: Comparison, told: Mapping[str, str], receiver: Receiver) -> Comparison:
    """What fits one message to a program; the rest has not been told, and comes next."""
    if receiver.kind != Receiver.Kind.ALERTMANAGER or len(found.changes) <= MOST_FOR_A_PROGRAM:
        return found
    said = dict(list(found.changes.items())[:MOST_FOR_A_PROGRAM])
    left = found.changes.keys() - said.keys()
    now_told = {pk: severity for pk, severity in found.told.items() if int(pk) not in left}
    now_told |= {str(pk): told[str(pk)] for pk in left if str(pk) in told}
    over = tuple(pk for pk in found.over if pk not in left)
    return Comparison(said, now_told, over, found.waiting, found.resting, more=bool(found.changed and left))


def _room(receiver: Receiver, now: datetime) -> tuple[int, datetime]:
    """How many messages the receiver may be told now, and when it may be told another at the latest."""
    lately = Notification.objects.filter(receiver=receiver, made_at__gt=now - _MINUTE).order_by("made_at")
    times = list(lately.values_list("made_at", flat=True))
    return max(receiver.most_per_minute - len(times), 0), (times[0] if times else now) + _MINUTE


def _postpone(sayings: Iterable[Saying], until: datetime) -> None:
    NotificationGroup.objects.filter(pk__in=[saying.group.pk for saying in sayings]).update(due_at=until)


def _messages(receiver: Receiver, sayings: Sequence[Saying], now: datetime, *, apart: bool) -> list[Notification]:
    """One message a group, or one for all of them where there would be too many."""
    parts = [[saying] for saying in sayings] if apart else [list(sayings)]
    made = [_message(receiver, part, now) for part in parts]
    Notification.objects.bulk_create(made)
    for notification, part in zip(made, parts, strict=True):
        notification.groups.add(*(saying.group for saying in part))
    links = [(made[at], pk) for at, part in enumerate(parts) for saying in part for pk in _worth_a_link(saying)]
    through = Notification.alerts.through
    through.objects.bulk_create(
        [through(notification=notification, alert_id=pk) for notification, pk in links],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    return made


def _message(receiver: Receiver, part: Sequence[Saying], now: datetime) -> Notification:
    single = part[0].group if len(part) == 1 else None
    key = _key(part, now)
    notice = compose(
        _gravest_first(part),
        key=key,
        receiver=receiver.name,
        now=now,
        most=MOST_FOR_A_PROGRAM * BATCH if receiver.kind == Receiver.Kind.ALERTMANAGER else MOST_LISTED,
        route=single.route.name if single else "",
        group=single.labels if single else None,
        kind=NoticeKind.ALERTS if single else NoticeKind.DIGEST,
    )
    kind = Notification.Kind.ALERTS if single else Notification.Kind.DIGEST
    return Notification(receiver=receiver, key=key, kind=kind, made_at=now, body=to_json(notice), next_try_at=now)


def _key(part: Iterable[Saying], now: datetime) -> str:
    """Unique, and the same at each try. With its time: a database that was restored from a copy numbers anew."""
    said = ",".join(f"{saying.group.pk}/{saying.group.sequence}" for saying in part)
    return hashlib.sha256(f"{said} {now.isoformat()}".encode()).hexdigest()[:40]


def _gravest_first(part: Sequence[Saying]) -> list[tuple[Alert, Change]]:
    if len(part) == 1:
        return part[0].changes
    # An alert may stand in several groups of one receiver.
    merged: dict[int, tuple[Alert, Change]] = {}
    for saying in part:
        for alert, change in saying.changes:
            if alert.pk not in merged or merged[alert.pk][1] is Change.STILL:
                merged[alert.pk] = alert, change
    standings = [Standing(alert.pk, alert.severity, alert.opened_at) for alert, _ in merged.values()]
    by_gravity = list(compare(standings, {}).changes)
    order = {Change.RESOLVED: 1, Change.STILL: 2}
    return sorted((merged[pk] for pk in by_gravity), key=lambda each: order.get(each[1], 0))


def _worth_a_link(saying: Saying) -> list[int]:
    """The alerts whose pages name the notification: those that it says something new of, and the first of the others."""
    changes = saying.found.changes.items()
    return [pk for at, (pk, change) in enumerate(changes) if at < MOST_LISTED or change is not Change.STILL]


def _settle(sayings: Sequence[Saying], now: datetime) -> None:
    """Writes what the groups have been told, and when they are looked at again."""
    over: list[int] = []
    for saying in sayings:
        group, found = saying.group, saying.found
        if saying.is_due:
            group.told_at = now
            group.sequence += 1
        group.told = found.told
        group.due_at = now if found.more else next_look(found, group.told_at, saying.repeat_s, now)
        over += saying.over
    changed = ["told_at", "told", "due_at", "sequence"]
    NotificationGroup.objects.bulk_update([saying.group for saying in sayings], changed, batch_size=BATCH)
    for first in range(0, len(over), BATCH):
        GroupMember.objects.filter(pk__in=over[first : first + BATCH]).delete()
