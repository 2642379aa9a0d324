"""Going round all groups of a server, a slice a tick."""

from collections.abc import Iterator

from dashboard.core.sample import GroupSample, StreamSample, Sweep

LOOKS = 2000  # groups a tick: a millisecond, where most of them need nothing


class Turns:
    """Remembers where it is. A stream is left only when all its groups were taken, so whoever stops early goes on with it."""

    def __init__(self) -> None:
        self._at = 0

    def groups(self, swept: Sweep) -> Iterator[tuple[StreamSample, GroupSample]]:
        """The next groups, each at most once."""
        streams = list(swept.streams.values())
        looks, start = LOOKS, self._at
        for offset in range(len(streams)):
            self._at = (start + offset) % len(streams)
            stream = streams[self._at]
            for group in stream.groups:
                yield stream, group
            looks -= 1 + len(stream.groups)
            if looks <= 0:
                break
        self._at += 1


class Refusal:
    """A command that was denied is tried again after ten minutes: each try is a line of the server's ACL LOG."""

    EVERY_S = 600.0

    def __init__(self) -> None:
        self._until = float("-inf")

    def holds(self, now: float) -> bool:
        """True while it is too early to ask again."""
        return now < self._until

    def note(self, now: float) -> None:
        """It was denied just now."""
        self._until = now + self.EVERY_S
