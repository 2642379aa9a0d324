"""What a plan froze and what an action came to. Entry ids stand as text, names as bytes; an unknown number is None."""

from enum import StrEnum

import msgspec


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


class GroupFact(msgspec.Struct, frozen=True, kw_only=True):
    """One group as the preview saw it, and what a trim would take from it."""

    name: bytes
    pending: int
    last_delivered_id: str
    lowest_pending_id: str | None
    consumers: int
    loses_undelivered: Count = Count(0)
    loses_pending: Count = Count(0)


class ClaimFacts(msgspec.Struct, frozen=True, kw_only=True, tag="claim"):
    """Pending entries that go to another consumer."""

    run_id: str
    key: bytes
    group: bytes
    consumer: bytes
    creates_consumer: bool
    entries: tuple[PendingFact, ...]
    already_theirs: int = 0
    more: bool = False  # more entries match than one plan takes


class AcknowledgeFacts(msgspec.Struct, frozen=True, kw_only=True, tag="acknowledge"):
    """Pending entries that count as processed from then on."""

    run_id: str
    key: bytes
    group: bytes
    entries: tuple[PendingFact, ...]
    ghosts: int = 0  # pending ids below the first entry: there is no payload left to process
    more: bool = False


class TrimMode(StrEnum):
    """How a trim was asked for; whichever it was, what acts is a cut-off id."""

    SAFE = "safe"
    LENGTH = "length"
    AGE = "age"


class TrimFacts(msgspec.Struct, frozen=True, kw_only=True, tag="trim"):
    """Everything below the cut-off id goes."""

    run_id: str
    key: bytes
    mode: TrimMode
    asked: int | None  # entries to keep, or seconds; None for a safe trim
    length: int
    first_id: str
    last_generated_id: str
    entries_added: int | None  # None: the server (6.2) knows no such field
    watermark: str | None  # None: there are no groups
    pinned_by: bytes | None
    cutoff: str
    removed: Count
    groups: tuple[GroupFact, ...] = ()

    @property
    def loses(self) -> Count:
        """Entries, summed over the groups, that a group has not finished with."""
        return sum((g.loses_undelivered + g.loses_pending for g in self.groups), Count(0))


Facts = ClaimFacts | AcknowledgeFacts | TrimFacts


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
    skipped: dict[str, int] = {}
    not_done: list[NotDone] = []
    checks: list[tuple[str, str]] = []  # who checked again after no answer, and when

    @property
    def untried(self) -> int:
        """Entries that the action never came to."""
        return max(0, self.requested - self.done - self.gone - sum(self.skipped.values()))


def encode(facts: Facts | Outcome) -> dict[str, object]:
    """The facts as JSON can hold them: names in base64."""
    return msgspec.to_builtins(facts)  # type: ignore[no-any-return]


def decode(stored: object) -> Facts:
    """The facts that `encode` stored; raises msgspec.ValidationError on anything else."""
    facts: Facts = msgspec.convert(stored, Facts)
    return facts
