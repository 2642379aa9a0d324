"""Entry ids and times as people type them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.core.entry_bounds import parse_bound
from dashboard.core.entry_id import LARGEST, EntryId
from dashboard.core.refusal import Refusal

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("1763925000000-7", EntryId(1763925000000, 7)),
        (" 1763925000000 ", EntryId(1763925000000, 0)),
        ("5", EntryId(5, 0)),
        ("now", EntryId(NOW_MS, 0)),
        ("5 min ago", EntryId(NOW_MS - 300_000, 0)),
        ("-1.5h", EntryId(NOW_MS - 5_400_000, 0)),
        ("250ms", EntryId(NOW_MS - 250, 0)),
        ("12:00", EntryId(NOW_MS - 3_600_000, 0)),
        ("9:30:15.5", EntryId(NOW_MS - 3_600_000 - 8_984_500, 0)),
        ("2026-11-24 13:00", EntryId(NOW_MS, 0)),
        ("2026-11-24T12:00Z", EntryId(NOW_MS, 0)),
        ("2026-11-24T14:00+02:00", EntryId(NOW_MS, 0)),
        ("2026-11-24", EntryId(NOW_MS - 13 * 3_600_000, 0)),
        ("1969-01-01", EntryId(0, 0)),
    ],
)
def test_an_id_or_a_time_is_where_a_span_begins(text: str, begin: EntryId) -> None:
    assert parse_bound(text, now=NOW, zone=BERLIN, end=False) == begin


@pytest.mark.parametrize(
    ("text", "end"),
    [("5", EntryId(5, LARGEST)), ("5-3", EntryId(5, 3)), ("now", EntryId(NOW_MS, LARGEST))],
)
def test_an_end_without_a_sequence_takes_its_whole_millisecond(text: str, end: EntryId) -> None:
    assert parse_bound(text, now=NOW, zone=UTC, end=True) == end


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "25:00",
        "2026-13-01",
        "1-2-3",
        "<b>",
        "99999999999999999999",
        "9" * 30,
        "1-99999999999999999999",
        "999999999w",
        "{x}",
    ],
)
def test_what_is_neither_is_refused_in_words(text: str) -> None:
    with pytest.raises(Refusal, match=r"neither an entry id|at most 18446744073709551615"):
        parse_bound(text, now=NOW, zone=UTC, end=False)
