"""The notifier: what happened to alerts is routed, put into messages, and sent. Any number of them may run.

The loop owns the only connection to the database. Each message is sent by a thread that knows no database; there is room for many,
few of them for one receiver, so that one that hangs holds its own threads and nobody else's.
"""

import logging
import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import msgspec
from django.db import Error as DatabaseError
from django.db import connections, reset_queries
from django.db.models import Exists
from django.utils import timezone

from dashboard.live.alerts import tell_changed
from dashboard.models import AlertEvent, Beat, Notification, Route
from dashboard.receivers import Answer
from dashboard.services import beating, delivering, notifying, routing
from dashboard.services.acknowledging import end_lapsed
from dashboard.services.forgetting import forget_old

logger = logging.getLogger(__name__)

POLL_S = 0.2
BEAT_EVERY_S = 5.0
LOOK_AROUND_EVERY_S = 2.0
FORGET_EVERY_S = 60.0
RETRY_S = 1.0
#: How long a stop waits for what is being sent; a supervisor waits for eight seconds.
PATIENCE_S = 5.0
MOST_AT_ONCE = 64
MOST_EACH = 2


class Sent(msgspec.Struct, frozen=True):
    """A try that has ended."""

    claim: delivering.Claim | beating.Pulse
    answer: Answer
    at: datetime
    took_s: float


class Notifier:
    """Runs until `stop` is set."""

    def __init__(self, *, claim: timedelta = delivering.CLAIM) -> None:
        self.stop = threading.Event()
        self._claim = claim
        self._answers: queue.SimpleQueue[Sent] = queue.SimpleQueue()
        self._unrecorded: list[Sent] = []
        self._on_its_way: Counter[int] = Counter()  # by receiver
        self._pulses: set[int] = set()
        self._due: dict[str, float] = {}
        self._routes: object = None
        self._failing = False

    def run(self) -> None:
        """Ends some seconds after `stop` is set at the latest. Waits for a database that is away."""
        while not self.stop.is_set():
            try:
                self.look()
                self._recovered()
            except DatabaseError as error:
                self._failed(error)
            self._wait_for_answers(POLL_S)
        self._finish()

    def look(self) -> None:
        """Does all that is due now; raises DatabaseError. It may be killed at any instant."""
        self._record()
        self._every(BEAT_EVERY_S, self._say_alive)
        self._every(LOOK_AROUND_EVERY_S, self._look_around)
        events, groups, unsent = self._waiting()
        while events and not self.stop.is_set():
            events = routing.route_events(now=timezone.now()) == routing.BATCH
            groups = True
        if groups:
            unsent = bool(notifying.notify_groups(now=timezone.now())) or unsent
        if unsent:
            self._send()
        self._every(FORGET_EVERY_S, self._forget)
        reset_queries()  # with DEBUG on, Django keeps every statement until a request ends

    def _waiting(self) -> tuple[bool, bool, bool]:
        """Whether events, groups and notifications wait: one question, asked several times a second."""
        now = timezone.now()
        found = Beat.objects.filter(name=Beat.NOTIFIER).values_list(
            Exists(AlertEvent.objects.unrouted().order_by()),
            Exists(notifying.due_groups(now).order_by()),
            Exists(Notification.objects.due(now).order_by().filter(receiver__enabled=True)),
        )
        return found.first() or (False, False, False)

    def _send(self) -> None:
        room = MOST_AT_ONCE - sum(self._on_its_way.values())
        while room > 0 and not self.stop.is_set():
            busy = [receiver for receiver, count in self._on_its_way.items() if count >= MOST_EACH]
            claims = delivering.claim_due(
                now=timezone.now(), most=room, busy=busy, most_each=MOST_EACH, claim=self._claim
            )
            for claim in claims:
                self._on_its_way[claim.receiver] += 1
                self._start(claim, partial(delivering.send, claim))
            room -= len(claims)
            if not claims:
                break

    def _start(self, claim: delivering.Claim | beating.Pulse, send: Callable[[], Answer]) -> None:
        def work() -> None:
            began = time.monotonic()
            answer = send()
            self._answers.put(Sent(claim, answer, timezone.now(), time.monotonic() - began))

        # A daemon: one that hangs beyond a stop does not keep the process. Its claim ends by itself.
        threading.Thread(target=work, name="sender", daemon=True).start()

    def _wait_for_answers(self, seconds: float) -> None:
        """Waits, and ends early when something was sent."""
        deadline = time.monotonic() + (RETRY_S if self._failing else seconds)
        while not self.stop.is_set() and (left := deadline - time.monotonic()) > 0:
            try:
                self._unrecorded.append(self._answers.get(timeout=min(left, POLL_S)))
            except queue.Empty:
                continue
            if not self._failing:
                return

    def _record(self) -> None:
        while not self._answers.empty():
            self._unrecorded.append(self._answers.get())
        while self._unrecorded:
            self._record_one(self._unrecorded[0])
            self._unrecorded.pop(0)  # what could not be recorded is tried again before anything else

    def _record_one(self, sent: Sent) -> None:
        if isinstance(sent.claim, beating.Pulse):
            beating.record_pulse(sent.claim, sent.answer, now=sent.at)
            self._pulses.discard(sent.claim.receiver)
            return
        delivering.record(sent.claim, sent.answer, now=sent.at, took_s=sent.took_s, chance=random.random())
        self._on_its_way[sent.claim.receiver] -= 1

    def _say_alive(self) -> None:
        beating.say_alive(timezone.now())

    def _look_around(self) -> None:
        now = timezone.now()
        tell_changed(end_lapsed(now), AlertEvent.Kind.UNACKNOWLEDGED, now=now)
        known = list(
            Route.objects.order_by("pk", "receivers").values_list(
                "pk", "receivers", "receivers__enabled", "receivers__kind", *_ASKED
            )
        )
        if known != self._routes:
            # Also at the start: somebody may have changed them while no notifier ran.
            routing.route_open(now=timezone.now())
            self._routes = known
        for pulse in beating.due_pulses(now=timezone.now()):
            if pulse.receiver not in self._pulses:
                self._pulses.add(pulse.receiver)
                self._start(pulse, partial(beating.send_pulse, pulse))

    def _forget(self) -> None:
        forget_old(now=timezone.now())

    def _every(self, seconds: float, work: Callable[[], None]) -> None:
        if time.monotonic() >= self._due.get(work.__name__, 0.0):
            work()
            self._due[work.__name__] = time.monotonic() + seconds

    def _failed(self, error: DatabaseError) -> None:
        if not self._failing:
            logger.warning("Notifications wait for the database: %s", error)
        self._failing = True
        connections.close_all()

    def _recovered(self) -> None:
        if self._failing:
            logger.warning("Notifications are sent again.")
        self._failing = False

    def _finish(self) -> None:
        """Records what is still being sent, as far as it ends soon."""
        deadline = time.monotonic() + PATIENCE_S
        while sum(self._on_its_way.values()) and (left := deadline - time.monotonic()) > 0:
            try:
                self._unrecorded.append(self._answers.get(timeout=left))
                self._record()
            except queue.Empty:
                break
            except DatabaseError as error:
                logger.warning("What was sent last could not be recorded, and is sent again: %s", error)
                break


_ASKED = ("matchers", "group_by", "position", "goes_on", "enabled")
