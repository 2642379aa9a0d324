"""Recorder, journal and reading, through real databases."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from dashboard.history import reading, store
from dashboard.history.journal import JournalRow
from dashboard.history.metrics import Kind, Subject
from dashboard.history.models import JournalEntry
from dashboard.history.recorder import Recorder
from dashboard.history.series import Series
from tests.history.samples import NOON, SERVER, tick

pytestmark = pytest.mark.usefixtures("each_database")

STREAM = Subject(Kind.STREAM, 130)


def _past(since: float = 0, until: float = 60, subject: Subject = STREAM) -> Series:
    return reading.read(subject, since=NOON + since, until=NOON + until)


def test_what_is_read_is_what_was_recorded() -> None:
    recorder = Recorder()
    for second in range(30):
        recorder.append(tick(second, {130: 5000 + second, 5: 1, 9000: 2}, clients=second))
        recorder.flush()

    series = _past()

    assert series.at == [NOON + second for second in range(30)]
    assert series.step_s is None
    assert series.column("length") == [5000 + second for second in range(30)]
    assert series.column("added_per_s") == [41.5] * 30
    assert series.column("memory_bytes") == [None] * 30
    assert series.column("lag", b"billing") == [40] * 30
    assert series.column("time_lag_s", b"billing") == [0.25] * 30
    assert series.column("acked_per_s", b"billing") == [None] * 30
    of_server = _past(subject=Subject(Kind.SERVER, SERVER))
    assert of_server.column("clients") == list(range(30))
    assert of_server.column("round_trip_ms") == [0.25] * 30


def test_a_vanished_stream_leaves_a_gap_and_not_a_zero() -> None:
    recorder = Recorder()
    for second, seen in enumerate([5, None, None, None, None, 1]):
        recorder.append(tick(second, {130: seen}))
    recorder.flush()

    length = _past().column("length")

    assert length[0] == 5
    assert set(length[1:-1]) == {None}
    assert length[-1] == 1


def test_a_group_that_is_destroyed_and_one_that_is_created_keep_their_own_points() -> None:
    recorder = Recorder()
    recorder.append(tick(0, {130: 5}, groups=(b"a", b"b\xff"), lag=1))
    recorder.append(tick(1, {130: 5}, groups=(b"b\xff", b"c"), lag=2))
    recorder.flush()

    series = _past()

    lags = {name: series.column("lag", name) for name in series.groups}
    assert lags == {b"a": [1, None], b"b\xff": [1, 2], b"c": [None, 2]}


def test_a_clock_set_back_by_an_hour_loses_nothing_and_keeps_nothing_back() -> None:
    recorder = Recorder()
    for second in (3600, 3601, 0, 1, 2):
        recorder.append(tick(second, {130: second}))
    recorder.flush()

    assert [length for length in _past(until=4000).column("length") if length is not None] == [0, 1, 2, 3600, 3601]


def test_a_database_that_does_not_answer_loses_nothing() -> None:
    recorder = Recorder()
    recorder.append(tick(0, {130: 5}))

    def refuse(*_: Any) -> Any:
        raise DatabaseError("locked")

    with pytest.raises(DatabaseError), transaction.atomic(), connection.execute_wrapper(refuse):
        recorder.flush()
    recorder.append(tick(1, {130: 6}))
    recorder.flush()

    assert _past().column("length") == [5, 6]


def test_what_waits_for_the_database_is_bounded_and_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.history.recorder.MOST_WAITING_BYTES", 4000)
    recorder = Recorder()
    for second in range(100):
        recorder.append(tick(second, {130: second}))
    recorder.flush()

    lengths = _past(until=100).column("length")

    assert recorder.dropped > 50
    assert 5 < len(lengths) < 50
    assert lengths[-1] == 99


def test_rows_that_are_written_again_change_nothing() -> None:
    rows: list[JournalRow] = []
    recorder = Recorder()
    recorder.append(tick(0, {130: 5}))
    rows = list(recorder._waiting)
    recorder.flush()

    assert store.write(rows) == 2
    assert _past().column("length") == [5]


def test_rows_of_a_server_that_is_not_held_any_more_are_left_out_and_counted() -> None:
    asked: list[tuple[frozenset[int], bool]] = []

    def holds(servers: frozenset[int]) -> frozenset[int]:
        asked.append((servers, connection.in_atomic_block))
        return frozenset({SERVER})

    recorder = Recorder(holds=holds)
    recorder.append(tick(0, {130: 5}))
    recorder.append(tick(0, {131: 6}, server=999))

    assert recorder.flush() == 2
    assert asked == [(frozenset({SERVER, 999}), True)]
    assert recorder.unheld == 2
    assert set(JournalEntry.objects.values_list("server_id", flat=True)) == {SERVER}


def test_of_rows_that_cannot_all_be_written_none_is() -> None:
    bad = JournalRow(1, SERVER, None, b"body")  # type: ignore[arg-type]

    with pytest.raises(DatabaseError):
        store.write([JournalRow(1, SERVER, 5, b"body"), bad])

    assert JournalEntry.objects.count() == 0


def test_the_live_tail_fills_what_is_not_stored_yet_and_doubles_nothing() -> None:
    recorder = Recorder()
    ticks = [tick(second, {130: second}) for second in range(6)]
    for one in ticks[:4]:
        recorder.append(one)
    recorder.flush()

    series = reading.read(STREAM, since=NOON, until=NOON + 60, tail=ticks[2:])

    assert series.column("length") == [0, 1, 2, 3, 4, 5]
