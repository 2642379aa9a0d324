"""The governor: at which pace a server may be read, so that watching it stays within its budget.

First quiet streams are read less often, and what is read on slow cadences; then the interval is stretched. It follows a
rise within a few ticks and comes back one step at a time, and below the budget nothing is left out.
"""

import msgspec

#: A stream to which nothing happened for so long is quiet.
QUIET_AFTER_S = 60.0
#: So often at least a quiet stream is read, in sweeps.
MOST_QUIET = 16
#: So often at most what is read on slow cadences is slowed down.
MOST_SLOW = 16
#: The interval is not stretched beyond this.
LONGEST_INTERVAL_S = 60.0
#: A pace is chosen so that it leaves some room: what streams do changes.
ROOM = 0.9
#: Sweeps over the budget before anything is left out: one may be a whim.
PATIENCE = 2
#: A gentler pace must have been enough for so long, and for so many sweeps, before it is kept to again.
RELAX_AFTER_S = 30.0
RELAX_AFTER = 5


class Pace(msgspec.Struct, frozen=True):
    """How much is left out."""

    quiet_every: int = 1  # quiet streams are read in every so manieth sweep
    stretch: int = 1  # the interval is so many times as long
    slow: int = 1  # slow cadences are so many times as slow


class Load(msgspec.Struct, frozen=True):
    """What reading a server asks of it, whatever the pace."""

    active: int  # streams to which something happened lately
    quiet: int  # the others
    stream_s: float  # seconds of the server for each stream that is read in a sweep
    slow_share: float  # the share of one core that slow cadences take at full pace

    def share(self, pace: Pace, interval_s: float) -> float:
        """The share of one core of the server that reading takes at this pace."""
        read = self.active + self.quiet / pace.quiet_every
        return read * self.stream_s / (interval_s * pace.stretch) + self.slow_share / pace.slow


def _ladder(interval_s: float) -> tuple[Pace, ...]:
    """All paces, each gentler than the one before."""
    paces, quiet, stretch = [Pace()], 2, 2
    while quiet <= MOST_QUIET:
        paces.append(Pace(quiet, 1, min(quiet, MOST_SLOW)))
        quiet *= 2
    while interval_s * stretch <= LONGEST_INTERVAL_S:
        paces.append(Pace(MOST_QUIET, stretch, MOST_SLOW))
        stretch *= 2
    return tuple(paces)


class Governor:
    """Chooses the pace of one server, sweep by sweep. Times are seconds of any one steady clock."""

    def __init__(self, budget: float, interval_s: float) -> None:
        self._budget, self._interval_s = budget, interval_s
        self._paces = _ladder(interval_s)
        self._step = 0
        self._over = 0  # sweeps in a row
        self._under = 0
        self._under_since = 0.0

    @property
    def pace(self) -> Pace:
        """The pace as it is now."""
        return self._paces[self._step]

    @property
    def interval_s(self) -> float:
        """Seconds from one sweep to the next."""
        return self._interval_s * self.pace.stretch

    @property
    def overdrawn(self) -> bool:
        """Whether the budget is exceeded although there is nothing more to leave out."""
        return self._over >= PATIENCE and self._step == len(self._paces) - 1

    def follow(self, load: Load, now: float) -> Pace:
        """The pace from now on, after a sweep that found this load."""
        over = self._share(load, self._step) > self._budget
        self._over = self._over + 1 if over else 0
        if over:
            self._under = 0
            if self._over >= PATIENCE:
                self._step = self._bearable(load)
        elif self._step:
            self._relax(load, now)
        return self.pace

    def _share(self, load: Load, step: int) -> float:
        return load.share(self._paces[step], self._interval_s)

    def _bearable(self, load: Load) -> int:
        """The first step down the ladder that leaves room in the budget; the last one where none does."""
        last = len(self._paces) - 1
        enough = (step for step in range(self._step, last) if self._share(load, step) <= self._budget * ROOM)
        return next(enough, last)

    def _relax(self, load: Load, now: float) -> None:
        if self._share(load, self._step - 1) > self._budget * ROOM:
            self._under = 0
            return
        if not self._under:
            self._under_since = now
        self._under += 1
        if self._under > RELAX_AFTER and now - self._under_since >= RELAX_AFTER_S:
            self._step, self._under = self._step - 1, 0


def words(governor: Governor, *, quiet: int, thin: int = 0) -> str:
    """What is left out, in sentences; "" where nothing is.

    `quiet`: how many streams are read less often where the pace says so; `thin`: of how many large entries are left out.
    """
    large = f"The large entries of {_count(thin, 'stream')} are not read along at every sweep." if thin else ""
    return " ".join(filter(None, [_paced(governor, quiet), large]))


def _paced(governor: Governor, quiet: int) -> str:
    pace = governor.pace
    left_out = []
    if quiet and pace.quiet_every > 1:
        left_out.append(
            f"{_count(quiet, 'quiet stream')} {'is' if quiet == 1 else 'are'} read every {pace.quiet_every} sweeps"
        )
    if pace.stretch > 1:
        left_out.append(f"all are read every {governor.interval_s:g} s")
    if pace.slow > 1 and not left_out:
        left_out.append(f"memory and other details are read {pace.slow} times less often")
    if not left_out:
        return ""
    sentence = f"To stay in budget, {' and '.join(left_out)}."
    return sentence + (" It is exceeded all the same." if governor.overdrawn else "")


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}".replace(",", "\u202f")
