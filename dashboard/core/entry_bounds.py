"""Where to begin and where to end among entries, as people type it: an entry id, a time, or how long ago."""

import re
from datetime import datetime, timedelta, tzinfo

from dashboard.core.entry_id import LARGEST, ZERO, EntryId
from dashboard.core.refusal import Refusal
from dashboard.core.refusal import say as _

_AGO = re.compile(r"-?\s*(\d{1,9}(?:\.\d{1,6})?)\s*(ms|s|min|m|h|d|w)(?:\s+ago)?", re.IGNORECASE | re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?", re.ASCII)
_ID = re.compile(r"\d{1,20}(-\d{1,20})?", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def parse_bound(text: str, *, now: datetime, zone: tzinfo, end: bool) -> EntryId:
    """The id that a span begins with, or (`end`) ends with, both included. Times without a zone are of `zone`.

    Raises Refusal with a sentence that says what would be right.
    """
    text = text.strip()
    if _ID.fullmatch(text):
        return _id(text, end)
    moment = _moment(text, now, zone)
    if moment is None:
        raise Refusal(
            _(
                "“{text}” is neither an entry id, as in 1763925000000-0, nor a time, as in 2026-11-24 10:15, 10:15:30"
                " or 5 min ago."
            ),
            text=text[:60],
        )
    ms = int(moment.timestamp() * 1000)
    if ms < 0:
        return ZERO
    return EntryId(ms, LARGEST if end else 0)


def _id(text: str, end: bool) -> EntryId:
    try:
        found = EntryId.parse(text)
    except ValueError:
        raise Refusal(_("Each half of an entry id is at most {most}."), most=LARGEST) from None
    return EntryId(found.ms, LARGEST) if end and "-" not in text else found


def _moment(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    if text.lower() == "now":
        return now
    try:
        if found := _AGO.fullmatch(text):
            return now - timedelta(seconds=float(found[1]) * _SECONDS[found[2].lower()])
        if found := _CLOCK.fullmatch(text):
            micro = int((found[4] or "0").ljust(6, "0"))
            today = now.astimezone(zone)
            return today.replace(
                hour=int(found[1]), minute=int(found[2]), second=int(found[3] or 0), microsecond=micro, fold=0
            )
        read = datetime.fromisoformat(text)
        return read if read.tzinfo else read.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return None
