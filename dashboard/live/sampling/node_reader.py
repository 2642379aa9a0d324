"""The reader of one node: a connection, what it remembers between sweeps, and what is read on slower cadences.

It lives in its node's own thread, so a node that hangs holds up nobody else.
"""

import time
from collections.abc import Collection, Sequence

import msgspec
import redis

from dashboard.core.address import Seed
from dashboard.core.deriver import Deriver
from dashboard.core.insight import Insights
from dashboard.core.marks import Mark, MarkKind
from dashboard.core.metrics import ServerTick
from dashboard.core.noticing import Noticer
from dashboard.core.outlook import Foresight
from dashboard.core.pacing import Choice, Labels, Pacer
from dashboard.core.sample import ProblemKind, ServerInfo, Sweep
from dashboard.core.target import Target
from dashboard.live.sampling.memory_round import MemoryRound
from dashboard.live.sampling.optional import optional
from dashboard.live.sampling.reader import Definition, Reading
from dashboard.live.sampling.slow_round import SlowRound
from dashboard.live.sampling.spending import Spending
from dashboard.redis_io.cluster_map import ClusterMap, read_map
from dashboard.redis_io.connect import connect
from dashboard.redis_io.discover import discover
from dashboard.redis_io.faults import Synchronising, explain
from dashboard.redis_io.roles import Standing, read_standing
from dashboard.redis_io.server_info import read_info
from dashboard.redis_io.sweep import sweep

TIMEOUT_S = 1.0
INFO_EVERY_S = 5.0
DENIED_EVERY_S = 600.0  # what is denied is asked for so often: each try is a line of the server's ACL LOG
DISCOVERY_EVERY_S = 10.0
DISCOVERY_BUDGET_S = 0.02


