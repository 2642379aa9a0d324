"""One run of an action: what it has come to so far, saved as it goes, and whether it is to stop."""

import threading
import time
from collections.abc import Container, Iterable, Iterator
from typing import Protocol, Self, TypeVar

import msgspec
from django.utils import timezone

from streams_admin.facts import NotDone, Outcome, encode
from streams_admin.models import Action


class Sliced(Protocol):
    """What can be taken in batches."""

    def __len__(self) -> int: ...
    def __getitem__(self, at: slice, /) -> Self: ...


S = TypeVar("S", bound=Sliced)

SAVE_EVERY_S = 0.5
#: Set when this process is asked to end: runs stop between two scripts, and can be gone on with.
stopping = threading.Event()


class Cancelled(Exception):
    """Somebody asked the action to stop; what it did until then stands."""


class Stopped(Exception):
    """This process ends; the action can be gone on with."""


class Superseded(Exception):
    """Somebody else goes on with the action: this run may neither write nor act any more."""


class Run:
    """Carries an action's outcome along. `again`: an earlier run of it ended we do not know exactly where."""

    def __init__(self, action: Action, *, again: bool) -> None:
        self.action, self.again = action, again
        self.outcome = msgspec.convert(action.outcome, Outcome)
        self._saved = time.monotonic()

    def checkpoint(self) -> None:
        """Between two scripts: saves how far it is, at most twice a second. Raises Cancelled, Stopped, Superseded."""
        if stopping.is_set():
            raise Stopped("The program was ended.")
        if time.monotonic() - self._saved < SAVE_EVERY_S:
            return
        self.save(heard_at=timezone.now())
        self._saved = time.monotonic()
        who = (
            Action.objects.filter(pk=self.action.pk, cancel_asked_at__isnull=False).values_list("cancelled_by").first()
        )
        if who is not None:
            raise Cancelled(f"Cancelled by {who[0]}.")

    def batches(self, items: S, size: int) -> Iterator[S]:
        """The items in batches, from where an earlier run got to; each counts as settled once the next is asked for."""
        for start in range(int(self.outcome.cursor or 0), len(items), size):
            batch = items[start : start + size]
            yield batch
            self.outcome.cursor = str(start + len(batch))
            self.checkpoint()

    def count(self, done: int, left: Iterable[NotDone], *, like_ours: Container[str] = ("gone",)) -> None:
        """Counts what became of a batch. `like_ours`: how an entry looks that an earlier run settled, or somebody else did."""
        self.outcome.done += done
        for item in left:
            if self.again and item.why == "held":
                self.outcome.done += 1  # with whom we asked for: our own earlier attempt
            elif self.again and item.why in like_ours:
                self.outcome.in_doubt += 1
            elif item.why == "gone":
                self.outcome.gone += 1
            else:
                self.outcome.leave(item)

    def save(self, **fields: object) -> None:
        """Writes the outcome into the row, and the other fields with it. Raises Superseded."""
        self.action.outcome = encode(self.outcome)
        for name, value in fields.items():
            setattr(self.action, name, value)
        mine = Action.objects.filter(pk=self.action.pk, run=self.action.run, state=Action.State.STARTED)
        # A process that slept past PATIENCE may wake up beside whoever went on: only the latest run writes.
        if not mine.update(outcome=self.action.outcome, **fields):
            raise Superseded
