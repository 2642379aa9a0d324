"""Pacing: which streams a sweep reads. At full pace all of them; else those to which nothing happens take turns."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from dashboard.core.budget import QUIET_AFTER_S
from dashboard.core.metrics import StreamMetrics

#: Counting all streams takes a millisecond for ten thousand.
COUNT_EVERY_S = 5.0

_NOTHING: Mapping[bytes, float] = {}


class Choice(msgspec.Struct, frozen=True):
    """What one sweep is to read."""

    keys: tuple[bytes, ...]
    held: tuple[bytes, ...] = ()  # quiet streams that are left out this time
    paced: Mapping[bytes, float] = _NOTHING  # all quiet streams, and every how many seconds each is read


class Pacer:
    """Remembers when something last happened to each stream, by the server's clock."""

    def __init__(self) -> None:
        self._changed_at: dict[bytes, float] = {}
        self._at = float("-inf")
        self._turn = 0
        self._quiet = 0
        self._counted_at = float("-inf")

    def choose(self, keys: Sequence[bytes], *, quiet_every: int, interval_s: float) -> Choice:
        """The streams to read now. Quiet ones are read in every so manieth sweep, and as many of them in each."""
        self._keep(keys)
        if quiet_every == 1:
            return Choice(tuple(keys))
        self._turn += 1
        every_s = quiet_every * interval_s
        chosen: list[bytes] = []
        held: list[bytes] = []
        paced: dict[bytes, float] = {}
        turn = self._turn
        for key in keys:
            if not self._is_quiet(key):
                chosen.append(key)
                continue
            paced[key] = every_s
            turn += 1
            (chosen if turn % quiet_every == 0 else held).append(key)
        return Choice(tuple(chosen), tuple(held), paced)

    def note(self, at: float, changed: Iterable[bytes], unreadable: Iterable[bytes]) -> None:
        """Takes in to which streams something happened before `at`, and which could not be read."""
        self._at = at
        self._changed_at.update(dict.fromkeys(changed, at))
        for key in unreadable:
            self._changed_at.pop(key, None)

    def quiet(self) -> int:
        """How many streams are quiet; counted anew every few seconds."""
        if not 0 <= self._at - self._counted_at < COUNT_EVERY_S:
            self._quiet = sum(map(self._is_quiet, self._changed_at))
            self._counted_at = self._at
        return self._quiet

    def _keep(self, keys: Sequence[bytes]) -> None:
        if len(self._changed_at) > len(keys):
            known = self._changed_at
            self._changed_at = {key: known[key] for key in keys if key in known}

    def _is_quiet(self, key: bytes) -> bool:
        # One that was never read, or could not be, is no quiet one.
        changed_at = self._changed_at.get(key)
        return changed_at is not None and self._at - changed_at >= QUIET_AFTER_S


class Labels:
    """Says on a stream's metrics that it is read less often; the same metrics are the same object afterwards, too."""

    def __init__(self) -> None:
        self._labelled: dict[bytes, tuple[StreamMetrics, StreamMetrics]] = {}

    def put_on(self, streams: dict[bytes, StreamMetrics], paced: Mapping[bytes, float]) -> None:
        """Replaces the metrics of the streams that are `paced`, and every how many seconds."""
        self._labelled = {key: self._label(key, streams[key], every) for key, every in paced.items() if key in streams}
        streams.update((key, pair[1]) for key, pair in self._labelled.items())

    def _label(self, key: bytes, metrics: StreamMetrics, every_s: float) -> tuple[StreamMetrics, StreamMetrics]:
        known = self._labelled.get(key)
        if known is not None and known[0] is metrics and known[1].every_s == every_s:
            return known
        return metrics, msgspec.structs.replace(metrics, every_s=every_s)
