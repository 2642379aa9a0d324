"""The ledger: what truly happened to a stream between two samples, written down as it happens."""

from collections import Counter

from tests.proofs.truth import Truth, after


class Ledger:
    """Counts by group. `open` begins a new interval; `lost` alone goes on for ever."""

    def __init__(self) -> None:
        self.lost: Counter[bytes] = Counter()  # entries removed before their delivery
        self.counters_set = False  # by XSETID: the server's own counts may be any number
        self.ever_replaced = False
        self.open()

    def open(self) -> None:
        """Begins an interval."""
        self.added = self.removed = 0
        self.delivered: Counter[bytes] = Counter()
        self.acknowledged: Counter[bytes] = Counter()  # also NOACK reads, and pending entries thrown away
        self.by_hand: set[bytes] = set()  # groups that were made, destroyed or moved: nobody was given anything
        self.replaced = False  # another stream under the same name, or its counters set

    def note_removed(self, before: Truth, now: Truth) -> None:
        """Entries that a trim or a delete took away."""
        kept = set(now.ids)
        self.removed += len(before.ids) - len(kept)
        for name, group in before.groups.items():
            self.lost[name] += sum(entry_id not in kept for entry_id in after(before.ids, group.delivered))

    def note_read(self, group: bytes, count: int, noack: bool) -> None:
        """Entries that a reader was given. What was pending already is not acknowledged by being given again."""
        self.delivered[group] += count
        if noack:
            self.acknowledged[group] += count

    def note_settled(self, group: bytes, before: Truth, now: Truth) -> None:
        """Pending entries that were acknowledged, or thrown away."""
        self.acknowledged[group] += len(before.groups[group].pending) - len(now.groups[group].pending)

    def note_replaced(self, before: Truth, now: Truth) -> None:
        """The key is another stream now, or none, or its counters were set."""
        self.replaced = self.ever_replaced = True
        self.by_hand |= before.groups.keys() | now.groups.keys()
