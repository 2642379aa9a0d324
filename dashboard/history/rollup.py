"""Rolling up: the journal becomes blocks of samples, finer blocks become coarser ones.

Each step reads what is stored and nothing else, makes blocks of it, and writes them in one transaction that begins with a
counted change that only one process can make. So it can be killed at any instant, goes on where it was, and two never do
the same twice; and nobody waits for the database while blocks are packed.
"""

import time
from collections.abc import Collection

from dashboard.history.coarsening import coarsen
from dashboard.history.shelving import shelve


def roll_up(now: float, *, for_s: float = 0.2, servers: Collection[int] | None = None) -> int:
    """Takes the steps that are due at `now`, oldest first, until none is left or `for_s` seconds passed.

    Returns how many it took. `servers` leaves out all others: with several samplers each rolls up what it holds.
    """
    began, taken = time.monotonic(), 0
    now_ms = round(now * 1000)
    while step := shelve(now_ms, servers) + coarsen(now_ms, servers):
        taken += step
        if time.monotonic() - began > for_s:
            break
    return taken
