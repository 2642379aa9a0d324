"""What plans freeze and what actions come to. Entry ids stand as text, names as bytes; an unknown number is None."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any, ClassVar, overload

import msgspec

from streams_admin.models import Kind


class Count(msgspec.Struct, frozen=True, array_like=True):
    """A number of entries; a lower bound where it is not exact."""

    value: int
    exact: bool = True

    def __add__(self, other: "Count") -> "Count":
        return Count(self.value + other.value, self.exact and other.exact)


class PendingFact(msgspec.Struct, frozen=True, array_like=True):
    """One pending entry as the preview saw it."""

    id: str
    owner: bytes
    deliveries: int
    idle_ms: int


class PendingRun(msgspec.Struct, frozen=True, array_like=True):
    """Neighbours among pending entries that one read delivered: they are alike in all but their ids. Up to the index `until`."""

    until: int
    owner: bytes
    deliveries: int
    idle_ms: int


_until = attrgetter("until")


class PendingColumns(msgspec.Struct, frozen=True):
    """Pending entries in their order, kept by columns, for there may be 100,000 of them; one by one they are PendingFact."""

    ids: tuple[str, ...] = ()
    runs: tuple[PendingRun, ...] = ()

    @classmethod
    def of(cls, facts: Iterable[PendingFact]) -> "PendingColumns":
        """These entries."""
        ids: list[str] = []
        runs: list[PendingRun] = []
        alike = None
        for fact in facts:
            its = (fact.owner, fact.deliveries, fact.idle_ms)
            if alike is not None and its != alike:
                runs.append(PendingRun(len(ids), *alike))
            alike = its
            ids.append(fact.id)
        if alike is not None:
            runs.append(PendingRun(len(ids), *alike))
        return cls(tuple(ids), tuple(runs))

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[PendingFact]:
        start = 0
        for run in self.runs:
            for entry_id in self.ids[start : run.until]:
                yield PendingFact(entry_id, run.owner, run.deliveries, run.idle_ms)
            start = run.until

    @overload
    def __getitem__(self, at: int) -> PendingFact: ...
    @overload
    def __getitem__(self, at: slice) -> "PendingColumns": ...
    def __getitem__(self, at: int | slice) -> "PendingFact | PendingColumns":
        if isinstance(at, int):
            index = range(len(self.ids))[at]
            run = self.runs[bisect_right(self.runs, index, key=_until)]
            return PendingFact(self.ids[index], run.owner, run.deliveries, run.idle_ms)
        start, stop, step = at.indices(len(self.ids))
        if step != 1:
            return PendingColumns.of(self[index] for index in range(start, stop, step))
        ids = self.ids[start:stop]
        if not ids:
            return PendingColumns()
        first, last = bisect_right(self.runs, start, key=_until), bisect_right(self.runs, stop - 1, key=_until)
        runs = (
            PendingRun(min(run.until, stop) - start, run.owner, run.deliveries, run.idle_ms)
            for run in self.runs[first : last + 1]
        )
        return PendingColumns(ids, tuple(runs))


class GroupFact(msgspec.Struct, frozen=True, kw_only=True):
    """One group as the preview saw it, and what a trim would take from it."""

    name: bytes
    pending: int
    last_delivered_id: str
    lowest_pending_id: str | None
    consumers: int
    loses_undelivered: Count = Count(0)
    loses_pending: Count = Count(0)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What every plan freezes; each remedy adds its own, and says its kind."""

    kind: ClassVar[Kind]

    run_id: str
    key: bytes

    @property
    def ends(self) -> tuple[str, str] | None:
        """The first and the last id of the entries that it is about; None where there are none to look at."""
        return None


class NotDone(msgspec.Struct, frozen=True, array_like=True):
    """One entry that was left as it was, and why; `detail` is fit to be shown."""

    id: str
    why: str
    detail: str = ""


class Outcome(msgspec.Struct, kw_only=True):
    """What an action came to, in entries."""

    requested: int
    done: int = 0
    gone: int = 0  # were acknowledged or removed before we came
    in_doubt: int = 0  # gone when we came again: by us, just before we ended, or by somebody else
    skipped: dict[str, int] = {}
    not_done: list[NotDone] = []
    checks: list[tuple[str, str]] = []  # who checked again or went on, and when
    cursor: str = ""  # how far it got, in the remedy's own words: what stands before it is settled
    times: list[tuple[int, int]] = []  # up to which entry it was settled at which ms of the server's clock
    made: dict[str, str] = {}  # what was made, by name: an id, a key

    @property
    def untried(self) -> int:
        """Entries that the action never came to."""
        return max(0, self.requested - self.done - self.gone - self.in_doubt - sum(self.skipped.values()))

    def leave(self, item: NotDone) -> None:
        """Counts one entry that was left as it was."""
        self.skipped[item.why] = self.skipped.get(item.why, 0) + 1
        self.not_done.append(item)


def encode(facts: Facts | Outcome | PendingColumns) -> dict[str, Any]:
    """The facts as JSON can hold them: names in base64."""
    return msgspec.to_builtins(facts)  # type: ignore[no-any-return]
