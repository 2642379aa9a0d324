"""Gauges: what a threshold reads of each of its subjects, at a moment or over a window."""

from enum import StrEnum

import msgspec

from dashboard.core.threshold_metrics import Metric


class Function(StrEnum):
    """What is made of the values of a window; models.Threshold says them in words."""

    LAST = "last"
    AVERAGE = "average"
    LEAST = "least"
    MOST = "most"
    DELTA = "delta"
    RATE = "rate"


class Gauge(msgspec.Struct, frozen=True):
    """A metric, and over a window its function. `states` are those that GROUP_STATE_S looks for."""

    metric: Metric
    states: frozenset[str] = frozenset()
    function: Function = Function.LAST
    window_s: float = 0.0

    @property
    def at_once(self) -> "Gauge":
        """The same without its window: what each single sample says."""
        return self if self.function is Function.LAST else Gauge(self.metric, self.states)
