"""The recorder and the store, through a real database."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from dashboard.core.entry_id import ZERO
from dashboard.core.metrics import GroupMetrics, GroupState, Lag, LagQuality, StreamMetrics
from dashboard.core.sample import ProblemKind
from dashboard.history import store
from dashboard.history.models import HistoryBlock
from dashboard.history.recorder import Recorder
from dashboard.models import Server, Stream

pytestmark = pytest.mark.django_db

NOON = 1_763_985_600.0


def _metrics(length: int, lag: int | None = 40, *, groups: tuple[bytes, ...] = (b"billing",)) -> StreamMetrics:
    return StreamMetrics(
        key=b"s",
        length=length,
        added_per_s=41.5,
        pending=12,
        memory_bytes=None,
        groups=tuple(
            GroupMetrics(
                name=name,
                lag=Lag(lag, LagQuality.EXACT, ""),
                time_lag_s=0.25,
                pending=12,
                delivered_per_s=40.0,
                acked_per_s=None,
                consumers=1,
                last_delivered_id=ZERO,
                state=GroupState.OK,
                state_reason="",
            )
            for name in groups
        ),
    )


def _gone() -> StreamMetrics:
    return StreamMetrics(
        key=b"s", length=None, added_per_s=None, pending=None, memory_bytes=None, problem=ProblemKind.VANISHED
    )


@pytest.fixture
def stream() -> Stream:
    server = Server.objects.create(name="one", address="redis://127.0.0.1:6379/0")
    return Stream.objects.create(server=server, key=b"s")


def _record(recorder: Recorder, stream: Stream, second: int, metrics: StreamMetrics) -> None:
    recorder.append({b"s": metrics}, {b"s": stream.pk}, server_id=stream.server_id, at=NOON + second, interval_s=1.0)


def test_what_is_read_is_what_was_recorded(stream: Stream) -> None:
    recorder = Recorder()
    for second in range(30):
        _record(recorder, stream, second, _metrics(5000 + second))
        recorder.flush(NOON + second)
    recorder.flush(NOON + 30, everything=True)

    series = store.read(stream.pk, since=NOON, until=NOON + 60)

    assert series.at == [NOON + second for second in range(30)]
    assert series.length == [5000 + second for second in range(30)]
    assert series.added_per_s == [41.5] * 30
    assert series.memory_bytes == [None] * 30
    assert series.groups[b"billing"].lag == [40] * 30
    assert series.groups[b"billing"].time_lag_s == [0.25] * 30
    assert series.groups[b"billing"].acked_per_s == [None] * 30


def test_a_vanished_stream_leaves_a_gap_and_not_a_zero(stream: Stream) -> None:
    recorder = Recorder()
    for second, metrics in enumerate([_metrics(5), _gone(), _gone(), _gone(), _gone(), _metrics(1)]):
        _record(recorder, stream, second, metrics)
    recorder.flush(NOON, everything=True)

    series = store.read(stream.pk, since=NOON, until=NOON + 60)

    assert series.length[0] == 5
    assert set(series.length[1:-1]) == {None}
    assert series.length[-1] == 1


def test_a_group_that_is_destroyed_and_one_that_is_created_keep_their_own_points(stream: Stream) -> None:
    recorder = Recorder()
    _record(recorder, stream, 0, _metrics(5, 1, groups=(b"a", b"b")))
    _record(recorder, stream, 1, _metrics(5, 2, groups=(b"b", b"c")))
    recorder.flush(NOON, everything=True)

    groups = store.read(stream.pk, since=NOON, until=NOON + 60).groups

    assert {name: group.lag for name, group in groups.items()} == {b"a": [1, None], b"b": [1, 2], b"c": [None, 2]}


def test_a_clock_set_back_by_an_hour_loses_nothing_and_keeps_nothing_back(stream: Stream) -> None:
    recorder = Recorder()
    for second in (3600, 3601, 0, 1, 2):
        _record(recorder, stream, second, _metrics(second))
    recorder.flush(NOON + 8)

    lengths = store.read(stream.pk, since=NOON, until=NOON + 4000).length
    assert [length for length in lengths if length is not None] == [0, 1, 2, 3600, 3601]


def test_writing_is_spread_so_that_no_second_writes_every_stream() -> None:
    recorder = Recorder()
    server = Server.objects.create(name="one", address="redis://127.0.0.1:6379/0")
    streams = Stream.objects.bulk_create(Stream(server=server, key=b"%d" % i, key_digest=str(i)) for i in range(1000))
    ids = {bytes(stream.key): stream.pk for stream in streams}
    ticks = {key: _metrics(1) for key in ids}

    written = []
    for second in range(20):
        recorder.append(ticks, ids, server_id=server.pk, at=NOON + second, interval_s=1.0)
        written.append(recorder.flush(NOON + second))

    assert sum(written) > 1200
    assert max(written[11:]) < 250
    assert min(written[11:]) > 25


def test_a_database_that_does_not_answer_loses_nothing(stream: Stream) -> None:
    recorder = Recorder()
    _record(recorder, stream, 0, _metrics(5))

    def refuse(*_: Any) -> Any:
        raise DatabaseError("locked")

    with pytest.raises(DatabaseError), transaction.atomic(), connection.execute_wrapper(refuse):
        recorder.flush(NOON + 1, everything=True)
    _record(recorder, stream, 1, _metrics(6))
    recorder.flush(NOON + 2, everything=True)

    assert store.read(stream.pk, since=NOON, until=NOON + 60).length == [5, 6]


def test_what_waits_for_the_database_is_bounded_and_the_oldest_goes_first(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.history.recorder.MOST_WAITING_BYTES", 2000)
    recorder = Recorder()
    for second in range(100):
        _record(recorder, stream, second * 10, _metrics(second))
        recorder.pack_due(NOON + second * 10, everything=True)
    recorder.flush(NOON, everything=True)

    lengths = [length for length in store.read(stream.pk, since=NOON, until=NOON + 2000).length if length is not None]

    assert recorder.dropped == 100 - len(lengths) > 0
    assert lengths[-1] == 99


def test_a_block_of_a_deleted_stream_holds_no_other_back(stream: Stream) -> None:
    recorder = Recorder()
    ids = {b"s": stream.pk, b"deleted": stream.pk + 1000}
    recorder.append({b"s": _metrics(5), b"deleted": _metrics(5)}, ids, server_id=1, at=NOON, interval_s=1.0)

    assert recorder.flush(NOON, everything=True) == 2
    assert store.read(stream.pk, since=NOON, until=NOON).length == [5]
    HistoryBlock.objects.exclude(stream_id=stream.pk).delete()


def test_expiry_deletes_what_is_older_than_the_kept_time_in_small_batches(stream: Stream, settings: Any) -> None:
    settings.HISTORY_KEPT_S = 900
    HistoryBlock.objects.bulk_create(
        HistoryBlock(stream=stream, starts_at=NOON - 1000, ends_at=NOON - 901 + kept * 2, points=b"")
        for kept in (0, 1)
        for _ in range(700)
    )

    assert store.expire(NOON, batches=1) == 500
    assert store.expire(NOON) == 200
    assert store.expire(NOON) == 0
    assert HistoryBlock.objects.count() == 700


def test_of_blocks_that_cannot_all_be_written_none_is(stream: Stream) -> None:
    good = store.PackedBlock(1, stream.pk, NOON, NOON + 1, b"points")
    bad = store.PackedBlock(1, good.stream_id, NOON, None, b"points")  # type: ignore[arg-type]

    with pytest.raises(DatabaseError):
        store.write([good, bad])

    assert HistoryBlock.objects.count() == 0


def test_blocks_of_a_server_that_is_not_held_any_more_are_left_out_and_counted(stream: Stream) -> None:
    asked = []

    def holds(servers: frozenset[int]) -> frozenset[int]:
        asked.append((servers, connection.in_atomic_block))
        return frozenset({stream.server_id})

    recorder = Recorder(holds=holds)
    _record(recorder, stream, 0, _metrics(5))
    recorder.append({b"s": _metrics(6)}, {b"s": stream.pk + 1}, server_id=999, at=NOON, interval_s=1.0)

    assert recorder.flush(NOON, everything=True) == 1
    assert asked == [(frozenset({stream.server_id, 999}), True)]
    assert recorder.unheld == 1
    assert list(HistoryBlock.objects.values_list("stream_id", flat=True)) == [stream.pk]
