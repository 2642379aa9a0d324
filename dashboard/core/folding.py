"""Folding: how a family stands as a whole, and which of its members is unlike the others."""

from collections.abc import Sequence
from statistics import median

import msgspec

from dashboard.core.gravity import CALM, FINE, gravity
from dashboard.core.standing import GroupStanding, Standing, all_done_in, is_partial, lag_weight, largest, weakest

_FAR = 4  # times as much as the others, in the middle
_LEAST_LAG = 100  # a lag of a few entries is far from nothing
_LEAST_RATE = 1.0  # per second

GRAVER = "Its state is graver than that of the others."
LAGS = "Its lag is far above that of the others."
BUSIER = "Far more is added to it than to the others."
QUIETER = "Far less is added to it than to the others."
_OWN = ("length", "pending", "memory_bytes")
_OF_GROUPS = ("delivered_per_s", "time_lag_s", "oldest_pending_s")
_LAG_UNKNOWN = "It is not known of every member."


class Member(msgspec.Struct, frozen=True, gc=False):
    """A stream of a family, with its groups. `name` is for the eye. Filled by position."""

    id: int
    name: str
    standing: Standing
    groups: tuple[GroupStanding, ...] = ()


class Oddity(msgspec.Struct, frozen=True):
    """The member that is unlike the others, and why, in a sentence; in which group, where it is one's lag."""

    id: int
    reason: str
    group: str = ""


def fold(members: Sequence[Member]) -> Standing:
    """How the family stands: sums, with what is unknown in them marked, and the gravest state with its reason."""
    grave = min(members, key=lambda member: gravity(member.standing.state))
    # A key that is gone holds nothing: that is known, and takes nothing from what is said of the others.
    members = [member for member in members if member.standing.state != "vanished"] or members
    all_of = [member.standing for member in members]
    worst = _lag_of(members)
    added = [each.added_per_s for each in all_of]
    time_lag = largest([each.time_lag_s for each in all_of])
    never = any(each.never_drains for each in all_of)
    return Standing(
        state=grave.standing.state,
        reason=grave.standing.reason,
        whose=_whose(grave),
        group=worst.name,
        length=_whole([each.length for each in all_of]),
        added_per_s=_sum(added),
        added_at_least=is_partial(added) or any(each.added_at_least for each in all_of),
        delivered_per_s=worst.delivered_per_s,
        lag=worst.lag,
        lag_quality=worst.quality,
        lag_reason=worst.reason,
        time_lag_s=time_lag,
        time_lag_estimated=any(each.time_lag_estimated for each in all_of if each.time_lag_s == time_lag),
        oldest_pending_s=largest([each.oldest_pending_s for each in all_of]),
        pending=_whole([each.pending for each in all_of]),
        drain_s=None if never else all_done_in([each.drain_s for each in all_of if each.lag_quality]),
        never_drains=never,
        memory_bytes=_whole([each.memory_bytes for each in all_of]),
        taken_at=min((each.taken_at for each in all_of if each.taken_at is not None), default=None),
        every_s=largest([each.every_s for each in all_of]),
        partial=_partial(members),
    )


def _whose(member: Member) -> str:
    standing = member.standing
    if gravity(standing.state) >= FINE:
        return ""
    return f"{member.name}: {standing.whose}" if standing.whose else member.name


def _partial(members: Sequence[Member]) -> tuple[str, ...]:
    """What is a lower bound: of a stream's own numbers over all, of its groups' over those that have groups."""
    all_of = [member.standing for member in members]
    with_groups = [each for each in all_of if each.lag_quality]
    found = [name for name in _OWN if is_partial([getattr(each, name) for each in all_of])]
    found += [
        name
        for name in _OF_GROUPS
        if is_partial([getattr(each, name) for each in with_groups]) or any(name in each.partial for each in all_of)
    ]
    return tuple(found)


# Lags: group by group where every member that is known has the same groups, else of whichever lags most in each.


