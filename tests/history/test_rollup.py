"""Rolling up, through real databases: what comes out is what the samples say, whenever it was done."""

import random
from typing import Any

import pytest

from dashboard.history import coarsening, expiry, reading, rollup, store
from dashboard.history.metrics import GROUP_METRICS, Column, Kind, Subject
from dashboard.history.models import HistoryBlock, JournalEntry, RollUp
from dashboard.history.provenance import to_words
from dashboard.history.recorder import Recorder
from dashboard.history.resolutions import parse_levels
from dashboard.history.series import MOST_POINTS, Series
from tests.history.samples import NOON, SERVER, tick

pytestmark = pytest.mark.usefixtures("each_database")

STREAM = Subject(Kind.STREAM, 130)


@pytest.fixture(autouse=True)
def _levels(settings: Any) -> None:
    settings.HISTORY_LEVELS = parse_levels("samples:20m,10s:1h,1m:4h,5m:1d")


def _sample(lengths: dict[int, int | None], *, interval: int = 10, rolling: bool = True) -> None:
    """Lengths by second, recorded in order of time, with rolling up meanwhile as a sampler does it."""
    recorder = Recorder()
    for second, length in sorted(lengths.items()):
        recorder.append(tick(second, {130: length}, interval=float(interval), lag=length, clients=length))
        recorder.flush()
        if rolling and second % 50 == 0:
            rollup.roll_up(NOON + second, for_s=60)


def _past(since: float, until: float, subject: Subject = STREAM) -> Series:
    return reading.read(subject, since=NOON + since, until=NOON + until)


