"""Whether two sweeps met the same server, and how much the calls that it counted allow to have been added (T1)."""

from bisect import bisect_left
from collections import deque

from dashboard.core.sample import ServerInfo, Sweep

_BEGINNING = (float("-inf"), 0)


class CallCounts:
    """Bounds what a sweep can find added. A bound needs a count from before the former sweep, so it reaches back two."""

    def __init__(self) -> None:
        self._older: int | None = None  # read before the former sweep
        self._last: int | None = 0  # read after it; a process begins to count at 0
        # Each count with the sweep that it was read after.
        self._log: deque[tuple[float, int]] = deque([_BEGINNING], maxlen=256)

    def since_before_last(self, calls: int | None, same_server: bool, at: float) -> int | None:
        """XADD calls in a time that holds all of the last interval; None where INFO was not read now or so long ago."""
        if not same_server:
            self._older, self._last = None, 0
            self._log.clear()
            self._log.append(_BEGINNING)
        bound = calls - self._older if calls is not None and self._older is not None else None
        self._older = self._older if self._last is None else self._last
        self._last = calls
        if calls is not None:
            self._log.append((at, calls))
        return bound

    def since(self, at: float) -> int | None:
        """XADD calls since before the sweep at `at`; None where INFO was not read now, or not before that."""
        place = bisect_left(self._log, (at, -1))
        return self._last - self._log[place - 1][1] if self._last is not None and place else None


def calls_told(sweep: Sweep, info: ServerInfo | None) -> int | None:
    """XADD calls as of now: by the sweep itself, or by an INFO that was read after it."""
    if sweep.xadd_calls is not None:
        return sweep.xadd_calls
    return info.xadd_calls if info is not None else None


def same_server(known: ServerInfo | None, info: ServerInfo | None) -> bool:
    """False after a restart or a failover: counters may have gone back to what a disk or a replica had."""
    if info is None or known is None or info is known:
        return True
    fell = info.xadd_calls is not None and info.xadd_calls < (known.xadd_calls or 0)
    return info.run_id == known.run_id and info.role == known.role and not fell
