"""What watching costs a server, and how that is worked out: our calls times the server's own time a call."""

from collections import deque
from collections.abc import Mapping

import msgspec

from dashboard.core.sample import CommandTime

WINDOW_S = 30.0


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """The sampler's own commands on one server, averaged over about the last half minute."""

    core_share: float | None  # of one core of the server: 0.02 is 2 %; None: the server does not tell
    calls_per_s: float
    bytes_per_s: float  # read and written
    budget: float  # the share that may not be exceeded
    every_s: float  # seconds between two sweeps as it is now
    skipped: str = ""  # what is left out to stay in budget, in a sentence; "" where nothing is


class Usage(msgspec.Struct, frozen=True):
    """What was asked of a server between two moments. Commands are named as INFO commandstats does."""

    calls: Mapping[str, int]
    bytes: int  # sent and received

    def __add__(self, other: "Usage") -> "Usage":
        calls = dict(self.calls)
        for name, times in other.calls.items():
            calls[name] = calls.get(name, 0) + times
        return Usage(calls, self.bytes + other.bytes)


class Prices:
    """Seconds a call of each command, as the server spent them on everybody's calls between its last two words."""

    def __init__(self) -> None:
        self._times: Mapping[str, CommandTime] | None = None
        self._a_call: dict[str, float] = {}

    def learn(self, times: Mapping[str, CommandTime] | None) -> None:
        """Takes the server's commandstats in; None where it did not tell."""
        if times is None or times is self._times:
            return
        before = self._times or {}
        for name, now in times.items():
            then = before.get(name, _NEVER)
            if then.calls > now.calls or then.usec > now.usec:
                then = _NEVER  # it was restarted, or its statistics were reset
            if calls := now.calls - then.calls:
                self._a_call[name] = (now.usec - then.usec) / calls / 1e6
        self._times = times

    def of(self, calls: Mapping[str, int]) -> float | None:
        """Seconds that these calls took the server; None as long as it has not told any command's time."""
        if self._times is None:
            return None
        return sum(times * self._price(name) for name, times in calls.items())

    def _price(self, name: str) -> float:
        # A command that the server never counted was refused, which costs next to nothing. 6.2 counts no subcommands.
        price = self._a_call.get(name)
        return self._a_call.get(name.partition("|")[0], 0.0) if price is None else price


_NEVER = CommandTime(0, 0)


class _Spent(msgspec.Struct, gc=False):
    at: float
    seconds: float | None
    calls: int
    bytes: int


class Account:
    """What was spent lately. Times are seconds of any one steady clock."""

    def __init__(self) -> None:
        self._spent: deque[_Spent] = deque()
        self._since = 0.0

    def note(self, usage: Usage, seconds: float | None, *, at: float, took_s: float) -> None:
        """Takes in what one round asked and what it cost the server. `took_s` is the time since the round before."""
        if not self._spent:
            self._since = at - took_s
        self._spent.append(_Spent(at, seconds, sum(usage.calls.values()), usage.bytes))
        while len(self._spent) > 1 and at - self._spent[0].at >= WINDOW_S:
            self._since = self._spent.popleft().at

    def core_share(self) -> float | None:
        """The share of one core of the server; None where it did not tell."""
        told = [spent.seconds for spent in self._spent if spent.seconds is not None]
        return sum(told) / self._length() if told else None

    def calls_per_s(self) -> float:
        """Calls a second."""
        return sum(spent.calls for spent in self._spent) / self._length()

    def bytes_per_s(self) -> float:
        """Bytes a second, sent and received."""
        return sum(spent.bytes for spent in self._spent) / self._length()

    def _length(self) -> float:
        return max(self._spent[-1].at - self._since, 1e-9) if self._spent else 1.0
