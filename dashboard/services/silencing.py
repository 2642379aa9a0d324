"""Silencing: making silences, ending and prolonging them, and saying beforehand which open alerts they would mute."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied

from dashboard.core.matchers import Matcher, Op, fits, parse, plain
from dashboard.models import Alert, Silence

LONGEST_REASON = 500
#: Longer than this is no silence, but a threshold to be changed.
LONGEST = timedelta(days=366)
#: What says which alert it is, whatever its severity: a silence made from an alert outlives its becoming graver.
IDENTITY = ("threshold", "server", "stream", "group", "consumer")
_TITLES = 10


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a list of matchers would mute now: of how many open alerts how many, and the gravest of them."""

    muted: int
    open: int
    alerts: tuple[Alert, ...]
    fits_everything: bool  # whatever it is called: also every alert to come

    @property
    def more(self) -> int:
        """How many are muted beside those that it names."""
        return self.muted - len(self.alerts)


def preview(matchers: Sequence[Matcher]) -> Preview:
    """Which open alerts the matchers fit now; two queries, however many there are."""
    rows = Alert.objects.open().without_watchdogs().order_by("-opened_at", "-pk")
    labelled = [(pk, {**labels, "severity": severity}) for pk, labels, severity in rows.values_list(*_COLUMNS)]
    muted = [(pk, labels["severity"]) for pk, labels in labelled if matchers and fits(matchers, labels)]
    gravest = sorted(muted, key=lambda row: _GRAVITY.get(row[1], len(_GRAVITY)))[:_TITLES]
    found = Alert.objects.select_related("server").in_bulk([pk for pk, _ in gravest])
    return Preview(
        muted=len(muted),
        open=len(labelled),
        alerts=tuple(found[pk] for pk, _ in gravest if pk in found),
        fits_everything=is_everything(matchers),
    )


def muted_by(silences: Iterable[Silence]) -> dict[int, int]:
    """How many open alerts each of the silences mutes, were it the only one."""
    matchers = {silence.pk: matchers_of(silence) for silence in silences}
    counts = dict.fromkeys(matchers, 0)
    if not counts:
        return counts
    for _, labels, severity in Alert.objects.open().without_watchdogs().order_by().values_list(*_COLUMNS):
        now = {**labels, "severity": severity}
        for pk, its in matchers.items():
            counts[pk] += bool(its) and fits(its, now)
    return counts


def matchers_of(silence: Silence) -> tuple[Matcher, ...]:
    """Its matchers; none where they were written past the form's checks, and nobody can read them."""
    try:
        return parse(silence.matchers)
    except ValueError:
        return ()


_COLUMNS = ("pk", "labels", "severity")
_GRAVITY = {severity: rank for rank, severity in enumerate(("critical", "warning", "notice"))}


def is_everything(matchers: Iterable[Matcher]) -> bool:
    """Whether they can fit any alert at all, whatever its labels are."""
    return all(matcher.op is Op.LIKE and matcher.value.strip("*") == "" != matcher.value for matcher in matchers)


def matchers_for(labels: Iterable[Mapping[str, str]]) -> tuple[Matcher, ...]:
    """Matchers that fit all these alerts, as closely as what they have in common says who they are."""
    first, *others = [dict(each) for each in labels] or [{}]
    shared = {name: value for name, value in first.items() if all(each.get(name) == value for each in others)}
    return tuple(Matcher(name, Op.IS, shared[name]) for name in IDENTITY if shared.get(name))


def make_silence(
    *,
    matchers: Sequence[Matcher],
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    author: User | AnonymousUser,
    now: datetime,
) -> Silence:
    """The new silence. Raises PermissionDenied, or ValueError, in words, where it could mute nothing or has no reason."""
    person = _allowed(author, "dashboard.add_silence")
    if not matchers:
        raise ValueError("Without a matcher a silence would mute everything: give at least one.")
    if not reason.strip():
        raise ValueError("Say why: others will ask.")
    _check_end(starts_at, ends_at, now)
    return Silence.objects.create(
        matchers=plain(matchers),
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip()[:LONGEST_REASON],
        author=person,
        made_at=now,
    )


def end_silence(*, silence: Silence, operator: User | AnonymousUser, now: datetime) -> Silence | None:
    """The silence, over now; None where it was over already. One that was still to come never begins."""
    person = _allowed(operator, "dashboard.change_silence")
    starts_at = min(silence.starts_at, now)
    # Two operators may press at once, or press as it ends by itself: the first counts.
    going = Silence.objects.filter(pk=silence.pk, ends_at__gt=now)
    if not going.update(starts_at=starts_at, ends_at=now, ended_by=person):
        return None
    silence.starts_at, silence.ends_at, silence.ended_by = starts_at, now, person
    return silence


def move_end(*, silence: Silence, ends_at: datetime, operator: User | AnonymousUser, now: datetime) -> Silence | None:
    """The silence with another end; None where it was over already. Raises PermissionDenied, and ValueError in words."""
    _allowed(operator, "dashboard.change_silence")
    _check_end(silence.starts_at, ends_at, now)
    # One that is over stays over: whoever was told that it ended must not find it muting again.
    if not Silence.objects.filter(pk=silence.pk, ends_at__gt=now).update(ends_at=ends_at):
        return None
    silence.ends_at = ends_at
    return silence


def _check_end(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= max(starts_at, now):
        raise ValueError("It ends before it begins, or before now: give a later end.")
    if ends_at - max(starts_at, now) > LONGEST:
        raise ValueError("That is longer than a year: change the threshold instead.")


def _allowed(person: User | AnonymousUser, permission: str) -> User:
    if isinstance(person, AnonymousUser) or not person.has_perm(permission):
        raise PermissionDenied("You may not silence alerts; ask an administrator for the Operator role.")
    return person
