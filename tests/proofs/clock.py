"""A clock that may be told to run ahead: the core is told the time, so days need not be waited for."""

import time

import redis

_APART_S = 0.003  # servers tell idle times in whole milliseconds


class Clock:
    """The watched server's clock, plus the time that was let pass."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._jumps: list[tuple[float, float]] = []  # when, by the server's clock, and how far

    def begin(self) -> None:
        """Runs as the server's again."""
        self._jumps.clear()

    def jump(self, seconds: float) -> None:
        """Lets time pass. What was done before lies that much further back than what is done after."""
        time.sleep(_APART_S)
        self._jumps.append((self.server_time(), seconds))
        time.sleep(_APART_S)

    def told(self, server_time: float) -> float:
        """The time that the core is told for this time of the server."""
        return server_time + sum(seconds for at, seconds in self._jumps if at <= server_time)

    def idle_s(self, idle_s: float) -> float:
        """How long somebody has been idle whom the server has just called idle for so long."""
        now = self.server_time()
        return self.told(now) - self.told(now - idle_s)

    def server_time(self) -> float:
        """The server's TIME."""
        seconds, microseconds = self._client.time()
        return int(seconds) + int(microseconds) / 1e6
