"""Flow: what one socket has been sent, has handled, and still has to get. It is told the time and sends nothing itself.

A browser that is slow, asleep or hostile costs us two unhandled frames, the latest sample of each server and a bounded
number of other events, whatever the web server would buffer.
"""

from collections import deque

from dashboard.live.serving.slices import Frame

#: So many frames may be on their way without having been acknowledged. Browsers acknowledge every second one: not fewer.
WINDOW = 2
#: So many events other than samples may wait; none of them is ever left out.
EVENTS_HELD = 200
#: Where the latest listing waits among the samples of servers: no server has this id.
LISTING = 0
#: A browser that has frames and acknowledges none for so long is gone.
PATIENCE_S = 15.0


class OverrunError(Exception):
    """More events wait than may be held."""


class Flow:
    """The frames of one socket. Of samples the latest wins; other events keep their order and are never left out."""

    def __init__(self) -> None:
        self.sent = 0
        self.seen = 0
        self.left_out = 0  # samples that a later one of their server has replaced
        self._samples: dict[int, Frame] = {}
        self._events: deque[Frame] = deque()
        self._waiting_since = 0.0

    def hold_sample(self, server: int, frame: Frame) -> None:
        """Keeps the frame in place of an earlier one of the same server, which keeps its turn."""
        self.left_out += server in self._samples
        self._samples[server] = frame

    def hold_event(self, frame: Frame) -> None:
        """Keeps the frame behind the events before it; raises OverrunError where too many wait."""
        if len(self._events) >= EVENTS_HELD:
            raise OverrunError
        self._events.append(frame)

    def drop_sample(self, server: int) -> None:
        """Forgets what waits of a server: something later is known of it, or it is no longer watched."""
        self.left_out += self._samples.pop(server, None) is not None

    def drop_samples(self) -> None:
        """Forgets every sample that waits, and no listing."""
        self._samples = {key: frame for key, frame in self._samples.items() if key == LISTING}

    def next_text(self, now: float) -> str | None:
        """The next frame to send, numbered; None while the window is full or nothing waits."""
        if self.sent - self.seen >= WINDOW or not (self._events or self._samples):
            return None
        if self.sent == self.seen:
            self._waiting_since = now
        frame = self._events.popleft() if self._events else self._samples.pop(next(iter(self._samples)))
        self.sent += 1
        return frame.numbered(self.sent)

    def acknowledge(self, seq: int, now: float) -> bool:
        """Opens the window up to `seq`; False where that was known already. Raises ValueError on a frame never sent."""
        if not 0 < seq <= self.sent:
            raise ValueError(f"A frame with this seq was never sent; the newest is {self.sent}")
        if seq <= self.seen:
            return False
        self.seen, self._waiting_since = seq, now
        return True

    def is_overdue(self, now: float) -> bool:
        """True where the browser has had frames for PATIENCE_S and acknowledged none."""
        return self.sent > self.seen and now - self._waiting_since > PATIENCE_S


class Allowance:
    """A bucket of `burst` requests that fills at `per_s`; told the time."""

    def __init__(self, now: float, *, burst: float = 20, per_s: float = 10) -> None:
        self._burst, self._per_s = burst, per_s
        self._left, self._at = burst, now

    def take(self, now: float) -> bool:
        """False where nothing is left."""
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
