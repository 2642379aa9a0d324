"""What one node's reading costs it, and the pace that keeps this within its budget."""

import time

import redis

from dashboard.core.budget import Governor, Load, Pace, words
from dashboard.core.cost import Account, Cost, Prices, Usage
from dashboard.core.sample import ServerInfo
from dashboard.redis_io.meter import meter_of

_NOTHING = Usage({}, 0)


class Spending:
    """Told of every round by its node's reader; belongs to that reader's thread."""

    def __init__(self, budget: float, interval_s: float) -> None:
        self._budget = budget
        self._governor = Governor(budget, interval_s)
        self._prices = Prices()
        self._all, self._slow = Account(), Account()
        self._swept = self._rest = _NOTHING
        self._stream_s: float | None = None
        self._at: float | None = None

    @property
    def pace(self) -> Pace:
        """How much is left out now."""
        return self._governor.pace

    @property
    def interval_s(self) -> float:
        """Seconds from one sweep to the next as it is now."""
        return self._governor.interval_s

    def collect(self, client: redis.Redis, *, of_sweep: bool = False) -> None:
        """Takes over what a client has asked since this was called last; also to be called before one is dropped."""
        usage = meter_of(client).take()
        if of_sweep:
            self._swept += usage
        else:
            self._rest += usage

    def settle(self, info: ServerInfo | None, *, read: int, active: int, quiet: int, thin: int) -> Cost:
        """What reading costs, with the round that ends now, and sets the pace of the next one.

        `read`: how many streams the sweep read, `thin`: how many of them without their large entries. `active` and
        `quiet`: how many there are.
        """
        now = time.monotonic()
        self._prices.learn(info.command_times if info else None)
        took_s = self._governor.interval_s if self._at is None else now - self._at
        swept_s, rest_s = self._prices.of(self._swept.calls), self._prices.of(self._rest.calls)
        self._all.note(self._swept + self._rest, _sum(swept_s, rest_s), at=now, took_s=took_s)
        self._slow.note(self._rest, _times(rest_s, self.pace.slow), at=now, took_s=took_s)
        self._swept, self._rest, self._at = _NOTHING, _NOTHING, now
        if swept_s is not None:
            self._govern(swept_s / max(read, 1), active, quiet, now)
        return self._cost(quiet, thin)

    def _govern(self, stream_s: float, active: int, quiet: int, now: float) -> None:
        self._stream_s = stream_s if self._stream_s is None else (self._stream_s + stream_s) / 2
        slow_share = self._slow.core_share() or 0.0
        self._governor.follow(Load(active, quiet, self._stream_s, slow_share), now)

    def _cost(self, quiet: int, thin: int) -> Cost:
        return Cost(
            core_share=self._all.core_share(),
            calls_per_s=self._all.calls_per_s(),
            bytes_per_s=self._all.bytes_per_s(),
            budget=self._budget,
            every_s=self._governor.interval_s,
            skipped=words(self._governor, quiet=quiet, thin=thin),
        )


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def _times(seconds: float | None, factor: int) -> float | None:
    return None if seconds is None else seconds * factor
