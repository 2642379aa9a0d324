"""How alerts are worded: numbers with their unit, names shown safely."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.subjects import Subject
from dashboard.core.thresholds import Comparison, Limit, Metric
from dashboard.core.wording import duration, quantity, subject_in_words, title


@pytest.mark.parametrize(
    ("metric", "value", "words"),
    [
        (Metric.LAG, 0, "0"),
        (Metric.LAG, 4210, "4 210"),
        (Metric.LENGTH, 1_234_567, "1 234 567"),
        (Metric.ADDED_PER_S, 0.25, "0.25 /s"),
        (Metric.ADDED_PER_S, 41.5, "41.5 /s"),
        (Metric.ADDED_PER_S, 1234.5, "1 234 /s"),
        (Metric.MEMORY_BYTES, 0, "0 B"),
        (Metric.MEMORY_BYTES, 1023, "1023 B"),
        (Metric.MEMORY_BYTES, 1536, "1.5 KiB"),
        (Metric.SERVER_MEMORY_BYTES, 3 * 1024**4, "3 TiB"),
        (Metric.TIME_LAG_S, 0.9, "0.9 s"),
        (Metric.TIME_LAG_S, 59.6, "59.6 s"),
        (Metric.TIME_LAG_S, 72, "1 min 12 s"),
        (Metric.TIME_LAG_S, 3600, "1 h"),
        (Metric.NO_DATA_S, 7500, "2 h 5 min"),
        (Metric.SERVER_UNREACHABLE_S, 100 * 3600, "4 d 4 h"),
    ],
)
def test_a_quantity_has_its_unit(metric: Metric, value: float, words: str) -> None:
    assert quantity(metric, value).replace("\u202f", " ") == words


@given(st.floats(0, 1e12))
def test_a_duration_is_short_and_positive(seconds: float) -> None:
    words = duration(seconds)

    assert "-" not in words.replace("e-", "")
    assert len(words) < 30


@given(st.sampled_from(Metric), st.binary(max_size=3000), st.binary(max_size=3000), st.floats(0, 1e12))
def test_any_name_makes_one_printable_line_that_fits(metric: Metric, key: bytes, group: bytes, value: float) -> None:
    what = subject_in_words(metric, Subject(key, group), "shop")
    line = title(metric, what, Limit(value, Comparison.ABOVE, timedelta(seconds=5)), quantity(metric, value))

    assert len(line) <= 500
    assert "\n" not in line
    assert line.replace("\u202f", " ").isprintable()


def test_a_metric_that_lasts_says_how_long_and_why() -> None:
    what = subject_in_words(Metric.NO_DATA_S, Subject(b"payments"), "shop")

    line = title(Metric.NO_DATA_S, what, Limit(0.5, hold=timedelta(seconds=90)), "the key is gone")

    assert line.replace("\u202f", " ") == "no data from payments for 1 min 30 s: the key is gone"
