"""Settling alerts in the database, where any number of samplers may try the same change: one of them makes it.

All that a tick changed is written in the caller's transaction, each alert with its events.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from django.db import transaction
from django.db.models import Q

from dashboard.core.labels import labels_of
from dashboard.core.thresholds import Change
from dashboard.models import Alert, AlertEvent, Server, Stream, Threshold, ThresholdMemory
from dashboard.services.episodes import Episode, Happened, subject_of

#: Two samplers of one server are never further apart than this; a difference beyond it is a clock that was set.
SKEW = timedelta(seconds=60)
# SQLite takes a limited number of parameters in one statement.
_BATCH = 400
_CHANGING = (
    *("title", "severity", "worst_severity", "state", "labels", "limit", "last_value", "worst_value"),
    *("recovering_since", "resolved_at", "resolution"),
)
UNWATCHED = "Its server is no longer watched."
_VALUES = ("last_value", "worst_value")

_OURS = frozenset(change.value for change in Change)

_T = TypeVar("_T")


class AlertChange(msgspec.Struct, frozen=True):
    """An alert that this call changed, and how."""

    alert: Alert
    change: Change
    at: datetime


class Settled(msgspec.Struct):
    """What became of the episodes: written, known to the database otherwise (with the alert there), or without object."""

    written: list[Episode] = []
    otherwise: list[tuple[Episode, Alert]] = []
    void: list[Episode] = []

    @property
    def changes(self) -> list[AlertChange]:
        """What was written, one by one; to be asked before the episodes are told that they were."""
        return [AlertChange(one.alert, event.kind, event.at) for one in self.written for event in one.events]


def settle(episodes: Collection[Episode], *, server: Server, now: datetime, alone: bool) -> Settled:
    """Writes the episodes and their events. `alone`: the caller's transaction lets no other sampler judge the server."""
    settled = Settled()
    # Old ones first: where a threshold was changed, its alert resolves before another opens on the same subject.
    _update([one for one in episodes if one.stored], settled, now, alone=alone)
    new = _possible([one for one in episodes if not one.stored], settled)
    new = _untwinned(new, settled, alone=alone)
    _label(new, server)
    try:
        Alert.objects.bulk_create([one.alert for one in new], batch_size=_BATCH)
        settled.written += new
        AlertEvent.objects.bulk_create(
            [_event(one.alert, event) for one in settled.written for event in one.events], batch_size=_BATCH
        )
    except Exception:
        unmake(new)
        raise
    return settled


def resolve_unwatched(now: datetime) -> list[AlertChange]:
    """The alerts, at most so many at once, that resolve because nobody watches their server any more; what judging remembered goes."""
    unwatched = Alert.objects.open().filter(server__enabled=False)
    if not unwatched.exists():
        return []
    with transaction.atomic():
        # Every sampler looks, and so may the one that still judges the server: what is locked stays as it is.
        rows = unwatched.select_related("stream").select_for_update(of=("self",), no_key=True).order_by("pk")[:_BATCH]
        episodes = [Episode(subject_of(alert), alert, is_stored=True) for alert in rows]
        for one in episodes:
            one.resolve(UNWATCHED, now)
        Alert.objects.write([one.alert for one in episodes], _CHANGING)
        AlertEvent.objects.bulk_create([_event(one.alert, event) for one in episodes for event in one.events])
        ThresholdMemory.objects.filter(server__enabled=False).delete()
    return Settled(written=episodes).changes


def unmake(episodes: Collection[Episode]) -> None:
    """Says of alerts that their transaction failed: they have no number."""
    for one in episodes:
        if not one.stored:
            one.alert.pk, one.alert._state.adding = None, True


def write_values(episodes: Collection[Episode]) -> None:
    """Writes the last and the worst values."""
    Alert.objects.write([one.alert for one in episodes], _VALUES)


def recognise(episodes: Collection[Episode]) -> None:
    """Finds what was written of them although the answer got lost, so that it is not written twice."""
    for batch in _batches(list(episodes)):
        rows = {(row.threshold_id, row.subject_digest, row.opened_at): row for row in _of_same_subjects(batch)}
        events = AlertEvent.objects.filter(alert__in=rows.values()).values_list("alert_id", "kind", "at")
        written = set(events)
        for one in batch:
            alert = one.alert
            if row := rows.get((alert.threshold_id, alert.subject_digest, alert.opened_at)):
                one.recognise(row, {(Change(kind), at) for pk, kind, at in written if pk == row.pk and kind in _OURS})


