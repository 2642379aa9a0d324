"""What a remedy is: one kind of action, from the facts that its plan freezes to the words about them and the effect."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

import msgspec
import redis

from streams_admin.facts import Facts, Outcome
from streams_admin.models import PERMISSIONS, Kind

if TYPE_CHECKING:
    from streams_admin.run import Run

F = TypeVar("F", bound=Facts)
Figure = tuple[str, str]  # a number, and what it counts
#: What is larger goes on in a thread, and its page shows how far it is.
AT_ONCE = 2_000


class GroupEffect(msgspec.Struct, frozen=True, kw_only=True):
    """What the action means for one group."""

    name: str
    effect: str
    hurts: bool = False


class Remedy(ABC, Generic[F]):
    """One kind of action. Its plans' facts are of type `facts`; everything it says or does comes from them alone."""

    facts: type[F]
    done: ClassVar[str]  # the word for an entry that it has been done to
    back: ClassVar[str] = "dashboard_stream_pending"  # the admin page that plans it
    writes: ClassVar[bool] = True  # whether it changes anything on the watched server

    @property
    def kind(self) -> Kind:
        """Its kind, as its plans' facts have it."""
        return self.facts.kind

    @property
    def permission(self) -> str:
        """The right that it needs; checked in the action itself, whatever page it came from."""
        return PERMISSIONS[self.kind]

    @abstractmethod
    def title(self, facts: F) -> str:
        """What was asked, in one line; also the words on the button."""

    @abstractmethod
    def commands(self, facts: F) -> list[str]:
        """The Redis commands that the script issues once its checks have passed, as redis-cli takes them."""

    @abstractmethod
    def requested(self, facts: F) -> int:
        """How many entries it is about."""

    @abstractmethod
    def carry_out(self, client: "redis.Redis", facts: F, run: "Run") -> None:
        """Does it in short scripts, each of which looks whether the plan holds; counts in `run.outcome` as it goes.

        Calls `run.checkpoint()` after each of them. Raises Aborted, Failed, Unanswered, Cancelled.
        """

    def figures(self, facts: F) -> list[Figure]:
        """Numbers first."""
        return []

    def effects(self, facts: F) -> list[GroupEffect]:
        """What it means for each group."""
        return []

    def notes(self, facts: F) -> list[str]:
        """What else is good to know, a sentence each."""
        return []

    def risks(self, facts: F) -> list[str]:
        """What cannot be undone, a sentence each."""
        return []

    def remarks(self, outcome: Outcome) -> list[str]:
        """What else its result says, a sentence each."""
        return []

    def destroys(self, facts: F) -> bool:
        """Whether something is lost for good, so that the key must be typed."""
        return False

    def creates(self, facts: F) -> str:
        """What must be ticked because it is made by the way; empty where nothing is."""
        return ""

    def group_of(self, facts: F) -> bytes:
        """The group it is about; empty: the stream as a whole."""
        return b""

    def undo(self, client: "redis.Redis", facts: F, outcome: Outcome) -> Facts | None:
        """The plan that takes it back, read from the server now; None where there is no way. Raises PlanError."""
        return None

    def can_undo(self, facts: F) -> bool:
        """Whether it can be taken back at all."""
        return type(self).undo is not Remedy.undo

    def is_counted(self, facts: F) -> bool:
        """Whether `requested` is all of it, and not only what was counted."""
        return True

    def is_long(self, facts: F) -> bool:
        """Whether it may take more than a second."""
        return self.requested(facts) > AT_ONCE
