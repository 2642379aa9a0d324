"""One run of an action: what it has come to so far, saved as it goes, and whether it is to stop."""

import threading
import time

import msgspec
from django.utils import timezone

from streams_admin.facts import Outcome, encode
from streams_admin.models import Action

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

    def save(self, **fields: object) -> None:
        """Writes the outcome into the row, and the other fields with it. Raises Superseded."""
        self.action.outcome = encode(self.outcome)
        for name, value in fields.items():
            setattr(self.action, name, value)
        mine = Action.objects.filter(pk=self.action.pk, run=self.action.run, state=Action.State.STARTED)
        # A process that slept past PATIENCE may wake up beside whoever went on: only the latest run writes.
        if not mine.update(outcome=self.action.outcome, **fields):
            raise Superseded