def _lag_of(members: Sequence[Member]) -> GroupStanding:
    with_groups = [member for member in members if member.groups]
    if not with_groups:
        return GroupStanding("", None, "", "", None)
    if not (names := common_groups(members)):
        return _summed("", [_as_group(member.standing) for member in with_groups])
    groups = [_summed(name, _named(name, with_groups)) for name in names]
    return max(groups, key=lambda group: lag_weight(group.lag))


def common_groups(members: Sequence[Member]) -> list[str]:
    """The names of the groups, where all members of which something is known have the same."""
    seen = [[group.name for group in member.groups] for member in members if member.standing.length is not None]
    if not seen or any(names != seen[0] and sorted(names) != sorted(seen[0]) for names in seen):
        return []
    return seen[0]


def _named(name: str, members: Sequence[Member]) -> list[GroupStanding]:
    return [group for member in members for group in member.groups if group.name == name]


def _as_group(standing: Standing) -> GroupStanding:
    return GroupStanding("", standing.lag, standing.lag_quality, standing.lag_reason, standing.delivered_per_s)


def _summed(name: str, parts: Sequence[GroupStanding]) -> GroupStanding:
    lags = [part.lag for part in parts]
    quality = weakest([part.quality for part in parts])
    reason = _LAG_UNKNOWN if None in lags else next((part.reason for part in parts if part.quality == quality), "")
    return GroupStanding(name, _whole(lags), quality, reason, _sum([part.delivered_per_s for part in parts]))


# The odd one out


def skew(all_of: Sequence[Standing]) -> float | None:
    """The largest member's share of what is added; None where a part of it is not known, or nothing is added."""
    rates = [each.added_per_s for each in all_of if each.state != "vanished"]
    known = [rate for rate in rates if rate is not None]
    total = sum(known)
    return round(max(known) / total, 3) if len(known) == len(rates) and total > 0 else None


def odd_one_out(members: Sequence[Member]) -> Oddity | None:
    """The member that is unlike the others: by its state, else by its lag, else by what is added to it."""
    return _graver(members) or _lagging(members) or _unlike_rate(members)


def _graver(members: Sequence[Member]) -> Oddity | None:
    worst = min(gravity(member.standing.state) for member in members)
    grave = [member for member in members if gravity(member.standing.state) == worst]
    if worst >= CALM or 2 * len(grave) > len(members):
        return None
    odd = max(grave, key=lambda member: lag_weight(member.standing.lag))
    return Oddity(odd.id, GRAVER)


def _lagging(members: Sequence[Member]) -> Oddity | None:
    for name in common_groups(members):
        lags = [(member, group.lag) for member in members for group in member.groups if group.name == name]
        if (odd := _far_above(lags, least=_LEAST_LAG)) is not None:
            return Oddity(odd.id, LAGS, name)
    odd = _far_above([(member, member.standing.lag) for member in members], least=_LEAST_LAG)
    return None if odd is None else Oddity(odd.id, LAGS)


def _unlike_rate(members: Sequence[Member]) -> Oddity | None:
    rates = [(member, member.standing.added_per_s) for member in members]
    if (busier := _far_above(rates, least=_LEAST_RATE)) is not None:
        return Oddity(busier.id, BUSIER)
    known = [(member, rate) for member, rate in rates if rate is not None]
    if len(known) < 3:
        return None
    quiet, least = min(known, key=lambda row: row[1])
    usual = median(rate for member, rate in known if member is not quiet)
    return Oddity(quiet.id, QUIETER) if usual >= _LEAST_RATE and least * _FAR <= usual else None


def _far_above(values: Sequence[tuple[Member, float | None]], *, least: float) -> Member | None:
    """The member whose value is several times what the others have in the middle, of three known ones at least."""
    known = [(member, value) for member, value in values if value is not None]
    if len(known) < 3:
        return None
    odd, most = max(known, key=lambda row: row[1])
    usual = median(value for member, value in known if member is not odd)
    return odd if most >= _FAR * usual + least else None


# Sums


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known), 3) if known else None


def _whole(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
