"""The flow through a group over about the last minute: how long processing takes, and when the lag will be gone.

One sample's rates jump; these are ratios of sums over the last thirty to sixty seconds. What becomes of a lag is asked of
the present span alone as soon as it can tell: a burst that is over must not foretell its end.
"""

SPAN_S = 30.0
_LEAST_S = 5.0  # of known rates, before anything is said of the lag's future
_ENOUGH_S = 10.0  # of known rates, so that those of the span before are not needed for it


class Flow:
    """Sums over the present span and the one before."""

    __slots__ = ("_acked", "_at", "_former", "_held", "_known_s", "_net", "_since")

    def __init__(self, now: float) -> None:
        self._since = self._at = now
        self._former = (0.0, 0, 0.0, 0)
        self._clear()

    def _clear(self) -> None:
        self._held = 0.0  # seconds that entries were pending, over all of them
        self._acked = 0
        self._known_s = 0.0
        self._net = 0  # delivered less added

    def observe(self, now: float, pending: int, added: int | None, delivered: int | None, acked: int | None) -> None:
        """What happened since the last call; `pending` is what was pending all the time until now."""
        passed = now - self._at
        if now - self._since >= SPAN_S:
            self._turn(now)
        self._at = now
        if acked is not None:
            self._held += pending * passed
            self._acked += acked
        if delivered is not None and added is not None:
            self._known_s += passed
            self._net += delivered - added

    def _turn(self, now: float) -> None:
        recent = now - self._since < 2 * SPAN_S
        self._former = (self._held, self._acked, self._known_s, self._net) if recent else (0.0, 0, 0.0, 0)
        self._since = now
        self._clear()

    def until(self) -> float:
        """Until when the sums stand for the present though nothing happens."""
        return self._since + 2 * SPAN_S

    def processing_s(self, now: float) -> float | None:
        """Mean time from delivery to acknowledgement, by Little's law; None where nothing was acknowledged lately."""
        acked = self._acked + self._former[1]
        if not acked or now >= self._since + 2 * SPAN_S:
            return None
        return (self._held + self._former[0]) / acked

    def drain(self, lag: int | None, now: float) -> tuple[float | None, bool]:
        """Seconds until the lag is gone at the present rates, and whether it never will be."""
        if lag == 0:
            return 0.0, False
        quiet_s = now - self._at  # nothing was added or delivered since, else it would have been observed
        known_s, net = self._known_s + quiet_s, self._net
        if known_s < _ENOUGH_S:
            known_s, net = known_s + self._former[2], net + self._former[3]
        if lag is None or known_s < _LEAST_S:
            return None, False
        return (lag * known_s / net, False) if net > 0 and quiet_s < SPAN_S else (None, True)
