"""Hypothesis' state machine: everything that can be done to a stream, in any order, and every number checked after each step."""

from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dashboard.core.entry_id import LARGEST, EntryId
from tests.proofs.checks import Tally, check_slow_reads
from tests.proofs.hand import CONSUMERS, GROUPS, Hand
from tests.proofs.happenings import Happenings
from tests.proofs.truth import KEY
from tests.proofs.watching import Seen, Watching
from tests.proofs.wire import Wire
from tests.proofs.witness import Witness

groups = st.sampled_from(GROUPS)
consumers = st.sampled_from(CONSUMERS)
few = st.integers(1, 6)
places = st.integers(0, 60)
#: How explicit ids go on from the last one: in sequence, in time, or over a gap.
steps = st.sampled_from([(0, 1), (0, 7), (1, 0), (300, 0), (5000, 2)])
#: Seconds in which nothing happens, with a sample after each: across the window of states, half a minute, minutes, days.
WAITS = ((0.3,), (5.0,), (40.0,), (70.0,), (70.0, 400.0), (20.0, 20.0, 20.0), (200_000.0,), (70.0, 400.0, 200_000.0))


class StreamMachine(RuleBasedStateMachine):
    """Drives one stream on `wire`'s server and samples it through `watching`, both shared by all examples."""

    wire: ClassVar[Wire]
    watching: ClassVar[Watching]
    tally: ClassVar[Tally]

    def __init__(self) -> None:
        super().__init__()
        self.hand = Hand(self.wire)
        self.watching.begin()
        self.witness, self.witness_of_unmeasured = Witness(self.wire.kind), Witness(self.wire.kind)
        self.happenings = Happenings(self.wire.kind)
        self.unwatched = 0
        self.measuring = True

    @initialize(start=st.sampled_from([None, (0, 0), (1, 0), "minute ago", (LARGEST, LARGEST - 300), (LARGEST - 2, 5)]))
    def begin(self, start: tuple[int, int] | str | None) -> None:
        """Where the ids begin: the clock, small numbers, a minute ago, the end of 64 bits."""
        if start == "minute ago":
            start = (int(self.wire.call(b"TIME")[0]) * 1000 - 60_000, 0)
        if start is not None:
            assert not isinstance(start, str)
            self.hand.add(1, lambda last: EntryId(start[0], start[1] + 1))
        for group in GROUPS:
            self.hand.make_group(group, 0)
        self.hand.ledger.open()

    @rule(count=few)
    def add(self, count: int) -> None:
        self.hand.add(count)

    @rule(count=few, step=steps)
    def add_with_ids(self, count: int, step: tuple[int, int]) -> None:
        ms, seq = step
        self.hand.add(
            count, lambda last: EntryId(min(LARGEST, last.ms + ms), min(LARGEST, (0 if ms else last.seq) + seq))
        )

    @rule(place=places, count=few)
    def delete(self, place: int, count: int) -> None:
        self.hand.delete(place, count)

    @rule(keep=places, way=st.sampled_from([b"MAXLEN =", b"MAXLEN ~", b"MINID =", b"MINID ~"]))
    def trim(self, keep: int, way: bytes) -> None:
        self.hand.trim(keep, way)

    @rule(group=groups, consumer=consumers, count=few, noack=st.booleans())
    def read(self, group: bytes, consumer: bytes, count: int, noack: bool) -> None:
        self.hand.read(group, consumer, count, noack)

    @rule(group=groups, consumer=consumers)
    def read_again(self, group: bytes, consumer: bytes) -> None:
        self.hand.read_again(group, consumer)

    @rule(group=groups, count=few)
    def acknowledge(self, group: bytes, count: int) -> None:
        self.hand.acknowledge(group, count)

    @rule(group=groups, consumer=consumers, count=few, justid=st.booleans())
    def claim(self, group: bytes, consumer: bytes, count: int, justid: bool) -> None:
        self.hand.claim(group, consumer, count, justid)

    @rule(group=groups, consumer=consumers, count=few)
    def claim_all(self, group: bytes, consumer: bytes, count: int) -> None:
        self.hand.claim_all(group, consumer, count)

    @rule(group=groups, consumer=consumers, gone=st.booleans())
    def change_consumers(self, group: bytes, consumer: bytes, gone: bool) -> None:
        (self.hand.remove_consumer if gone else self.hand.make_consumer)(group, consumer)

    @rule(group=groups, place=places, counted=st.booleans())
    def set_group(self, group: bytes, place: int, counted: bool) -> None:
        self.hand.set_group(group, place, counted)

    @rule(group=groups, count=few)
    def set_group_ahead(self, group: bytes, count: int) -> None:
        self.hand.set_group_ahead(group, count)

    @rule(group=groups, place=places)
    def make_group(self, group: bytes, place: int) -> None:
        self.hand.make_group(group, place)

    @rule(group=groups, place=places, anew=st.booleans())
    def destroy_group(self, group: bytes, place: int, anew: bool) -> None:
        self.hand.destroy_group(group)
        if anew:
            self.hand.make_group(group, place)

    @rule(count=st.integers(0, 4))
    def remove_and_recreate(self, count: int) -> None:
        self.hand.remove_key()
        self.hand.add(count)
        for group in GROUPS[: count % 3]:
            self.hand.make_group(group, count)

    @rule(count=few)
    def raise_last_id(self, count: int) -> None:
        self.hand.raise_last_id(count)

    @rule(more=st.integers(0, 30))
    def set_counters(self, more: int) -> None:
        self.hand.set_counters(more)

    @rule()
    def lay_aside(self) -> None:
        self.hand.lay_aside()

    @rule(way=st.sampled_from([b"RENAME", b"COPY", b"RESTORE"]))
    def swap(self, way: bytes) -> None:
        self.hand.swap(way)

    @rule(spans=st.sampled_from(WAITS))
    def wait(self, spans: tuple[float, ...]) -> None:
        *looked_after, last = spans
        for seconds in looked_after:
            self.watching.clock.jump(seconds)
            self.every_number_holds()
        self.watching.clock.jump(last)

    @rule(count=st.integers(1, 4))
    def look_away(self, count: int) -> None:
        self.unwatched = count

    @rule(measuring=st.booleans())
    def measure(self, measuring: bool) -> None:
        self.measuring = measuring

    @invariant()
    def every_number_holds(self) -> None:
        """Takes a sample, unless nobody looks, and compares it with the truth; then perhaps another, measured one."""
        if self.unwatched:
            self.unwatched -= 1
            return
        self.compare(self.watching.look())
        if self.measuring:
            seen = self.watching.look(measure=True)
            self.compare(seen)
            check_slow_reads(seen, self.hand.now)
            self.tally.note(seen)

    def compare(self, seen: Seen) -> None:
        """Every number of a sample against the truth; another interval begins."""
        self.happenings.check(seen, self.hand.ledger)
        self.witness.hear(seen, self.hand.now, self.hand.ledger)
        self.witness_of_unmeasured.hear(seen.by_the_unmeasuring(), self.hand.now, self.hand.ledger)
        self.hand.ledger.open()

    def teardown(self) -> None:
        """Leaves nothing behind."""
        self.wire.call(b"DEL", KEY)


def machine_on(wire: Wire, watching: Watching) -> type[StreamMachine]:
    """A machine of one server, with a tally of its own."""
    return type("StreamMachine", (StreamMachine,), {"wire": wire, "watching": watching, "tally": Tally()})
