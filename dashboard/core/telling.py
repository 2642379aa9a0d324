"""Telling: what a group's next message says, given what the last one said, and when the group is to be looked at again."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from dashboard.core.muting import Mute, MutedBy
from dashboard.core.notice import Change

#: A mute can end at any moment (a silence is ended, a server answers again): as often is asked, while something waits for it.
RECHECK = timedelta(seconds=10)
#: A message to people lists so many alerts, and says how many it leaves out.
MOST_LISTED = 50
_RANKS = {"notice": 1, "warning": 2, "critical": 3}


class Standing(msgspec.Struct, frozen=True):
    """One alert of a group, now."""

    id: int
    severity: str
    opened_at: datetime
    resolved: bool = False
    mute: Mute | None = None


class Comparison(msgspec.Struct, frozen=True):
    """What is to be said of a group, and what it has been told once that is said."""

    changes: dict[int, Change]  # by alert, in the order in which they are listed; also those that are open still
    told: dict[str, str]  # by alert: the severity that was said last
    over: tuple[int, ...]  # alerts of which nothing will be said any more
    waiting: tuple[Mute, ...] = ()  # what keeps something new from being said
    resting: tuple[Mute, ...] = ()  # what keeps from being repeated what was said before
    more: bool = False  # there is more to be said at once, in another message

    @property
    def changed(self) -> bool:
        """Whether it says something new."""
        return any(change is not Change.STILL for change in self.changes.values())


def compare(members: Iterable[Standing], told: Mapping[str, str], *, tells_resolved: bool = True) -> Comparison:
    """What has changed of each alert since it was told.

    That an alert is over is told even where it is muted by now: whoever heard that it is open can stop waiting.
    """
    changes: dict[int, tuple[Standing, Change]] = {}
    now_told: dict[str, str] = {}
    over: list[int] = []
    muted: dict[bool, list[Mute]] = {True: [], False: []}  # by whether it would be news
    for alert in members:
        said = told.get(str(alert.id), "")
        change = _change(alert, said)
        if alert.resolved:
            over.append(alert.id)
            if said and tells_resolved:
                changes[alert.id] = alert, Change.RESOLVED
        elif alert.mute and not _breaks_through(alert.mute, change):
            muted[change is not Change.STILL].append(alert.mute)
            if said:
                now_told[str(alert.id)] = said
        else:
            changes[alert.id] = alert, change
            now_told[str(alert.id)] = alert.severity
    ordered = sorted(changes.values(), key=_listed)
    listed = {alert.id: change for alert, change in ordered}
    return Comparison(listed, now_told, tuple(over), tuple(muted[True]), tuple(muted[False]))


def is_repeat_due(told_at: datetime | None, repeat_s: float, now: datetime) -> bool:
    """Whether what is open still is said again."""
    return bool(told_at and repeat_s and now >= told_at + timedelta(seconds=repeat_s))


def next_look(found: Comparison, told_at: datetime | None, repeat_s: float, now: datetime) -> datetime | None:
    """When a group is looked at again if nothing happens; None: never."""
    waiting, moments = found.waiting, []
    if is_repeat_due(told_at, repeat_s, now):
        waiting += found.resting
    elif found.told and told_at and repeat_s:
        moments = [told_at + timedelta(seconds=repeat_s)]
    moments += [min(mute.until or now + RECHECK, now + RECHECK) for mute in waiting]
    return min(moments, default=None)


def due_after(
    change_at: datetime,
    *,
    now: datetime,
    told_at: datetime | None,
    is_empty: bool,
    wait_s: float,
    interval_s: float,
    due_at: datetime | None,
) -> datetime:
    """When a group is due in which an alert has changed: after the wait for its first message, after the interval for others.

    `is_empty`: nothing that was told is open. Then the first alert of the next trouble waits for its fellows, too.
    """
    # A sampler's clock may be ahead of ours.
    waited = min(change_at, now) + timedelta(seconds=wait_s)
    wanted = waited if told_at is None or is_empty else now
    if told_at is not None:
        wanted = max(wanted, told_at + timedelta(seconds=interval_s))
    return wanted if due_at is None else min(wanted, due_at)


def _change(alert: Standing, said: str) -> Change:
    if not said:
        return Change.OPENED
    before, after = _RANKS.get(said, 0), _RANKS.get(alert.severity, 0)
    if before == after:
        return Change.STILL
    return Change.ESCALATED if after > before else Change.EASED


def _breaks_through(mute: Mute, change: Change) -> bool:
    # Somebody takes care of what was less grave then.
    return mute.by is MutedBy.ACKNOWLEDGED and change is Change.ESCALATED


def _listed(each: tuple[Standing, Change]) -> tuple[int, int, float]:
    alert, change = each
    order = {Change.RESOLVED: 1, Change.STILL: 2}.get(change, 0)
    return order, -_RANKS.get(alert.severity, 0), -alert.opened_at.timestamp()
