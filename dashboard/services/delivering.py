"""Delivering: notifications that are due are claimed, sent, and what came of it is recorded. At least once, whatever is killed.

A claim lasts longer than any try. Who dies with one is taken over from when it has ended, and whoever tries then says the same under
the same key. Nothing is sent inside a transaction.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db.models import F

from dashboard.core.backoff import next_try
from dashboard.core.notice import Notice, from_json
from dashboard.models import Notification
from dashboard.models.fields import readable
from dashboard.receivers import Answer, Outcome, Templates, deliver

logger = logging.getLogger(__name__)

CLAIM = timedelta(seconds=60)
MOST_LOGGED = 50


class Claim(msgspec.Struct, frozen=True):
    """A notification that only we send until `until`, with all that its sending needs."""

    notification: int
    receiver: int
    until: datetime
    kind: str
    address: str
    secret: str
    networks: tuple[str, ...]
    templates: Templates
    notice: Notice
    told: tuple[str, ...]


def claim_due(
    *, now: datetime, most: int, busy: Collection[int] = (), most_each: int = 2, claim: timedelta = CLAIM
) -> list[Claim]:
    """At most `most` notifications that are ours to send now, oldest first; none to the receivers in `busy`."""
    due = Notification.objects.due(now).filter(receiver__enabled=True).exclude(receiver__in=busy)
    found: list[Claim] = []
    of_receiver: dict[int, int] = {}
    for notification in due.select_related("receiver")[: most * most_each]:
        taken = of_receiver.get(notification.receiver_id, 0)
        if len(found) < most and taken < most_each and (mine := _claim(notification, now + claim, now)):
            found.append(mine)
            of_receiver[notification.receiver_id] = taken + 1
    return found


def send(claim: Claim) -> Answer:
    """What came of one try. Touches no database, takes as long as the receiver does, and never raises."""
    return deliver(
        claim.kind,
        claim.address,
        claim.secret,
        notice=claim.notice,
        templates=claim.templates,
        allowed_networks=claim.networks,
        told=claim.told,
    )


def record(claim: Claim, answer: Answer, *, now: datetime, took_s: float, chance: float) -> Notification.State | None:
    """Writes what came of a try, and what follows; None where somebody else has the notification by now."""
    notification = Notification.objects.filter(pk=claim.notification).first()
    if notification is None:
        return None
    facts = _fate(notification, answer, now, chance)
    facts["answer"] = answer.detail
    # Once all have it nobody needs to be left out: who sends it again means all of them.
    facts["told"] = (
        []
        if answer.outcome is Outcome.DELIVERED
        else [*{**dict.fromkeys(notification.told), **dict.fromkeys(answer.told)}]
    )
    facts["log"] = [*notification.log, _logged(answer, now, took_s)][-MOST_LOGGED:]
    mine = Notification.objects.filter(pk=claim.notification, state=Notification.State.SENDING)
    if answer.outcome is not Outcome.DELIVERED:
        # Our claim may have ended while the database was away: then what the next one finds counts. What arrived, has arrived.
        mine = mine.filter(claimed_until=claim.until)
    if not mine.update(claimed_until=None, **facts):
        return None
    if answer.retry_after_s:
        _leave_alone(claim.receiver, now + timedelta(seconds=answer.retry_after_s))
    return Notification.State(facts["state"])


def _claim(notification: Notification, until: datetime, now: datetime) -> Claim | None:
    # Other notifiers see the same: the one whose update counts sends it.
    mine = Notification.objects.due(now).order_by().filter(pk=notification.pk, tries=notification.tries)
    facts = {"state": Notification.State.SENDING, "claimed_until": until, "tries": F("tries") + 1}
    if not mine.update(**facts):
        return None
    receiver = notification.receiver
    try:
        notice = from_json(notification.body)
    except msgspec.ValidationError as error:
        logger.error("Notification %s cannot be read: %s", notification.pk, error)
        unreadable = {
            "state": Notification.State.DEAD,
            "answer": "What it tells cannot be read.",
            "claimed_until": None,
        }
        Notification.objects.filter(pk=notification.pk).update(**unreadable)
        return None
    return Claim(
        notification=notification.pk,
        receiver=receiver.pk,
        until=until,
        kind=receiver.kind,
        address=readable(receiver.address),
        secret=readable(receiver.secret),
        networks=tuple(receiver.allowed_networks.splitlines()),
        templates=Templates(receiver.subject_template, receiver.body_template),
        notice=notice,
        told=tuple(notification.told),
    )


def _fate(notification: Notification, answer: Answer, now: datetime, chance: float) -> dict[str, Any]:
    if answer.outcome is Outcome.DELIVERED:
        return {"state": Notification.State.DELIVERED, "delivered_at": now, "next_try_at": None}
    at = None
    if answer.outcome is Outcome.AGAIN:
        at = next_try(
            tries=notification.tries,
            since=_since(notification, now),
            now=now,
            chance=chance,
            retry_after_s=answer.retry_after_s,
        )
    if at is None:
        logger.warning("Notification %s to receiver %s was given up.", notification.pk, notification.receiver_id)
        return {"state": Notification.State.DEAD, "next_try_at": None}
    return {"state": Notification.State.DUE, "next_try_at": at}


def _since(notification: Notification, now: datetime) -> datetime:
    """The first of the tries that count: sending again begins to count anew."""
    tried = notification.log[-(notification.tries - 1) :] if notification.tries > 1 else []
    return datetime.fromisoformat(tried[0]["at"]) if tried else now


def _logged(answer: Answer, now: datetime, took_s: float) -> dict[str, Any]:
    return {
        "at": now.isoformat(),
        "outcome": str(answer.outcome),
        "detail": answer.detail,
        "status": answer.status,
        "took_s": round(took_s, 3),
    }


def _leave_alone(receiver_id: int, until: datetime) -> None:
    """Nothing else is sent to a receiver that asked to be left alone."""
    waiting = Notification.objects.filter(receiver=receiver_id, state=Notification.State.DUE)
    waiting.filter(next_try_at__lt=until).update(next_try_at=until)
