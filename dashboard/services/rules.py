"""Rules: enabled thresholds ready to be judged, with what each remembers of its subjects."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from dashboard.core import wording
from dashboard.core.readings import Doubt, Otherwise
from dashboard.core.subjects import SERVER, Gone, Layout, Subject
from dashboard.core.threshold_metrics import SERVER_METRICS, Metric
from dashboard.core.thresholds import Reading, Track, adopted, step
from dashboard.core.track_memory import same
from dashboard.core.views import View
from dashboard.models import Alert, Stream, Threshold
from dashboard.services.definitions import definition_of, gauge_of, scope_of
from dashboard.services.episodes import Episode, digest_of, tell, value_of

_MAY_BREAK = frozenset({Otherwise.BOUND, Otherwise.ALERT})


class Judged(NamedTuple):
    """The server that is judged: its number and name, and the numbers of its streams."""

    pk: int
    name: str
    ids: dict[bytes, int]


class Rule:
    """One threshold on one server."""

    def __init__(self, threshold: Threshold) -> None:
        self.threshold = threshold
        self.digest = threshold.definition_digest
        self.metric = Metric(threshold.metric)
        self.gauge = gauge_of(threshold)
        self.definition = definition_of(threshold)
        self.scope = scope_of(threshold)
        self.rows: dict[int, Subject] = {0: SERVER} if self.metric in SERVER_METRICS else {}
        self._laid_out: dict[Subject, int] | None = None
        self.tracks: dict[Subject, Track] = {}
        self.episodes: dict[Subject, Episode] = {}  # of open alerts
        self.is_stale = False  # whether the database remembers other tracks than these
        on = self.definition
        self._edge = (min if on.above else max)(limit.value for limit in on.limits)
        self._alerts_in_doubt = not _MAY_BREAK.isdisjoint({on.on_unknown, on.on_no_data, on.on_error})
        self._alerts_if_estimated = on.on_estimated in _MAY_BREAK

    def fit(self, layout: Layout) -> None:
        """Finds the rows that the rule judges, where the layout has others than it knows."""
        laid_out = layout.rows(self.metric)
        if laid_out is not self._laid_out:
            self.rows, self._laid_out = self.scope.subjects(layout), laid_out

    def candidates(self, view: View) -> Iterable[Subject]:
        """The subjects that need a closer look: beyond the mildest limit now or lately, or with an open alert; in order."""
        found = dict.fromkeys(self._beyond(view))
        if self._alerts_in_doubt:
            found |= dict.fromkeys(self._unknown(view))
        if self._alerts_if_estimated:
            found |= dict.fromkeys(self._estimated(view))
        return [*found, *(subject for subject in {**self.tracks, **self.episodes} if subject not in found)]

    def _beyond(self, view: View) -> Iterable[Subject]:
        above, limit = self.definition.above, self._edge
        least, most = view.range(self.gauge)
        if most <= limit if above else least >= limit:
            return ()  # as nearly always: one look at the column's range does for all thresholds on it
        column, rows = view.column(self.gauge), self.rows
        if above:
            return [rows[row] for row in rows if (value := column[row]) is not None and value > limit]
        return [rows[row] for row in rows if (value := column[row]) is not None and value < limit]

    def _unknown(self, view: View) -> Iterable[Subject]:
        column = view.column(self.gauge)
        return [subject for row, subject in self.rows.items() if row >= len(column) or column[row] is None]

    def _estimated(self, view: View) -> Iterable[Subject]:
        for subject in self.rows.values():
            reading = view.reading(self.gauge, subject)
            if isinstance(reading, Reading) and reading.doubt is Doubt.ESTIMATED:
                yield subject

    def judge(self, view: View, gap: timedelta, server: Judged) -> Iterator[Episode]:
        """Takes the view's readings, and returns the alerts of which something became."""
        for subject in self.candidates(view):
            reading = view.reading(self.gauge, subject)
            if isinstance(reading, Gone):
                self._remember(subject, None)
                if episode := self.episodes.pop(subject, None):
                    episode.resolve(reading.reason, view.now)
                    yield episode
            elif episode := self._follow(subject, reading, gap, server, view):
                yield episode

    def _follow(self, subject: Subject, reading: Reading, gap: timedelta, server: Judged, view: View) -> Episode | None:
        track, transitions = step(self.tracks.get(subject), reading, self.definition, gap)
        self._remember(subject, track)
        value = value_of(self.definition, reading, track)
        episode = self.episodes.get(subject)
        if episode and value is not None:
            episode.read(value, above=self.definition.above)
        if not transitions:
            return None
        if episode is None:
            began = track.since if track else reading.at
            episode = self.episodes[subject] = self._opening(subject, reading.at, began, value, server)
        detail = reading.detail or view.detail(subject)
        what = wording.read_in_words(self.gauge, subject, server.name)
        for transition in transitions:
            episode.change(
                tell(self.threshold, self.definition, transition, reading, what=what, value=value, detail=detail)
            )
        if track is None:
            del self.episodes[subject]
        return episode

    def _opening(
        self, subject: Subject, now: datetime, began: datetime, value: float | None, server: Judged
    ) -> Episode:
        stream_id = None if self.metric in SERVER_METRICS else server.ids.get(subject.key)
        alert = Alert(
            threshold=self.threshold,
            server_id=server.pk,
            stream_id=stream_id,
            group=subject.group,
            consumer=subject.consumer,
            subject_digest=digest_of(server.pk, stream_id, subject),
            threshold_digest=self.digest,
            metric=self.metric.value,
            note=self.threshold.note,
            runbook=self.threshold.runbook,
            opened_value=value,
            last_value=value,
            worst_value=value,
            began_at=began,
            opened_at=now,
        )
        return Episode(subject, alert, is_stored=False)

    def _remember(self, subject: Subject, track: Track | None) -> None:
        before = self.tracks.get(subject)
        if track is None:
            self.tracks.pop(subject, None)
        else:
            self.tracks[subject] = track
        self.is_stale = self.is_stale or not same(before, track)

    def forget(self, subject: Subject) -> None:
        """Whatever began is over, without an alert of ours."""
        self._remember(subject, None)
        self.episodes.pop(subject, None)

    def take_over(self, episode: Episode, row: Alert) -> None:
        """The database has the alert otherwise: that counts, unless it is of what the threshold said earlier."""
        if row.threshold_digest == self.digest:
            episode.adopt(row)
        else:
            self.forget(episode.subject)

    def drop_all_but(self, open_ones: Collection[int]) -> None:
        """Lets go of alerts that are not open any more."""
        self.episodes = {
            subject: one for subject, one in self.episodes.items() if not one.stored or one.alert.pk in open_ones
        }

    def reconcile(self, now: datetime) -> None:
        """Brings tracks in step with the alerts that are open: these are what counts."""
        for subject in [subject for subject, track in self.tracks.items() if track.level >= 0]:
            if subject not in self.episodes:
                self._remember(subject, None)
        for subject, episode in self.episodes.items():
            alert, track = episode.alert, self.tracks.get(subject)
            if track is None or track.level < 0:
                since = alert.began_at or alert.opened_at
                back = alert.recovering_since
                self._remember(
                    subject, adopted(alert.severity, self.definition, since=since, recovering_since=back, at=now)
                )
            elif self.definition.limits[track.level].severity != alert.severity:
                level = next(
                    (n for n, limit in enumerate(self.definition.limits) if limit.severity == alert.severity),
                    track.level,
                )
                self._remember(subject, msgspec.structs.replace(track, level=level))

    @property
    def runs(self) -> bool:
        """Whether a hold is counted, so that it matters when the last reading was."""
        return any(track.runs for track in self.tracks.values())

    @property
    def pending(self) -> int:
        """How many subjects are beyond a limit, not yet for as long as the hold."""
        return sum(track.level < 0 for track in self.tracks.values())


def streams_in_scope(threshold: Threshold) -> list[Stream]:
    """The streams, present and watched, that the threshold would judge now, whichever groups they have."""
    streams = Stream.objects.watched().present()
    if threshold.server_id:
        streams = streams.filter(server_id=threshold.server_id)
    scope = scope_of(threshold)
    return [one for one in streams if scope.holds(bytes(one.key), one.pk, frozenset(one.tag_list))]
