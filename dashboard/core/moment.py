"""Moment: what all streams of one sweep share while they are derived."""

from collections.abc import Mapping

import msgspec

from dashboard.core.insight import Insights, Place
from dashboard.core.sample import Sweep


class Moment(msgspec.Struct):
    """One sweep as its streams see it; a stream that was left out of some sweeps before sees a longer one."""

    sweep: Sweep
    at: float
    last_at: float
    elapsed_s: float | None  # None: nothing to compare with
    calls: int | None
    trusted: bool
    memory: Mapping[bytes, int]
    insights: Insights
    uncounted: dict[Place, None]  # groups whose lag is not known are noted here
    unusual: list[bytes]  # and streams to which more happened than that entries were added, read and acknowledged
