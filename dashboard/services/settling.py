"""Settling alerts in the database, where any number of samplers may try the same change: one of them makes it."""

import hashlib
from datetime import datetime, timedelta

import msgspec
from django.db import IntegrityError, transaction

from dashboard.core.subjects import Subject
from dashboard.models import Alert
from dashboard.services.rules import Opening

#: Two samplers of one server are never further apart than this; a difference beyond it is a clock that was set.
SKEW = timedelta(seconds=60)


class AlertChange(msgspec.Struct, frozen=True):
    """An alert that this call opened or resolved."""

    alert: Alert
    opened: bool


class _ResolvedMeanwhile(Exception):
    """Another sampler has judged later readings than ours: the breach is over."""


def open_alert(*, opening: Opening, server_id: int, stream_id: int | None, now: datetime) -> Alert | None:
    """The alert that this call opened; None where another sampler has opened it, or resolved it since."""
    rule, subject = opening.rule, opening.subject
    track = rule.tracks[subject]
    severity, (limit, _) = next(iter(rule.threshold.limits.items()))
    alert = Alert(
        threshold=rule.threshold,
        server_id=server_id,
        stream_id=stream_id,
        group=subject.group,
        subject_digest=digest_of(server_id, stream_id, subject.group),
        threshold_digest=rule.digest,
        title=opening.title,
        severity=severity,
        worst_severity=severity,
        metric=rule.threshold.metric,
        limit=limit,
        opened_value=opening.value,
        last_value=opening.value,
        opened_at=now,
    )
    try:
        _insert(alert, breach_began=track.since or now)
    except IntegrityError:
        # The constraint found it open already (or its threshold or stream was deleted a moment ago).
        if other := Alert.objects.open().same_breach(alert).first():
            rule.open[subject] = other
        return None
    except _ResolvedMeanwhile:
        rule.forget(subject)
        return None
    rule.open[subject] = alert
    return alert


def _insert(alert: Alert, breach_began: datetime) -> None:
    with transaction.atomic():
        alert.save(force_insert=True)
        # Asked after the insert: now no other sampler can have the alert open, only have opened and resolved it.
        later = (breach_began, alert.opened_at + SKEW)
        same = Alert.objects.same_breach(alert).filter(threshold_digest=alert.threshold_digest)
        if same.filter(resolved_at__range=later).exists():
            raise _ResolvedMeanwhile


def resolve_alert(*, alert: Alert, reason: str, now: datetime) -> Alert | None:
    """The alert that this call resolved; None where another sampler has, or opened it by readings later than ours."""
    alert.resolved_at = max(now, alert.opened_at)
    alert.resolution = reason[:200]
    later = (now + timedelta(microseconds=1), now + SKEW)
    # Samplers race here; only the one whose update counts reports it.
    mine = Alert.objects.open().filter(pk=alert.pk).exclude(opened_at__range=later)
    return alert if mine.update(resolved_at=alert.resolved_at, resolution=alert.resolution) else None


def digest_of(server_id: int, stream_id: int | None, group: bytes) -> str:
    """What is breached, as one word."""
    return hashlib.sha256(b"%d/%d/%s" % (server_id, stream_id or 0, group)).hexdigest()


def subject_of(alert: Alert) -> Subject:
    """What the alert is about."""
    return Subject(bytes(alert.stream.key) if alert.stream else b"", bytes(alert.group))
