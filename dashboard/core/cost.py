"""What watching costs a server, and how it is kept below its budget."""

import msgspec


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """The sampler's own commands on one server, averaged over about the last half minute."""

    core_share: float | None  # of one core of the server: 0.02 is 2 %; None: the server does not tell
    calls_per_s: float
    bytes_per_s: float  # read and written
    budget: float  # the share that may not be exceeded
    every_s: float  # seconds between two sweeps as it is now
    skipped: str = ""  # what is left out to stay in budget, in a sentence; "" where nothing is
