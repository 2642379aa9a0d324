"""Hostile intervals: what can happen to a stream's counters between two samples, and what the product makes of it (E4)."""

from collections.abc import Callable
from random import Random

import msgspec

from dashboard.core.entry_id import EntryId
from tests.proofs.past import count
from tests.proofs.truth import KEY
from tests.proofs.watching import Watching
from tests.proofs.wire import Wire, done
from tests.servers import RedisServer, wait_until

OTHER, NOISE = b"other", b"noise"


class Verdicts(msgspec.Struct):
    """How often the product's count of added entries was what."""

    exact: int = 0
    gap: int = 0
    too_low: int = 0
    too_high: int = 0
    highest: int = 0  # by how many entries at most
    negative: int = 0
    beyond_calls: int = 0  # more than the server counted XADD calls: the bound that the product promises

    def note(self, said: int | None, truly: int, calls: int) -> None:
        """Judges one interval; `calls`: XADD calls of the whole server since the sample before the last, or its start."""
        if said is None:
            self.gap += 1
            return
        self.negative += said < 0
        self.beyond_calls += said > calls
        self.exact += said == truly
        self.too_low += said < truly
        self.too_high += said > truly
        self.highest = max(self.highest, said - truly)


class Resets:
    """Does something, hostile or not, to one stream of its own server before each sample."""

    def __init__(self, server: RedisServer, random: Random, *, noise: int, restarts: bool = True) -> None:
        self._server = server
        self._random = random
        self._noise = noise  # entries added to another key in the same interval, at most
        self._restarts = restarts
        self._wire = Wire(server)
        self._watching = Watching(server, info_every=5)
        self._added = self._calls = 0
        self._calls_before = [0, 0]
        self.verdicts = Verdicts()
        self._wire.call(b"FLUSHALL")
        self._wire.call(b"CONFIG", b"RESETSTAT")

    def run(self, intervals: int) -> Verdicts:
        """Lets so many intervals pass."""
        for _ in range(intervals):
            self._added = 0
            self._random.choice(self._hostile if self._random.random() < 0.35 else self._harmless)(self)
            self._make_noise()
            self._judge()
        self._watching.close()
        self._wire.close()
        return self.verdicts

    def _judge(self) -> None:
        seen = self._watching.look()
        calls = self._calls - self._calls_before[0]
        self._calls_before = [self._calls_before[1], self._calls]
        self.verdicts.note(count(seen.metrics.added_per_s, seen.elapsed_s), self._added, calls)

    def _add(self, most: int = 60) -> None:
        for _ in range(self._random.randint(0, most)):
            self._calls += 1
            self._added += done(self._wire.call(b"XADD", KEY, b"*", b"n", b"1"))

    def _make_noise(self) -> None:
        for _ in range(self._random.randint(0, self._noise)):
            self._calls += 1
            self._wire.call(b"XADD", NOISE, b"*", b"n", b"1")

    def _trim(self) -> None:
        self._add(10)
        self._wire.call(b"XTRIM", KEY, b"MAXLEN", self._random.randint(0, 40))
        self._add(10)

    def _delete_some(self) -> None:
        for entry in self._wire.call(b"XRANGE", KEY, b"-", b"+", b"COUNT", self._random.randint(1, 9)) or ():
            self._wire.call(b"XDEL", KEY, entry[0])

    def _delete(self) -> None:
        self._wire.call(b"DEL", KEY)

    def _recreate(self) -> None:
        self._delete()
        self._add()

    def _set_counters(self) -> None:
        last = self._last_id()
        raised = EntryId(last.ms + self._random.randint(0, 2), last.seq)
        added = self._random.choice([0, 3, 100, 1_000_000])
        self._wire.call(b"XSETID", KEY, raised, b"ENTRIESADDED", added, b"MAXDELETEDID", b"0-0")
        self._add(5)

    def _raise_last_id(self) -> None:
        last = self._last_id()
        self._wire.call(b"XSETID", KEY, EntryId(last.ms + 1, last.seq))
        self._add(5)

    def _last_id(self) -> EntryId:
        stream = self._wire.call(b"XINFO", b"STREAM", KEY)
        return EntryId.parse(stream[stream.index(b"last-generated-id") + 1]) if done(stream) else EntryId(0, 1)

    def _grow_other(self) -> None:
        for _ in range(self._random.randint(1, 40)):
            self._calls += 1
            self._wire.call(b"XADD", OTHER, b"*", b"n", b"1")

    def _rename(self) -> None:
        self._grow_other()
        self._wire.call(b"RENAME", OTHER, KEY)
        self._add(5)

    def _copy(self) -> None:
        self._wire.call(b"COPY", OTHER, KEY, b"REPLACE")
        self._add(5)

    def _lay_aside(self) -> None:
        self._wire.call(b"COPY", KEY, OTHER, b"REPLACE")
        self._add(20)

    def _restore(self) -> None:
        if dumped := self._wire.call(b"DUMP", OTHER):
            self._wire.call(b"RESTORE", KEY, 0, dumped, b"REPLACE")
        self._add(5)

    def _restart(self) -> None:
        """A crash after which the server has what it saved, not what it knew."""
        if not self._restarts or self._random.random() < 0.7:
            return self._add()
        self._wire.call(b"SAVE")
        self._add()
        self._wire.close()
        self._server.kill()
        self._server.start()
        self._wire = Wire(self._server)
        wait_until(lambda: done(self._wire.call(b"PING")), "the data set")
        self._calls, self._added = 0, 0
        self._calls_before = [0, 0]
        self._add()
        return None

    _harmless: tuple[Callable[["Resets"], None], ...] = (_add, _add, _trim, _delete_some)
    _hostile: tuple[Callable[["Resets"], None], ...] = (
        _delete, _recreate, _set_counters, _raise_last_id, _rename, _copy, _lay_aside, _restore, _restart,
    )  # fmt: skip
