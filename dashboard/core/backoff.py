"""Backoff: when a notification that did not arrive is tried again, and when it is given up."""

from datetime import datetime, timedelta

PAUSES_S = (5.0, 30.0, 120.0, 600.0, 3600.0)
JITTER = 0.2
GIVE_UP_AFTER = timedelta(hours=24)


def next_try(
    *, tries: int, since: datetime, now: datetime, chance: float, retry_after_s: float | None = None
) -> datetime | None:
    """When to try again after `tries` tries since `since`; None: it is given up.

    `chance`, from 0 to 1, spreads the pauses by a fifth to both sides, so that what failed together is not tried together. A
    receiver that says for how long it wants to be left alone is left alone for so long.
    """
    pause = PAUSES_S[min(max(tries, 1), len(PAUSES_S)) - 1] * (1 + JITTER * (2 * chance - 1))
    at = now + timedelta(seconds=max(pause, min(retry_after_s or 0.0, GIVE_UP_AFTER.total_seconds())))
    return at if at <= since + GIVE_UP_AFTER else None
