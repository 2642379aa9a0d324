"""Episodes: alerts as a judge knows them, with what became of them that the database does not know yet."""

import hashlib
from collections.abc import Container
from datetime import datetime

import msgspec

from dashboard.core import wording
from dashboard.core.subjects import Subject
from dashboard.core.threshold_metrics import LASTING_METRICS, Metric
from dashboard.core.thresholds import Change, Definition, Limit, Reading, Track, Transition
from dashboard.models import Alert, Threshold

_GRAVITY = {severity.value: rank for rank, severity in enumerate(Threshold.Severity)}


class Happened(msgspec.Struct, frozen=True):
    """One event to come."""

    kind: Change
    at: datetime
    severity: str
    value: float | None
    text: str


class Told(msgspec.Struct, frozen=True):
    """A transition in words and numbers."""

    change: Change
    at: datetime
    severity: str
    limit: float
    value: float | None
    title: str
    back: str  # why the alert recovers or resolves


class Episode:
    """One alert. `stored` is its (severity, state) as the database has them, None while it has no such alert."""

    def __init__(self, subject: Subject, alert: Alert, *, is_stored: bool) -> None:
        self.subject, self.alert = subject, alert
        self.stored = self._facts if is_stored else None
        self.values_stored = self._values
        self.events: list[Happened] = []

    @property
    def _facts(self) -> tuple[str, str]:
        return self.alert.severity, self.alert.state

    @property
    def _values(self) -> tuple[float | None, float | None]:
        return self.alert.last_value, self.alert.worst_value

    @property
    def has_new_values(self) -> bool:
        """Whether the database has other values than those last read."""
        return self._values != self.values_stored

    def read(self, value: float, *, above: bool) -> None:
        """Notes the last known value, and whether it is the worst so far."""
        worst, self.alert.last_value = self.alert.worst_value, value
        if worst is None or (value > worst if above else value < worst):
            self.alert.worst_value = value

    def change(self, told: Told) -> None:
        """Notes what became of the alert at a reading."""
        alert = self.alert
        if told.change is Change.RESOLVED:
            self.resolve(told.back, told.at, told.value)
            return
        if told.change is Change.RECOVERING:
            alert.state, alert.recovering_since = Alert.State.RECOVERING, told.at
        else:
            alert.state, alert.recovering_since = Alert.State.OPEN, None
            alert.severity, alert.limit, alert.title = told.severity, told.limit, told.title
            worst = alert.worst_severity or told.severity
            alert.worst_severity = max(worst, told.severity, key=_GRAVITY.__getitem__)
            alert.labels = {**alert.labels, "severity": told.severity}
        self._note(told.change, told.at, told.value, told.back if told.change is Change.RECOVERING else told.title)

    def resolve(self, reason: str, at: datetime, value: float | None = None) -> None:
        """Notes that the alert is over, and why."""
        alert = self.alert
        alert.state, alert.resolved_at = Alert.State.RESOLVED, max(at, alert.opened_at)
        alert.resolution = reason[:200]
        self._note(Change.RESOLVED, at, value, reason)

    def _note(self, change: Change, at: datetime, value: float | None, text: str) -> None:
        self.events.append(Happened(change, at, self.alert.severity, value, text[:500]))

    def adopt(self, other: Alert) -> None:
        """The database has it otherwise: what we noted counts no more."""
        self.alert, self.events = other, []
        self.stored, self.values_stored = self._facts, self._values

    def recognise(self, row: Alert, happened: Container[tuple[Change, datetime]]) -> None:
        """The database has these of our events already, and with them what they did to the alert."""
        known = [event for event in self.events if (event.kind, event.at) in happened]
        if self.stored and not known:
            return  # ours are news; where the row is not as we know it, somebody else has changed it
        self.events = [event for event in self.events if event not in known]
        self.alert.pk, self.alert._state.adding = row.pk, False
        self.stored = row.severity, row.state

    def values_written(self) -> None:
        """The database knows the values."""
        self.values_stored = self._values

    def written(self) -> None:
        """The database knows everything now."""
        self.stored, self.values_stored, self.events = self._facts, self._values, []


def tell(
    threshold: Threshold,
    definition: Definition,
    transition: Transition,
    reading: Reading,
    *,
    what: str,
    value: float | None,
    detail: str,
) -> Told:
    """The transition as it stands in the alert and in its event; `what` is its subject in words."""
    metric, limit = Metric(threshold.metric), definition.limits[transition.level]
    return Told(
        change=transition.change,
        at=reading.at,
        severity=limit.severity,
        limit=threshold.limits[Threshold.Severity(limit.severity)][0],
        value=value,
        title=_title(metric, what, limit, reading, detail),
        back=transition.reason or _back(metric, reading),
    )


def _title(metric: Metric, what: str, limit: Limit, reading: Reading, detail: str) -> str:
    if metric is Metric.WATCHDOG:
        return what
    if metric in LASTING_METRICS or reading.value is None:
        return wording.title(metric, what, limit, detail)
    value = wording.quantity(metric, reading.value)
    return wording.title(metric, what, limit, f"≥ {value}" if reading.at_least else value)


def _back(metric: Metric, reading: Reading) -> str:
    if metric is Metric.SERVER_UNREACHABLE_S:
        return "It answers again."
    if metric is Metric.NO_DATA_S:
        return "It is read again."
    if metric in LASTING_METRICS or reading.value is None:
        return "It is over."
    return f"Back to {wording.quantity(metric, reading.value)}."


def value_of(definition: Definition, reading: Reading, track: Track | None) -> float | None:
    """The number that stands in the alert: of a condition, the seconds that it was seen to last."""
    if definition.lasting:
        return track.lasted.total_seconds() if track and track.clocks[0] else None
    return reading.value


def subject_of(alert: Alert) -> Subject:
    """What the alert is about."""
    return Subject(bytes(alert.stream.key) if alert.stream else b"", bytes(alert.group), bytes(alert.consumer))


def digest_of(server_id: int, stream_id: int | None, subject: Subject) -> str:
    """What is breached, as one word."""
    text = b"%d/%d/%s" % (server_id, stream_id or 0, subject.group)
    if subject.consumer:  # any bytes may be in a group's name, so its length says where it ends
        text += b"/%d/%s" % (len(subject.group), subject.consumer)
    return hashlib.sha256(text).hexdigest()