def _of_same_subjects(batch: Sequence[Episode]) -> Iterable[Alert]:
    return Alert.objects.filter(
        threshold_id__in={one.alert.threshold_id for one in batch},
        subject_digest__in=[one.alert.subject_digest for one in batch],
        opened_at__gte=min(one.alert.opened_at for one in batch),
    )


def _update(episodes: Sequence[Episode], settled: Settled, now: datetime, *, alone: bool) -> None:
    """Writes those that are as we know them. Whoever has changed one meanwhile has told of it, too."""
    rows: dict[int, Alert] = {}
    for batch in _batches(episodes):
        # Samplers and operators may race here; what is locked stays as it is until the transaction's end.
        open_ones = Alert.objects.open().filter(pk__in=[one.alert.pk for one in batch])
        rows |= {row.pk: row for row in open_ones.select_for_update(no_key=True).order_by("pk")}
    mine = []
    for one in episodes:
        row = rows.get(one.alert.pk)
        if row is None:
            settled.void.append(one)
        elif (row.severity, row.state) != one.stored or (not alone and now < row.opened_at <= now + SKEW):
            settled.otherwise.append((one, row))
        else:
            mine.append(one)
    Alert.objects.write([one.alert for one in mine], _CHANGING)
    settled.written += mine


def _possible(new: Sequence[Episode], settled: Settled) -> list[Episode]:
    """Those whose threshold and stream are still there."""
    thresholds = set(
        Threshold.objects.filter(pk__in={one.alert.threshold_id for one in new}).values_list("pk", flat=True)
    )
    streams: dict[int | None, Stream | None] = {None: None}
    for batch in _batches(sorted({one.alert.stream_id for one in new if one.alert.stream_id})):
        streams |= Stream.objects.in_bulk(batch)
    possible = []
    for one in new:
        if one.alert.threshold_id in thresholds and one.alert.stream_id in streams:
            one.alert.stream = streams[one.alert.stream_id]
            possible.append(one)
        else:
            settled.void.append(one)
    return possible


def _untwinned(new: Sequence[Episode], settled: Settled, *, alone: bool) -> list[Episode]:
    """Those of whose breach the database knows nothing yet."""
    untwinned: list[Episode] = []
    for batch in _batches(new):
        twins: dict[tuple[int | None, str], list[Alert]] = {}
        for row in _like(batch):
            twins.setdefault((row.threshold_id, row.subject_digest), []).append(row)
        for one in batch:
            verdict = _of_twins(one, twins.get((one.alert.threshold_id, one.alert.subject_digest), []), alone=alone)
            if isinstance(verdict, Alert):
                settled.otherwise.append((one, verdict))
            else:
                (untwinned if verdict else settled.void).append(one)
    return untwinned


def _like(batch: Sequence[Episode]) -> Iterable[Alert]:
    """Alerts on the same subjects that are open, or were when ours began."""
    began = min(one.alert.began_at or one.alert.opened_at for one in batch)
    return Alert.objects.filter(
        Q(resolved_at=None) | Q(resolved_at__gte=began),
        threshold_id__in={one.alert.threshold_id for one in batch},
        subject_digest__in=[one.alert.subject_digest for one in batch],
    )


def _of_twins(one: Episode, twins: Sequence[Alert], *, alone: bool) -> Alert | bool:
    """The alert that is open already, False where the breach is over already, True where it is news."""
    for row in twins:
        if row.resolved_at is None:
            return row
        # Another sampler, of later readings than ours, may have seen the end of it.
        began = one.alert.began_at or one.alert.opened_at
        same = row.threshold_digest == one.alert.threshold_digest
        if not alone and same and began <= row.resolved_at <= one.alert.opened_at + SKEW:
            return False
    return True


def _label(new: Sequence[Episode], server: Server) -> None:
    for one in new:
        alert, stream, threshold = one.alert, one.alert.stream, one.alert.threshold
        alert.runbook = alert.runbook or (stream.runbook if stream else "")
        alert.labels = labels_of(
            own=threshold.labels if threshold else {},
            threshold=threshold.name if threshold else "",
            severity=alert.severity,
            metric=alert.metric,
            server=server.name,
            environment=server.environment,
            stream=bytes(stream.key) if stream else b"",
            group=bytes(alert.group),
            consumer=bytes(alert.consumer),
            owner=stream.owner if stream else "",
            tags=stream.tag_list if stream else (),
        )


def _event(alert: Alert, event: Happened) -> AlertEvent:
    return AlertEvent(
        alert=alert, kind=event.kind.value, at=event.at, severity=event.severity, value=event.value, text=event.text
    )


def _batches(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for first in range(0, len(items), _BATCH):
        yield items[first : first + _BATCH]
