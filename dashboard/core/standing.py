"""How a stream stands, in one row: what the overview shows and sorts by. Unknown is None, also in sums."""

from collections.abc import Sequence

import msgspec

from dashboard.core.lag import LagQuality


class GroupStanding(msgspec.Struct, frozen=True, gc=False):
    """What the sums of a family need of one group. Filled by position."""

    name: str
    lag: int | None
    quality: str
    reason: str
    delivered_per_s: float | None


class Standing(msgspec.Struct, frozen=True, gc=False):
    """How one stream stands, or a family of them. Unknown is None; `group` and the lag are of the group that lags most.

    `partial` names what is a lower bound because a part of it is not known. Boards fill it by position.
    """

    state: str
    reason: str = ""
    whose: str = ""  # the group that the reason is of, behind the member's name in a family
    group: str = ""
    length: int | None = None
    added_per_s: float | None = None
    added_at_least: bool = False
    delivered_per_s: float | None = None
    lag: int | None = None
    lag_quality: str = ""  # "": there is no group
    lag_reason: str = ""
    time_lag_s: float | None = None
    time_lag_estimated: bool = False
    oldest_pending_s: float | None = None
    pending: int | None = None
    drain_s: float | None = None
    never_drains: bool = False
    memory_bytes: int | None = None
    taken_at: float | None = None
    every_s: float | None = None
    partial: tuple[str, ...] = ()


#: A stream of which no sample is known.
UNSEEN = {state: Standing(state=state) for state in ("waiting", "vanished", "unwatched")}

# A part that is not known makes a lower bound of the sum, unless none is known.
_WEAKEST_FIRST = (
    LagQuality.AT_LEAST,
    LagQuality.APPROXIMATE,
    LagQuality.MEASURED,
    LagQuality.EXACT,
)


def lag_weight(lag: int | None) -> float:
    """An unknown lag is worse than none and better than any that is known to be there."""
    return 0.5 if lag is None else lag


def largest(values: Sequence[float | None]) -> float | None:
    """The largest known value; None where none is known."""
    return max(values) if None not in values else max((value for value in values if value is not None), default=None)  # type: ignore[type-var]


def is_partial(values: Sequence[float | None]) -> bool:
    """Whether some of the values are known and others not."""
    return None in values and any(value is not None for value in values)


def all_done_in(seconds: Sequence[float | None]) -> float | None:
    """When the last of them is done; None where one is not known, or there is none."""
    return None if None in seconds or not seconds else max(seconds)  # type: ignore[type-var]


def weakest(qualities: Sequence[str]) -> str:
    """The quality of a sum of lags of these qualities; one that is not known makes it a lower bound."""
    found = set(qualities)
    if len(found) == 1:
        return qualities[0]
    if LagQuality.UNKNOWN in found:
        return LagQuality.AT_LEAST.value
    return next(quality.value for quality in _WEAKEST_FIRST if quality in found)