def _brute_force(lengths: dict[int, int | None], series: Series, since: float, until: float) -> dict[float, list[int]]:
    """The known lengths of each of the series' steps."""
    step = series.step_s or 1.0
    steps: dict[float, list[int]] = {}
    for second, length in sorted(lengths.items()):
        if length is not None and since <= second <= until:
            steps.setdefault((NOON + second) // step * step, []).append(length)
    return steps


def _assert_same(series: Series, wanted: dict[float, list[int]]) -> None:
    """Of the step in which the range begins, some of the coarser points may lie before it."""
    track = series.own["length"]
    found = {
        at: (least, most, last, mean)
        for at, least, most, last, mean in zip(series.at, track.least, track.most, track.last, track.mean, strict=True)
        if last is not None
    }
    edge = min(wanted)
    assert set(found) - {edge} == set(wanted) - {edge}
    for at, values in wanted.items():
        if at == edge:
            continue
        least, most, last, mean = found[at]
        assert (least, most, last) == (min(values), max(values), values[-1])
        assert mean is not None
        assert abs(mean - sum(values) / len(values)) <= (max(values) - min(values)) / 40 + 1e-6


def _known(column: Column) -> Column:
    return [value for value in column if value is not None]


def _hours(count: int, seed: int, interval: int = 10) -> dict[int, int | None]:
    chance = random.Random(seed)
    silent = {minute for minute in range(count * 60) if chance.random() < 0.1}
    return {
        second: None if chance.random() < 0.02 else chance.randint(0, 1000)
        for second in range(0, count * 3600, interval)
        if second // 60 not in silent
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_every_range_says_what_the_samples_say(seed: int) -> None:
    lengths = _hours(5, seed)
    _sample(lengths)

    now = max(lengths)
    for range_s in (600, 3000, 3 * 3600, 5 * 3600):
        series = _past(now - range_s, now)
        assert len(series.at) <= MOST_POINTS
        wanted = _brute_force(lengths, series, now - range_s, now)
        if series.step_s is None:
            assert [value for value in series.column("length") if value is not None] == [
                value for values in wanted.values() for value in values
            ]
        else:
            _assert_same(series, wanted)
            assert series.groups[b"billing"]["lag"].most[-1] == series.own["length"].most[-1]
            of_server = _past(now - range_s, now, Subject(Kind.SERVER, SERVER)).own["clients"].most
            assert _known(of_server) == _known(series.own["length"].most)


def test_rolled_up_all_at_once_after_hours_of_silence_nothing_is_missing() -> None:
    lengths = _hours(1, 3)
    _sample(lengths, rolling=False)

    later = NOON + 9 * 3600
    for _ in range(3):  # what waits for a finer resolution is looked at again a little later
        rollup.roll_up(later, for_s=60)
        later += 60

    assert not JournalEntry.objects.exists()
    assert {*HistoryBlock.objects.values_list("resolution", flat=True)} == {0, 10, 60, 300}
    series = _past(0, 9 * 3600)
    _assert_same(series, _brute_force(lengths, series, 0, 9 * 3600))


def test_rolling_up_again_changes_nothing() -> None:
    _sample(_hours(1, 4))
    rollup.roll_up(NOON + 4000, for_s=60)
    before = sorted(HistoryBlock.objects.values_list("pk", "starts_at"))

    assert rollup.roll_up(NOON + 4000, for_s=60) == 0
    assert sorted(HistoryBlock.objects.values_list("pk", "starts_at")) == before


def test_a_step_that_fails_half_way_is_taken_again_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = _hours(1, 5)
    _sample(lengths, rolling=False)
    whole = store.write_blocks
    failures = iter(range(1, 1000))

    def torn(rows: Any) -> None:
        whole(rows)
        if next(failures) % 3:
            raise RuntimeError("killed")

    monkeypatch.setattr(store, "write_blocks", torn)
    for _ in range(400):
        try:
            if not rollup.roll_up(NOON + 4200, for_s=60):
                break
        except RuntimeError:
            continue

    series = _past(0, 3600)
    _assert_same(series, _brute_force(lengths, series, 0, 3600))


def test_two_samplers_that_roll_up_the_same_write_it_once() -> None:
    _sample(_hours(1, 6))
    task = RollUp.objects.get(kind=Kind.STREAM, resolution=10)
    before = HistoryBlock.objects.count()

    coarsening._coarsen_one(task, round((NOON + 9000) * 1000))
    after = HistoryBlock.objects.count()
    coarsening._coarsen_one(task, round((NOON + 9000) * 1000))

    assert (after - before, HistoryBlock.objects.count()) == (1, after)


def test_a_stream_that_is_gone_for_days_takes_no_room() -> None:
    _sample({second: 5 if second < 100 else None for second in range(0, 7200, 10)})

    assert HistoryBlock.objects.filter(kind=Kind.STREAM, resolution=0, starts_at__gt=(NOON + 400) * 1000).count() == 0


def test_a_gap_stays_a_gap_at_every_resolution() -> None:
    lengths = {second: 5 for second in range(0, 3 * 3600, 10) if not 3600 <= second < 5400}
    _sample({**lengths})

    for range_s in (3 * 3600 + 500, 2 * 86400):
        series = _past(3 * 3600 - range_s, 3 * 3600)
        inside = [
            value
            for at, value in zip(series.at, series.column("length"), strict=True)
            if 3600 + 300 <= at - NOON < 5400 - 300
        ]
        if series.step_s and series.step_s < 600:
            assert inside
            assert set(inside) == {None}


def test_how_sure_a_lag_was_is_remembered_at_every_resolution_and_the_least_sure_counts() -> None:
    recorder = Recorder()
    said = {second: ("exact", "measured", "at_least")[second // 3600] for second in range(0, 3 * 3600, 10)} | {
        600: "approximate",
        3600 + 600: "unknown",
    }
    for second, word in said.items():
        lag = None if word == "unknown" else 5
        recorder.append(tick(second, {130: 5}, interval=10.0, lag=lag, quality=word))
        recorder.flush()
        if second % 50 == 0:
            rollup.roll_up(NOON + second, for_s=60)

    for range_s in (900, 3300, 3 * 3600, 9 * 3600):
        series = _past(3 * 3600 - range_s, 3 * 3600)
        step, tracks = series.step_s or 1, series.groups[b"billing"]
        words = to_words(next(m for m in GROUP_METRICS if m.name == "lag_quality"), tracks["lag_quality"].most)
        for at, number, known in zip(series.at, tracks["lag"].last, words, strict=True):
            inside = [said.get(s, "unknown") for s in range(round(at - NOON), round(at - NOON + step))]
            order = [w for w in ("at_least", "approximate", "measured", "exact") if w in inside]
            assert (number, known) == ((5, order[0]) if order else (None, None))


def test_each_resolution_expires_by_itself_in_small_batches() -> None:
    now_ms = round(NOON * 1000)
    HistoryBlock.objects.bulk_create(
        HistoryBlock(kind=1, subject=n, resolution=step, starts_at=0, ends_at=now_ms - age_s * 1000, points=b"")
        for step, age_s in ((0, 1201), (0, 1199), (10, 3601), (10, 3599), (7, 3601), (7, 60))
        for n in range(age_s * 1000, age_s * 1000 + 600)
    )

    assert expiry.expire(NOON, batches=1) == 500
    assert expiry.expire(NOON) == 1300
    assert expiry.expire(NOON) == 0
    left = HistoryBlock.objects.values_list("resolution", flat=True)
    # What is set no more waits until the next coarser one is made of it.
    assert sorted(left) == [0] * 600 + [7] * 600 + [10] * 600


def test_of_a_subject_that_was_deleted_nothing_is_left() -> None:
    _sample(_hours(1, 8))
    gone = [Subject(kind, pk) for kind in Kind for pk in expiry.subjects(kind)]

    assert expiry.forget(gone, batches=1) > 0
    while expiry.forget([Subject(kind, pk) for kind in Kind for pk in expiry.subjects(kind)]):
        pass

    assert sorted(gone) == [STREAM, Subject(Kind.SERVER, SERVER)]
    assert not HistoryBlock.objects.exists()
    assert not RollUp.objects.exists()
