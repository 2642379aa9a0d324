"""Actions that take longer than a request should: carried out in a thread of this process, which ends with it in good order."""

import atexit
import threading

from django.db import connections

from streams_admin.actions import carry_out
from streams_admin.models import Action
from streams_admin.remedies import facts_of, remedy_of
from streams_admin.run import stopping

#: So long the page waits: what ends within is shown as a result at once.
SHOWN_AT_ONCE_S = 1.0
#: Between two scripts an action can stop; no script and no answer takes longer.
_FAREWELL_S = 6.0
_running: set[threading.Thread] = set()


def carry_out_soon(action: Action, *, again: bool) -> None:
    """Carries a started action out: at once where it is small, otherwise in a thread, after a second's wait for its end."""
    if not remedy_of(action.kind).is_long(facts_of(action)):
        carry_out(action, again=again)
        return
    thread = threading.Thread(target=_in_thread, args=(action,), kwargs={"again": again}, name=f"action {action.pk}")
    # Python would wait for the thread before it lets anybody tell it to stop.
    thread.daemon = True
    _running.add(thread)
    thread.start()
    thread.join(SHOWN_AT_ONCE_S)


def _in_thread(action: Action, *, again: bool) -> None:
    try:
        carry_out(action, again=again)
    finally:
        connections.close_all()  # this thread's own
        _running.discard(threading.current_thread())


@atexit.register
def _stop() -> None:
    stopping.set()
    for thread in list(_running):
        thread.join(_FAREWELL_S)
