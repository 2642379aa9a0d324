"""Quantities: what people type for times, sizes and numbers, and how they are written so that they read back the same."""

import pytest

from dashboard.core.quantities import Quantity, parse, parse_duration, unit_of, written
from dashboard.core.threshold_metrics import Metric


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("90", 90, ""),
        (" 12.5 ", 12.5, ""),
        ("1 000 000", 1_000_000, ""),
        ("1\u202f000", 1000, ""),
        ("-3", -3, ""),
        ("1e3", 1000, ""),
        ("90 s", 90, "s"),
        ("5 min", 300, "s"),
        ("5m", 300, "s"),
        ("1 h 30 min", 5400, "s"),
        ("1h30m", 5400, "s"),
        ("1,5 h", 5400, "s"),
        ("2 days", 172_800, "s"),
        ("250 ms", 0.25, "s"),
        ("2 GiB", 2 * 1024**3, "bytes"),
        ("512k", 512 * 1024, "bytes"),
        ("80 %", 80, "%"),
        ("12.5/s", 12.5, "/s"),
    ],
)
def test_what_is_typed_is_taken_for_a_number_and_its_unit(text: str, value: float, unit: str) -> None:
    assert parse(text) == Quantity(value, unit)


@pytest.mark.parametrize(
    "text", ["", "soon", "inf", "nan", "5 parsecs", "1,000", "5 min 2 GiB", "1 2", "80 % 3 %", "1e999", "½", "9" * 400]
)
def test_what_is_not_a_number_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"understood|no unit|so large"):
        parse(text)


def test_a_time_is_no_size() -> None:
    assert parse_duration("90") == 90
    with pytest.raises(ValueError, match="This is a time"):
        parse_duration("2 GiB")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (300, "s", "5 min"),
        (5400, "s", "90 min"),
        (90, "s", "90 s"),
        (0, "s", "0"),
        (0.25, "s", "0.25"),
        (1000, "", "1000"),
        (2 * 1024**3, "bytes", "2 GiB"),
        (1000000, "bytes", "1000000 B"),
        (1536, "bytes", "1536 B"),
        (80, "%", "80"),
    ],
)
def test_a_number_is_written_so_that_it_reads_back_the_same(value: float, unit: str, text: str) -> None:
    assert written(value, unit) == text
    assert parse(text).value == value


def test_the_unit_ends_the_metrics_name() -> None:
    found = {metric: unit_of(metric) for metric in (Metric.LAG, Metric.TIME_LAG_S, Metric.ADDED_PER_S)}
    found |= {metric: unit_of(metric) for metric in (Metric.MEMORY_BYTES, Metric.SERVER_MEMORY_PERCENT)}

    assert list(found.values()) == ["", "s", "/s", "bytes", "%"]
