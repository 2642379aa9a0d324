"""The setting that says how finely the past is remembered."""

import pytest

from dashboard import env
from dashboard.history.resolutions import DEFAULT, Level, parse_levels


def test_the_default_keeps_a_year() -> None:
    assert parse_levels(DEFAULT) == (
        Level(0, 7200, 120),
        Level(10, 86400, 3600),
        Level(60, 14 * 86400, 6 * 3600),
        Level(900, 365 * 86400, 90 * 3600),
    )


def test_a_block_spans_at_most_half_of_what_it_is_made_from() -> None:
    assert parse_levels("samples:15m, 10s:1d")[1] == Level(10, 86400, 450)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must be “samples”"),
        ("1s:2h", "must be “samples”"),
        ("samples:2", "units are s, m, h"),
        ("samples:5m", "at least 15 minutes"),
        ("samples:2h,10s", "no resolution"),
        ("samples:2h,10s:24h,15s:48h", "multiple"),
        ("samples:2h,10s:24h,10s:48h", "multiple"),
        ("samples:2h,10s:1h", "at least as long"),
        ("samples:15m,1h:1d", "twice as long as a step"),
        ("samples:2h,0s:24h", "no resolution"),
    ],
)
def test_what_cannot_be_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_levels(text)


@pytest.mark.parametrize(
    ("kept", "levels"), [("900", [900, 86400, 14 * 86400, 365 * 86400]), ("172800", [172800, 14 * 86400, 365 * 86400])]
)
def test_the_old_name_says_how_long_samples_are_kept(
    kept: str, levels: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HISTORY_KEPT", kept)
    monkeypatch.delenv("HISTORY", raising=False)

    assert [level.kept_s for level in env.history_levels()] == levels
