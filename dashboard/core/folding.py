"""Folding: how a family stands as a whole, and which of its members is unlike the others."""

from collections.abc import Iterable, Sequence
from statistics import median

import msgspec

from dashboard.core.gravity import CALM, FINE, gravity
from dashboard.core.standing import GroupStanding, Standing, all_done_in, is_partial, lag_weight, weakest

_FAR = 4  # times as much as the others, in the middle
_LEAST_LAG = 100  # a lag of a few entries is far from nothing
_LEAST_RATE = 1.0  # per second

GRAVER = "Its state is graver than that of the others."
LAGS = "Its lag is far above that of the others."
BUSIER = "Far more is added to it than to the others."
QUIETER = "Far less is added to it than to the others."
_LAG_UNKNOWN = "It is not known of every member."


class Member(msgspec.Struct, frozen=True):
    """A stream of a family. `name` is for the eye."""

    id: int
    name: str
    standing: Standing


class Oddity(msgspec.Struct, frozen=True):
    """The member that is unlike the others, and why, in a sentence."""

    id: int
    reason: str


def fold(members: Sequence[Member]) -> Standing:
    """How the family stands: sums, with what is unknown in them marked, and the gravest state with its reason."""
    all_of = [member.standing for member in members]
    grave = min(members, key=lambda member: gravity(member.standing.state))
    worst, groups = _lags(all_of)
    time_lag = _largest(each.time_lag_s for each in all_of)
    never = any(each.never_drains for each in all_of)
    with_groups = [each for each in all_of if each.lag_quality]
    return Standing(
        state=grave.standing.state,
        reason=_reason(grave),
        group=worst.name,
        length=_whole(_sum([each.length for each in all_of])),
        added_per_s=_sum([each.added_per_s for each in all_of]),
        added_at_least=any(each.added_at_least for each in all_of) or is_partial([each.added_per_s for each in all_of]),
        delivered_per_s=worst.delivered_per_s,
        lag=worst.lag,
        lag_quality=worst.quality,
        lag_reason=worst.reason,
        time_lag_s=time_lag,
        time_lag_estimated=any(each.time_lag_estimated for each in all_of if each.time_lag_s == time_lag),
        oldest_pending_s=_largest(each.oldest_pending_s for each in all_of),
        pending=_whole(_sum([each.pending for each in all_of])),
        drain_s=None if never else all_done_in([each.drain_s for each in with_groups]),
        never_drains=never,
        memory_bytes=_whole(_sum([each.memory_bytes for each in all_of])),
        taken_at=min((each.taken_at for each in all_of if each.taken_at is not None), default=None),
        every_s=_largest(each.every_s for each in all_of),
        partial=_partial(all_of, with_groups),
        groups=groups,
    )


def _reason(member: Member) -> str:
    standing = member.standing
    if gravity(standing.state) >= FINE:
        return ""
    return f"{member.name}: {standing.reason}" if standing.reason else member.name


def _partial(all_of: Sequence[Standing], with_groups: Sequence[Standing]) -> tuple[str, ...]:
    inherited = {name for each in all_of for name in each.partial}
    columns = ("length", "pending", "memory_bytes")
    found = [name for name in columns if is_partial([getattr(each, name) for each in all_of])]
    of_groups = ("delivered_per_s", "time_lag_s", "oldest_pending_s")
    found += [
        name for name in of_groups if name in inherited or is_partial([getattr(each, name) for each in with_groups])
    ]
    return tuple(found)


# Lags: group by group where every member that is known has the same groups, else of whichever lags most in each.


def _lags(all_of: Sequence[Standing]) -> tuple[GroupStanding, tuple[GroupStanding, ...]]:
    with_groups = [each for each in all_of if each.groups]
    if not with_groups:
        return GroupStanding("", None, "", "", None), ()
    names = common_groups(all_of)
    if not names:
        return _summed("", [_as_group(each) for each in with_groups]), ()
    groups = tuple(_summed(name, _named(name, with_groups)) for name in names)
    return max(groups, key=lambda group: lag_weight(group.lag)), groups


def common_groups(all_of: Sequence[Standing]) -> list[str]:
    """The names of the groups, where all members of which something is known have the same."""
    seen = [[group.name for group in each.groups] for each in all_of if each.length is not None]
    return seen[0] if seen and all(sorted(names) == sorted(seen[0]) for names in seen) else []


def _named(name: str, all_of: Sequence[Standing]) -> list[GroupStanding]:
    return [group for each in all_of for group in each.groups if group.name == name]


def _as_group(standing: Standing) -> GroupStanding:
    return GroupStanding("", standing.lag, standing.lag_quality, standing.lag_reason, standing.delivered_per_s)


def _summed(name: str, parts: Sequence[GroupStanding]) -> GroupStanding:
    lag = _whole(_sum([part.lag for part in parts]))
    quality = weakest([part.quality for part in parts])
    unknown = any(part.lag is None for part in parts)
    reason = _LAG_UNKNOWN if unknown else next((part.reason for part in parts if part.quality == quality), "")
    return GroupStanding(name, lag, quality, reason, _sum([part.delivered_per_s for part in parts]))


# The odd one out


def skew(all_of: Sequence[Standing]) -> float | None:
    """The largest member's share of what is added; None where a part of it is not known, or nothing is added."""
    rates = [each.added_per_s for each in all_of]
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
    for name in common_groups([member.standing for member in members]):
        lags = [(member, next((g.lag for g in member.standing.groups if g.name == name), None)) for member in members]
        if (odd := _far_above(lags, least=_LEAST_LAG)) is not None:
            return Oddity(odd.id, f"{name}: {LAGS}")
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


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _largest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
