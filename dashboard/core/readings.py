"""Readings: what a threshold is told of its subject at one moment, and how sure that is."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Doubt(StrEnum):
    """How a reading's value is known."""

    KNOWN = "known"
    ESTIMATED = "estimated"  # a value that may be off, as ≈ 40
    UNKNOWN = "unknown"  # it was sampled, and the number does not follow
    NO_DATA = "no_data"  # nothing was sampled
    ERROR = "error"  # it could not be read, and `detail` says why


class Otherwise(StrEnum):
    """What a threshold does with a reading that is not known."""

    USE = "use"
    SKIP = "skip"
    BOUND = "bound"
    ALERT = "alert"
    FINE = "fine"


class Reading(msgspec.Struct, frozen=True):
    """One value of a metric at a time. None where it is not known at all.

    `at_least` marks a lower bound. `most` is the greatest that it can be, where that is known of a value in doubt.
    """

    at: datetime
    value: float | None
    at_least: bool = False
    doubt: Doubt = Doubt.KNOWN
    most: float | None = None
    detail: str = ""


class Range(msgspec.Struct, frozen=True):
    """What a value may be, from the least to the most."""

    least: float
    most: float


_INFINITE = float("inf")
_WORST = Range(_INFINITE, _INFINITE)


def range_of(reading: Reading, otherwise: Otherwise, *, above: bool) -> Range | None:
    """What the value may be, once the threshold's word on its doubt has been heard; None: nothing is decided on it.

    `above` says on which side the threshold's limits are: the worst is the greatest value there, and else the least.
    """
    if reading.value is not None and (reading.doubt is Doubt.KNOWN or otherwise is Otherwise.USE):
        return Range(reading.value, _INFINITE if reading.at_least else reading.value)
    if otherwise is Otherwise.ALERT:
        return _WORST if above else Range(-_INFINITE, -_INFINITE)
    if otherwise is Otherwise.FINE:
        return Range(-_INFINITE, -_INFINITE) if above else _WORST
    return _bound(reading, above=above) if otherwise is Otherwise.BOUND else None


def _bound(reading: Reading, *, above: bool) -> Range | None:
    """The worst that the value can be, an estimate as it is where nobody knows more; None where there is no bound."""
    if above:
        most = reading.value if reading.most is None else reading.most
        return None if most is None else Range(most, most)
    least = 0.0 if not reading.at_least or reading.value is None else reading.value  # no metric is ever below 0
    return Range(least, least)
