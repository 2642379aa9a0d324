"""Answers: what came of one try to tell somebody something."""

import hashlib
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

import msgspec

LONGEST_DETAIL = 500
_LONGEST_WAIT_S = 24 * 3600.0


class Outcome(StrEnum):
    """Whether to try again."""

    DELIVERED = "delivered"
    AGAIN = "again"  # it may go well later
    NEVER = "never"  # it will not, until somebody changes something


class Answer(msgspec.Struct, frozen=True):
    """What came of a try. `detail` is a sentence with no secret in it: a host at most, never a path or a token."""

    outcome: Outcome
    detail: str
    status: int | None = None  # of HTTP or SMTP
    retry_after_s: float | None = None  # the receiver's own wish
    told: tuple[
        str, ...
    ] = ()  # `mark_of` the addresses that took it, where there are several: they need not be told again


def mark_of(address: str) -> str:
    """What says that an address was told, without saying which it is."""
    return hashlib.sha256(address.strip().encode()).hexdigest()[:16]


def delivered(detail: str, status: int | None = None) -> Answer:
    """It arrived."""
    return Answer(Outcome.DELIVERED, detail[:LONGEST_DETAIL], status)


def again(detail: str, status: int | None = None, retry_after_s: float | None = None) -> Answer:
    """It did not, and may later."""
    return Answer(Outcome.AGAIN, detail[:LONGEST_DETAIL], status, retry_after_s)


def never(detail: str, status: int | None = None) -> Answer:
    """It did not, and will not."""
    return Answer(Outcome.NEVER, detail[:LONGEST_DETAIL], status)


def of_http(status: int, host: str, retry_after: str = "") -> Answer:
    """What an HTTP status means: 2xx arrived; 408, 425, 429 and 5xx may pass; all others are for good."""
    said = f"{host} answered {status}."
    if 200 <= status < 300:
        return delivered(said, status)
    if status in (408, 425, 429) or status >= 500:
        return again(said, status, seconds_of(retry_after, datetime.now(UTC)))
    if 300 <= status < 400:
        return never(f"{host} answered {status}: it has moved. Give its new address.", status)
    return never(said, status)


def seconds_of(retry_after: str, now: datetime) -> float | None:
    """The wait that a Retry-After header asks for, a day at most; None where it says nothing that can be read."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    wait = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
    return min(max(wait, 0.0), _LONGEST_WAIT_S)