class NodeReader:
    """Reads one node, round by round. Every method belongs to the same thread."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._readonly = False
        self._client: redis.Redis | None = None
        self._answered = False
        self._deriver = Deriver()
        self._info: ServerInfo | None = None
        self._info_at = self._slow_log_at = self._discovered_at = float("-inf")
        self._foresight = Foresight()
        self._noticer = Noticer()
        self._cursor = 0
        self._memory = MemoryRound()
        self._spending = Spending(definition.budget, definition.interval_s)
        self._pacer, self._labels = Pacer(), Labels()
        self._slow = SlowRound()

    def move(self, target: Target, *, readonly: bool = False) -> None:
        """Reads another node from now on, one that has the same data; what was derived of the former one is kept."""
        self.close()
        self._definition = msgspec.structs.replace(self._definition, target=target)
        self._readonly = readonly

    def standing(self) -> Standing:
        """What the node says it is; raises what the client raises."""
        return read_standing(self._connected())

    def cluster_map(self, seed: Seed) -> ClusterMap:
        """The cluster as the node sees it, which is at `seed`; raises Explained, or what the client raises."""
        return read_map(self._connected(), seed)

    def read(self, keys: Sequence[bytes], asking: frozenset[bytes] = frozenset()) -> Reading:
        """Sweeps `keys` and derives their metrics; raises what the client raises where the server cannot be swept.

        `asking` are those of `keys` whose slots are on their way to this node of a cluster.
        """
        try:
            return self._read(keys, asking)
        except (redis.RedisError, OSError) as error:
            self._noticer.failed(explain(error).detail)
            raise

    def _read(self, keys: Sequence[bytes], asking: frozenset[bytes]) -> Reading:
        choice = self._choose(keys)
        swept = self._sweep(choice, asking)
        self._answered = True
        client = self._connected()
        self._spending.collect(client, of_sweep=True)
        self._read_info(client, at_once=swept.reconnected)
        self._distrust_emptiness(swept)
        self._memory.read(client, swept, slow=self._spending.pace.slow)
        found = self._discover(client)
        insights = self._slow.read(client, swept, self._deriver.uncounted(), pace=self._spending.pace.slow)
        self._spending.collect(client)
        elsewhere = {key: problem.elsewhere for key, problem in swept.problems.items() if problem.elsewhere}
        return Reading(self._tick(swept, choice, keys, insights), found, elsewhere)

    def _tick(self, swept: Sweep, choice: Choice, keys: Sequence[bytes], insights: Insights) -> ServerTick:
        before_s = self._spending.interval_s
        self._pacer.note(swept.at, swept.changed, swept.problems)
        quiet = self._pacer.quiet()
        active = len(swept.streams) + len(swept.held) - quiet
        cost = self._spending.settle(self._info, read=len(choice.keys), active=active, quiet=quiet, thin=swept.thin)
        tick = self._deriver.take(
            swept, info=self._info, memory=self._memory.known, interval_s=cost.every_s, insights=insights
        )
        self._labels.put_on(tick.streams, choice.paced)
        marks = self._noticer.notice(swept, self._info, tick, keys=keys, now=time.monotonic())
        marks += _stretched(swept.at, before_s, cost.every_s)
        outlook = self._foresight.take(swept.at, self._info)
        return msgspec.structs.replace(tick, outlook=outlook, cost=cost, marks=marks)

    def _choose(self, keys: Sequence[bytes]) -> Choice:
        pace = self._spending.pace
        return self._pacer.choose(keys, quiet_every=pace.quiet_every, interval_s=self._spending.interval_s)

    def _sweep(self, choice: Choice, asking: frozenset[bytes]) -> Sweep:
        try:
            return sweep(self._connected(), choice.keys, held=choice.held, asking=asking)
        except (redis.TimeoutError, redis.AuthenticationError, TimeoutError):
            raise  # another try would wait, or be refused, just as long
        except (redis.ConnectionError, OSError):
            if not self._answered:
                raise
        # The connection is older than the server: it was restarted, or cut an idle client off. Reading again is harmless.
        self.close()
        return sweep(self._connected(), choice.keys, held=choice.held, asking=asking)

    def _connected(self) -> redis.Redis:
        if self._client is None:
            self._client = connect(self._definition.target, timeout_s=TIMEOUT_S, readonly=self._readonly)
        return self._client

    def _read_info(self, client: redis.Redis, *, at_once: bool) -> None:
        if at_once or time.monotonic() - self._info_at >= INFO_EVERY_S:
            self._info_at = time.monotonic()
            ask = self._info_at >= self._slow_log_at
            self._info = optional(lambda: read_info(client, slow_log=ask)) or self._info
            if ask and self._info and self._info.slow_log is None:
                self._slow_log_at = self._info_at + DENIED_EVERY_S

    def _distrust_emptiness(self, swept: Sweep) -> None:
        """A replica that restarts without its data has no key at all until its master has sent them: nothing vanished."""
        waiting = self._info is not None and self._info.link_up is False
        gone = any(problem.kind is ProblemKind.VANISHED for problem in swept.problems.values())
        if waiting and gone and not swept.streams:
            raise Synchronising

    def _discover(self, client: redis.Redis) -> Collection[bytes]:
        if not self._cursor and time.monotonic() - self._discovered_at < DISCOVERY_EVERY_S * self._spending.pace.slow:
            return ()
        found = optional(
            lambda: discover(
                client,
                include=self._definition.include,
                exclude=self._definition.exclude,
                cursor=self._cursor,
                budget_s=DISCOVERY_BUDGET_S,
            )
        )
        self._cursor = found.cursor if found else 0
        if not self._cursor:
            self._discovered_at = time.monotonic()
        return found.keys if found else ()

    def renew(self, definition: Definition) -> None:
        """Takes other credentials or TLS; the next read connects with them, and what was derived is kept."""
        self.close()
        self._definition = definition
        self._slow_log_at = float("-inf")  # another user may be allowed more

    def close(self) -> None:
        """Drops the connection; the next read opens another. What was derived is kept: counters tell a restart."""
        client, self._client, self._answered, self._cursor = self._client, None, False, 0
        if client is not None:
            self._spending.collect(client)
            client.close()


def _stretched(at: float, before_s: float, every_s: float) -> tuple[Mark, ...]:
    """The mark of an interval that was stretched, or is shorter again."""
    if every_s == before_s:
        return ()
    why = "to stay within the cost budget" if every_s > before_s else "again, within the cost budget"
    return (Mark(kind=MarkKind.STRETCHED, at=at, text=f"Streams are read every {every_s:g} s {why}."),)
