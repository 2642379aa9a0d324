"""The reader of a cluster: a reader for each shard in a thread of its own, one merged tick, and the map that leads to them.

A node that hangs costs its own keys: the merge waits for whoever is late a fraction of the interval, and the next rounds
not at all. The map comes along with the sweeps, over the same connections; where keys have moved, at once.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import count

from dashboard.core.address import Seed, shown
from dashboard.core.metrics import ServerTick, StreamMetrics
from dashboard.core.sample import Elsewhere, ServerInfo, ServerProblem, ServerState
from dashboard.core.whole import whole_cost, whole_info, whole_outlook
from dashboard.live.sampling.cluster_tick import marks, states, unread, unserved
from dashboard.live.sampling.node_reader import TIMEOUT_S
from dashboard.live.sampling.reader import Definition, Reading
from dashboard.live.sampling.routes import Routes
from dashboard.live.sampling.shard_reader import Round, ShardReader, Task
from dashboard.redis_io.cluster_map import ClusterMap, Shard
from dashboard.redis_io.crew import Crew
from dashboard.redis_io.faults import Explained
from dashboard.redis_io.nodes import find_map, newest

MAP_EVERY_S = 5.0
DOUBTED_EVERY_S = 0.5  # while something does not agree with the map
WITNESSES = 5  # so many nodes tell the map each time, in turn
GRACE = 0.25  # of the interval
GRACE_AT_MOST_S = 0.3

_SILENT = ServerProblem(ServerState.DOWN, "It did not answer within the time limit.")


class ClusterReader:
    """Reads a cluster, round by round. Every method belongs to the same thread; each shard has another."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._crew: Crew[int, Round] = Crew(f"cluster-{definition.server_id}")
        self._shards: dict[int, ShardReader] = {}
        self._numbers = count()
        self._routes = Routes()
        self._map: ClusterMap | None = None
        self._map_at = float("-inf")
        self._doubted = False  # a shard fails or is late, so perhaps the map is not right any more
        self._nodes: tuple[Seed, ...] = ()  # where else to ask, should the seeds be gone
        self._turn = 0

    def read(self, keys: Sequence[bytes]) -> Reading:
        """One round over all shards; raises where none can be read. A shard that fails costs its own keys."""
        if self._map is None:
            self._adopt(find_map(self._definition.target, known=self._nodes, timeout_s=TIMEOUT_S))
        shares = self._routes.shares(keys, {number: shard.shard.master for number, shard in self._shards.items()})
        calls = {number: partial(self._shards[number].work, task) for number, task in self._tasks(shares).items()}
        self._take(self._crew.round(calls, grace_s=self._grace_s))
        while not self._any_read() and any(map(self._crew.busy, self._shards)):
            self._take(self._crew.round({}, grace_s=self._grace_s))
        if not self._any_read():
            raise self._nobody()
        return self._merged(keys, shares)

    @property
    def _grace_s(self) -> float:
        return min(GRACE * self._definition.interval_s, GRACE_AT_MOST_S)

    def _tasks(self, shares: Mapping[int, tuple[bytes, ...]]) -> dict[int, Task]:
        now = time.monotonic()
        due = [number for number, shard in self._shards.items() if shard.try_at <= now and not self._crew.busy(number)]
        witnesses = self._witnesses(due, now)
        tasks = {}
        for number in due:
            shard, own = self._shards[number], shares.get(number, ())
            asking = self._routes.asking(own)
            tasks[number] = Task(own, asking, shard.shard.master, shard.place, number in witnesses)
        return tasks

    def _witnesses(self, due: Sequence[int], now: float) -> set[int]:
        """Who tells the map along with its sweep: a few in turn when it is due, all where it does not seem right."""
        if not due or now - self._map_at < (DOUBTED_EVERY_S if self._doubted else MAP_EVERY_S):
            return set()
        self._map_at = now
        self._turn += WITNESSES
        return {due[(self._turn + step) % len(due)] for step in range(WITNESSES)}

    def _any_read(self) -> bool:
        return any(shard.reading for shard in self._shards.values())

    def _take(self, outcomes: Mapping[int, Round | Exception]) -> None:
        for number, outcome in outcomes.items():
            self._shards[number].note(outcome)
        if maps := [outcome.map for outcome in outcomes.values() if isinstance(outcome, Round) and outcome.map]:
            self._adopt(newest(maps))
        self._doubted = any(shard.problem or self._crew.busy(number) for number, shard in self._shards.items())

    def _adopt(self, known: ClusterMap) -> None:
        """Makes the shards those of the map, unless it is older; a shard that failed over keeps its reader."""
        before = self._map
        if before is not None and known.epoch < before.epoch:
            return
        self._map, self._map_at = known, time.monotonic()
        if before is None or known.shards != before.shards:
            self._routes.follow(known, newer=before is None or known.epoch > before.epoch)
            self._nodes = tuple({seed for shard in known.shards for seed in (shard.master, *shard.replicas)})
        self._match()

    def _match(self) -> None:
        """A reader for each shard of the map, and for nodes that get their first slots and are in no map yet."""
        known = self._map.shards if self._map else ()
        shards = [*known, *(Shard(seed, (), ()) for seed in self._routes.guests())]
        by_master = {shard.shard.master: number for number, shard in self._shards.items()}
        masters = {shard.master for shard in shards}
        for shard in shards:
            number = by_master.get(shard.master)
            if number is None:
                number = self._heir(shard, masters)
            if number is None:
                self._shards[next(self._numbers)] = ShardReader(self._definition, shard)
            else:
                self._shards[number].shard = shard
        gone = [number for number, shard in self._shards.items() if shard.shard.master not in masters]
        left = {number: self._shards.pop(number) for number in gone}
        self._crew.dismiss(gone, lambda number: left[number].close())

    def _heir(self, shard: Shard, masters: set[Seed]) -> int | None:
        """The reader whose master lost its slots to this shard's."""
        for number, held in self._shards.items():
            old = held.shard
            if old.master not in masters and (
                shard.master in old.replicas or (old.ranges and old.ranges == shard.ranges)
            ):
                held.former, held.try_at, held.failures = old.master, float("-inf"), 0
                return number
        return None

    def _nobody(self) -> Explained:
        problems = {shard.shard.master: shard.problem or _SILENT for shard in self._shards.values()}
        # Where one refuses us, all are left alone for as long as it wants: each try is a failure in their logs.
        states = [ServerState.DENIED, *ServerState]
        seed, gravest = min(problems.items(), key=lambda item: states.index(item[1].state))
        if self._map and not self._map.serves:
            return Explained(gravest.state, self._map.trouble)
        if len(problems) == 1:
            return Explained(gravest.state, gravest.detail)
        return Explained(
            gravest.state, f"None of the {len(problems)} masters can be read. {shown(seed)}: {gravest.detail}"
        )

    # The tick

    def _merged(self, keys: Sequence[bytes], shares: Mapping[int, tuple[bytes, ...]]) -> Reading:
        rows: dict[bytes, StreamMetrics] = {}
        astray: dict[bytes, Elsewhere] = {}
        for number, own in shares.items():
            if number not in self._shards:
                continue  # its node gave its last slots away just now
            rows.update(self._rows(number, own, astray))
        read = [shard for shard in self._shards.values() if shard.reading]
        ticks = [shard.reading.tick for shard in read if shard.reading]
        at = max(tick.at for tick in ticks)
        tick = ServerTick(
            at=at,
            interval_s=max(tick.interval_s for tick in ticks),
            streams={
                key: rows[key] if key in rows else unserved(key)
                for key in keys
                if key in rows or not self._routes.known(key)
            },
            info=self._info(),
            outlook=whole_outlook([tick.outlook for tick in ticks if tick.outlook]),
            round_trip_s=max(tick.round_trip_s or 0.0 for tick in ticks),
            nodes=tuple(states(self._shards, shares, self._map)),
            deployment=self._map.deployment if self._map else None,
            cost=whole_cost([tick.cost for tick in ticks if tick.cost]),
            marks=tuple(marks(read, at)),
        )
        found = {key for shard in read if shard.reading for key in shard.reading.found}
        for shard in read:
            shard.reading = None
        if self._routes.note(astray):
            self._map_at = float("-inf")  # it is asked for in the next round
            self._match()
        return Reading(tick, found)

    def _info(self) -> ServerInfo | None:
        shards = self._shards.values()
        told = [shard.last.tick.info for shard in shards if shard.last and not shard.problem]
        infos = [info for info in told if info]
        replicas = sum(len(shard.shard.replicas) for shard in shards)
        return whole_info(infos, replicas=replicas, complete=len(infos) == len(shards))

    def _rows(
        self, number: int, keys: Sequence[bytes], astray: dict[bytes, Elsewhere]
    ) -> Iterator[tuple[bytes, StreamMetrics]]:
        """The shard's streams. Those whose node is late, or that have just moved, are left out of this tick."""
        shard = self._shards[number]
        if shard.reading:
            read, elsewhere = shard.reading.tick.streams, shard.reading.elsewhere
            astray.update(elsewhere)
            yield from ((key, read[key]) for key in keys if key in read and not self._routes.is_moving(key, elsewhere))
            return
        problem = shard.problem or (_SILENT if self._crew.busy_s(number) > TIMEOUT_S else None)
        if problem:
            yield from ((key, unread(key, shard.shard.master, problem)) for key in keys)

    def renew(self, definition: Definition) -> None:
        """Takes other credentials or TLS. What was derived is kept."""
        self.close()
        self._definition = definition
        for shard in self._shards.values():
            shard.renew(definition)

    def close(self) -> None:
        """Drops the connections; the next read asks for the map first."""
        shards = dict(self._shards)
        self._crew.dismiss(list(shards), lambda number: shards[number].close())
        self._map = None
