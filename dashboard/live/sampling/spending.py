"""What one node's reading costs it: what its connection counted, at the prices that its INFO tells."""

import time

import redis

from dashboard.core.cost import Account, Cost, Prices, Usage
from dashboard.core.sample import ServerInfo
from dashboard.redis_io.meter import meter_of

_NOTHING = Usage({}, 0)


class Spending:
    """Told of every round by its node's reader; belongs to that reader's thread."""

    def __init__(self, budget: float, interval_s: float) -> None:
        self._budget = budget
        self._interval_s = interval_s
        self._prices = Prices()
        self._account = Account()
        self._unsettled = _NOTHING
        self._at: float | None = None

    def collect(self, client: redis.Redis) -> None:
        """Takes over what a client asked so far; to be called before a client is dropped, too."""
        self._unsettled += meter_of(client).take()

    def settle(self, info: ServerInfo | None) -> Cost:
        """What reading costs, with what was collected in the round that ends now."""
        now = time.monotonic()
        self._prices.learn(info.command_times if info else None)
        took_s = self._interval_s if self._at is None else now - self._at
        self._account.note(self._unsettled, self._prices.of(self._unsettled.calls), at=now, took_s=took_s)
        self._unsettled, self._at = _NOTHING, now
        return Cost(
            core_share=self._account.core_share(),
            calls_per_s=self._account.calls_per_s(),
            bytes_per_s=self._account.bytes_per_s(),
            budget=self._budget,
            every_s=self._interval_s,
        )
