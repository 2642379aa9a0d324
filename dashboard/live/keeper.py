"""The keeper: all that history needs besides being written. It is rolled up, expires, and is rid of what nobody has any more.

It works beside a sampler in a process of its own with a low priority: to pack and unpack what 10,000 moving streams leave
behind takes a quarter of a processor, for which ticks would have to wait in the sampler's own process (`bench.rolling`).
"""

import time
from collections.abc import Callable

from django.db import reset_queries
from django.utils import timezone

from dashboard.history.coarsening import refit
from dashboard.history.expiry import expire
from dashboard.history.rollup import roll_up
from dashboard.live.past import forget_deleted
from dashboard.models import Server
from dashboard.services.marking import expire_marks

LOOK_EVERY_S = 0.5
EXPIRE_EVERY_S = 5.0
CLEAN_EVERY_S = 60.0
EXPIRE_MARKS_EVERY_S = 600.0


class Keeper:
    """Keeps the history of the servers that `sampler` holds, by the word of the registry, and expires everybody's."""

    def __init__(self, sampler: str) -> None:
        self._sampler = sampler
        self._began = False
        # Other keepers do for their servers at once what this one would clean up.
        self._due = {self._clean.__name__: time.monotonic() + CLEAN_EVERY_S}

    def look(self) -> None:
        """Does what is due; raises DatabaseError. It may be killed at any instant."""
        if not self._began:
            refit()
            self._began = True
        self._every(LOOK_EVERY_S, self._roll_up)
        self._every(EXPIRE_EVERY_S, self._expire)
        self._every(CLEAN_EVERY_S, self._clean)
        self._every(EXPIRE_MARKS_EVERY_S, self._expire_marks)
        reset_queries()  # with DEBUG on, Django keeps every statement until a request ends

    def _every(self, seconds: float, work: Callable[[], None]) -> None:
        if time.monotonic() >= self._due.get(work.__name__, 0.0):
            work()
            self._due[work.__name__] = time.monotonic() + seconds

    def _roll_up(self) -> None:
        servers = set(Server.objects.filter(sampler=self._sampler).values_list("pk", flat=True))
        roll_up(time.time(), servers=servers)

    def _expire(self) -> None:
        expire(time.time())

    def _clean(self) -> None:
        forget_deleted()
        # What is left of servers that nobody samples any more; several keepers may do so at once.
        roll_up(time.time())

    def _expire_marks(self) -> None:
        expire_marks(timezone.now())
