"""The setting changes while there is a past: what is stored is made the most of, and nothing is lost."""

from typing import Any

import pytest

from dashboard.history import coarsening, expiry, reading, rollup
from dashboard.history.metrics import Kind, Subject
from dashboard.history.models import HistoryBlock
from dashboard.history.recorder import Recorder
from dashboard.history.resolutions import parse_levels
from dashboard.history.series import Series
from tests.history.samples import NOON, tick

pytestmark = pytest.mark.django_db

STREAM = Subject(Kind.STREAM, 130)
INTERVAL = 10


def _live(begin: int, end: int) -> None:
    """Sampled every ten seconds, the length is the second; rolled up and expired as a keeper does it."""
    recorder = Recorder()
    for second in range(begin, end, INTERVAL):
        recorder.append(tick(second, {130: second}, interval=float(INTERVAL)))
        recorder.flush()
        if second % 50 == 0:
            rollup.roll_up(NOON + second, for_s=60)
        if second % 300 == 0:
            expiry.expire(NOON + second)


def _past(since: int, until: int) -> Series:
    return reading.read(STREAM, since=NOON + since, until=NOON + until)


def _assert_complete(series: Series, since: int, until: int) -> None:
    """Every sample of the range is in one of the steps, and in one alone."""
    step = series.step_s or INTERVAL
    track = series.own["length"]
    found = {
        round(at - NOON): (least, most)
        for at, least, most in zip(series.at, track.least, track.most, strict=True)
        if least is not None
    }
    for start, (least, most) in found.items():
        if start >= since:
            seconds = [second for second in range(since, until, INTERVAL) if start <= second < start + step]
            assert (least, most) == (min(seconds), max(seconds))
    assert min(found) <= since + step
    assert max(found) >= until - INTERVAL - step
    assert len(found) >= (until - since) / step - 1


def test_a_resolution_that_is_set_later_is_made_from_all_samples_that_are_still_there(settings: Any) -> None:
    settings.HISTORY_LEVELS = parse_levels("samples:20m,1m:4h")
    _live(0, 3000)
    settings.HISTORY_LEVELS = parse_levels("samples:20m,10s:1h,1m:4h")
    coarsening.refit()
    _live(3000, 4800)

    oldest = HistoryBlock.objects.filter(kind=STREAM.kind, resolution=10).order_by("starts_at").values_list("starts_at")
    assert oldest[0][0] / 1000 - NOON <= 3000 - 1200 + 240
    _assert_complete(_past(0, 4800), 0, 4800)  # minutes, which were made from samples and then from tens of seconds
    _assert_complete(_past(4800 - 2400, 4800), 4800 - 2400, 4800)


def test_a_range_that_begins_before_its_resolution_was_set_is_read_at_a_coarser_one(settings: Any) -> None:
    settings.HISTORY_LEVELS = parse_levels("samples:20m,1m:4h")
    _live(0, 3300)
    settings.HISTORY_LEVELS = parse_levels("samples:1h,10s:2h,1m:4h")

    whole, late = _past(0, 3300), _past(2400, 3300)

    assert (whole.step_s, late.step_s) == (60, None)
    _assert_complete(whole, 0, 3300)
    _assert_complete(late, 2400, 3300)


@pytest.mark.usefixtures("each_database")
def test_a_resolution_that_is_taken_out_is_kept_until_the_coarser_one_is_made_from_it(settings: Any) -> None:
    settings.HISTORY_LEVELS = parse_levels("samples:20m,10s:1h,1m:4h")
    _live(0, 3000)
    settings.HISTORY_LEVELS = parse_levels("samples:20m,1m:4h")
    coarsening.refit()
    _live(3000, 6000)

    _assert_complete(_past(0, 6000), 0, 6000)
    assert HistoryBlock.objects.filter(resolution=10).exists()
    expiry.expire(NOON + 6000 + 6 * 3600)
    assert not HistoryBlock.objects.filter(resolution=10).exists()


def test_a_stream_that_began_lately_is_read_at_the_resolution_of_the_range(settings: Any) -> None:
    settings.HISTORY_LEVELS = parse_levels("samples:20m,10s:1h,1m:4h")
    _live(0, 900)

    assert _past(-240, 900).step_s is None
    assert _past(-2000, 900).step_s == 10
