"""The field for matchers: what is typed in its rows, and what it says of mistakes."""

import pytest
from django import forms
from django.http import QueryDict

from dashboard.forms.matchers import MatchersField


class _Form(forms.Form):
    matchers = MatchersField()


def _typed(*rows: tuple[str, str, str]) -> _Form:
    data = QueryDict(mutable=True)
    for part, values in zip(("name", "op", "value"), zip(*rows, strict=True), strict=True):
        data.setlist(f"matchers_{part}", list(values))
    return _Form(data)


def test_rows_become_matchers_and_empty_ones_are_left_out() -> None:
    form = _typed((" server ", "=", "shop"), ("", "=", ""), ("stream", "~", "orders:*"))

    assert form.is_valid()
    assert form.cleaned_data["matchers"] == [
        {"name": "server", "op": "=", "value": "shop"},
        {"name": "stream", "op": "~", "value": "orders:*"},
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("", "=", "shop"), "Matcher 1 has no label"),
        (("server", "=~", "shop"), "it can be one of"),
        (("", "=", ""), "required"),
    ],
    ids=["no label", "another comparison", "nothing"],
)
def test_a_mistake_is_told_in_words(row: tuple[str, str, str], words: str) -> None:
    assert words in str(_typed(row).errors)


def test_hostile_values_are_shown_as_text() -> None:
    form = _Form(initial={"matchers": [{"name": "stream", "op": "!~", "value": '"><script>alert(1)</script>'}]})

    shown = str(form["matchers"])

    assert "<script>" not in shown
    assert "&quot;&gt;&lt;script&gt;" in shown
    assert '<option value="!~" selected>' in shown
    assert shown.partition("<noscript>")[0].count("data-matcher>") == 2  # and an empty row
