"""Filters of the pages' templates."""

import pytest

from dashboard.templatetags.readings import whole


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (999, "999"), (1200, "1\u202f200"), (12345678, "12\u202f345\u202f678"), ("?", "?")]
)
def test_thousands_stand_apart_by_thin_spaces(value: object, shown: str) -> None:
    assert whole(value) == shown
