"""Trims, a step at a time, each in a script that looks whether the stream is still the one of the plan."""

from typing import TYPE_CHECKING

import redis

from streams_admin.redis_io.scripts import load, run

if TYPE_CHECKING:
    from streams_admin.remedies.trim_plan import TrimFacts

_TRIM = load("trim")

STEP = 10_000  # entries, in one step
CLEARED = 1_000  # pending ids, in one step


def trim_step(client: "redis.Redis", facts: "TrimFacts", *, limit: int) -> tuple[int, int]:
    """Removes up to about `limit` entries below the cut-off (0: all that are left); how many went, and how many pending ids with them.

    Raises Aborted, Failed, Unanswered.
    """
    added = -1 if facts.entries_added is None else facts.entries_added
    reply = run(
        client,
        _TRIM,
        facts.key,
        facts.run_id,
        facts.first_id,
        facts.last_generated_id,
        added,
        facts.watermark or "",
        facts.cutoff,
        limit,
        CLEARED if facts.clears else 0,
        *[group.name for group in facts.groups],
    )
    removed, cleared = reply
    return int(removed), int(cleared)
