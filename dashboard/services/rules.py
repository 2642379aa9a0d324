"""Rules: enabled thresholds ready to be judged, with what each remembers of its subjects."""

from collections.abc import Iterable
from datetime import timedelta

from dashboard.core import wording
from dashboard.core.subjects import SERVER, Gone, Layout, Scope, Subject, View
from dashboard.core.thresholds import (
    LASTING_METRICS,
    SERVER_METRICS,
    Comparison,
    Limit,
    Metric,
    Reading,
    Track,
    Verdict,
    judge,
)
from dashboard.models import Alert, Stream, Threshold


class Rule:
    """One threshold on one server."""

    def __init__(self, threshold: Threshold) -> None:
        self.threshold = threshold
        self.digest = threshold.definition_digest
        self.metric = Metric(threshold.metric)
        self.limit = limit_of(threshold)
        self.scope = scope_of(threshold)
        self.rows: dict[int, Subject] = {0: SERVER} if self.metric in SERVER_METRICS else {}
        self.tracks: dict[Subject, Track] = {}  # of subjects that break the limit, or did when last known
        self.open: dict[Subject, Alert] = {}
        self.values: dict[Subject, float] = {}  # the last known value behind each open alert

    def fit(self, layout: Layout) -> None:
        """Finds the rows that the rule judges from now on."""
        self.rows = self.scope.subjects(layout)

    def candidates(self, view: View) -> Iterable[Subject]:
        """The subjects that need a closer look: beyond the limit now or lately, or with an open alert."""
        return {*self._beyond(view), *self.tracks, *self.open}

    def _beyond(self, view: View) -> Iterable[Subject]:
        above, limit = self.limit.comparison is Comparison.ABOVE, self.limit.value
        least, most = view.range(self.metric)
        if most <= limit if above else least >= limit:
            return ()  # as nearly always: one look at the column's range does for all thresholds on it
        column, rows = view.column(self.metric), self.rows
        if above:
            return [rows[row] for row in rows if (value := column[row]) is not None and value > limit]
        return [rows[row] for row in rows if (value := column[row]) is not None and value < limit]

    def follow(self, subject: Subject, reading: Reading, gap: timedelta) -> Track:
        """The verdict on the subject's reading; remembers what the next one needs."""
        track = judge(self.tracks.get(subject), reading, self.limit, gap)
        if track.since is None:
            self.forget(subject)
        else:
            self.tracks[subject] = track
        if subject in self.open and reading.value is not None:
            self.values[subject] = self.value(reading, track)
        return track

    def forget(self, subject: Subject) -> None:
        """The subject's breach is over, or begins anew."""
        self.tracks.pop(subject, None)

    def value(self, reading: Reading, track: Track) -> float:
        """The number that stands in the alert: for a metric that lasts, the seconds that it has lasted."""
        if self.metric in LASTING_METRICS:
            return track.held.total_seconds()
        return reading.value or 0.0

    def title(self, subject: Subject, reading: Reading, view: View, server: str) -> str:
        """The alert in one line."""
        what = wording.subject_in_words(self.metric, subject, server)
        if self.metric in LASTING_METRICS:
            return wording.title(self.metric, what, self.limit, view.detail(subject))
        value = wording.quantity(self.metric, reading.value or 0.0)
        return wording.title(self.metric, what, self.limit, f"≥ {value}" if reading.at_least else value)

    def resolution(self, reading: Reading) -> str:
        """Why an alert resolves at a reading within the limit."""
        if self.metric is Metric.SERVER_UNREACHABLE_S:
            return "It answers again."
        if self.metric is Metric.NO_DATA_S:
            return "It is read again."
        return f"Back to {wording.quantity(self.metric, reading.value or 0.0)}."


class Opening:
    """An alert to open."""

    def __init__(self, rule: Rule, subject: Subject, value: float, title: str) -> None:
        self.rule, self.subject, self.value, self.title = rule, subject, value, title


class Resolution:
    """An alert to resolve, and why."""

    def __init__(self, alert: Alert, reason: str, rule: Rule | None = None, subject: Subject = SERVER) -> None:
        self.alert, self.reason, self.rule, self.subject = alert, reason, rule, subject


def wanted_changes(rule: Rule, view: View, gap: timedelta, server: str) -> Iterable[Opening | Resolution]:
    """What the readings ask for. Asks again at the next tick for what was not done."""
    for subject in rule.candidates(view):
        reading = view.reading(rule.metric, subject)
        alert = rule.open.get(subject)
        if isinstance(reading, Gone):
            rule.forget(subject)
            if alert:
                yield Resolution(alert, reading.reason, rule, subject)
            continue
        track = rule.follow(subject, reading, gap)
        if alert is None and track.verdict is Verdict.BREACHED:
            yield Opening(rule, subject, rule.value(reading, track), rule.title(subject, reading, view, server))
        elif alert and track.verdict is Verdict.OK:
            yield Resolution(alert, rule.resolution(reading), rule, subject)


def limit_of(threshold: Threshold) -> Limit:
    """The threshold's gravest limit. A metric that lasts is a condition, 1 while it holds, whose limit is time to hold."""
    hold, (limit, _) = timedelta(seconds=threshold.hold_s), next(iter(threshold.limits.values()))
    if Metric(threshold.metric) in LASTING_METRICS:
        return Limit(0.5, Comparison.ABOVE, hold + timedelta(seconds=limit))
    return Limit(limit, Comparison(threshold.comparison), hold)


def scope_of(threshold: Threshold) -> Scope:
    """Which subjects the threshold is for."""
    return Scope(
        Metric(threshold.metric),
        threshold.stream_id,
        (threshold.key_pattern or "*").encode(),
        (threshold.group_pattern or "*").encode(),
    )


def streams_in_scope(threshold: Threshold) -> list[Stream]:
    """The streams, present and watched, that the threshold would judge now, whichever groups they have."""
    streams = Stream.objects.watched().present()
    if threshold.server_id:
        streams = streams.filter(server_id=threshold.server_id)
    scope = scope_of(threshold)
    return [stream for stream in streams if scope.holds(bytes(stream.key), stream.pk)]
