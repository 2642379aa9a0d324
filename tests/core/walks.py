"""Random walks: one stream and its groups as a server would tell them, step by step, for tests of what is derived."""

from typing import Any

from hypothesis import strategies as st

from dashboard.core.entry_id import ZERO, EntryId
from dashboard.core.sample import GroupSample, StreamSample
from tests.core.samples import NOON_MS

GROUPS = (b"billing", b"audit")
#: What may happen between two samples, the ordinary more often.
actions = st.sampled_from(
    [
        *["add"] * 4,
        *["read"] * 4,
        *["acknowledge"] * 2,
        "read one",
        "delete",
        "trim",
        "rewind",
        "skip",
        "hide lag",
        "lie",
    ]
)
#: For each step: an action and the group or entry it is about.
steps = st.lists(st.lists(st.tuples(actions, st.integers(0, 9)), max_size=4), min_size=2, max_size=12)


class _Group:
    def __init__(self) -> None:
        self.delivered = ZERO
        self.read = 0
        self.pending: set[EntryId] = set()
        self.lag_hidden = False
        self.lie = 0


class Walk:
    """A stream that is told what happens to it."""

    def __init__(self) -> None:
        self.entries: list[EntryId] = [EntryId(NOON_MS + number, 0) for number in range(1, 6)]
        self.generated, self.added, self.deleted = self.entries[-1], 5, ZERO
        self.groups = {name: _Group() for name in GROUPS}

    def act(self, action: str, number: int) -> None:
        """Lets one thing happen; where it is not possible, nothing."""
        group = self.groups[GROUPS[number % 2]]
        if action == "add":
            self._add(1 + number)
        elif action in ("read", "read one"):
            self._read(group, 1 if action == "read one" else len(self.entries))
        elif action == "acknowledge":
            group.pending = set(sorted(group.pending)[1 + number :])
        elif action == "delete" and self.entries:
            self.deleted = max(self.deleted, self.entries.pop(number % len(self.entries)))
        elif action == "trim":
            self.entries = self.entries[number:]
        else:
            self._by_hand(group, action, number)

    def _add(self, count: int) -> None:
        for _ in range(count):
            self.generated = EntryId(self.generated.ms + 400, 0)
            self.entries.append(self.generated)
        self.added += count

    def _read(self, group: _Group, most: int) -> None:
        given = [entry for entry in self.entries if entry > group.delivered][:most]
        group.pending.update(given)
        group.read += len(given)
        group.delivered = given[-1] if given else group.delivered

    def _by_hand(self, group: _Group, action: str, number: int) -> None:
        if action == "rewind":
            group.delivered = ZERO
        elif action == "skip":
            group.delivered = EntryId(self.generated.ms + number - 1, 0)
        elif action == "hide lag":
            group.lag_hidden = not group.lag_hidden
        elif action == "lie":
            group.lie = number - 4

    def sample(self) -> StreamSample:
        """The stream as it is now."""
        groups = tuple(self._group(name, group) for name, group in self.groups.items())
        first, last = (self.entries[0], self.entries[-1]) if self.entries else (None, None)
        return StreamSample(
            b"orders", len(self.entries), first, last, self.generated, self.deleted, self.added, groups=groups
        )

    def _group(self, name: bytes, group: _Group) -> GroupSample:
        waiting = sum(entry > group.delivered for entry in self.entries)
        lag = None if group.lag_hidden else waiting + group.lie
        return GroupSample(name, 1, len(group.pending), group.delivered, group.read, lag)


def state(thing: Any) -> Any:
    """All that a track remembers, as what can be compared."""
    if hasattr(thing, "__slots__") and not hasattr(thing, "__struct_fields__"):
        return {name: state(getattr(thing, name)) for name in thing.__slots__}
    return thing
