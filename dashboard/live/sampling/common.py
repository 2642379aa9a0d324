"""What all watchers of a sampler have in common."""

import asyncio
from dataclasses import dataclass

from dashboard.history.recorder import Recorder
from dashboard.live.sampling.leases import Leases
from dashboard.live.sampling.outbox import Outbox


@dataclass(frozen=True)
class Common:
    """Where samples go, and what says whether they may."""

    outbox: Outbox
    recorder: Recorder
    leases: Leases
    wake: asyncio.Event  # set whenever there is something to settle
