"""Labels: what an alert says of itself to routes, silences and receivers."""

import pytest

from dashboard.core.labels import label_problem, labels_of


def test_an_alerts_labels_are_its_own_and_its_thresholds_and_names_are_shown_safely() -> None:
    labels = labels_of(
        own={"team": "payments", "server": "forged"},
        threshold="late",
        severity="critical",
        metric="lag",
        server="shop",
        stream=b"orders\n\xff",
        group=b"billing",
        tags=["money", "eu"],
    )

    assert labels == {
        "team": "payments",
        "threshold": "late",
        "severity": "critical",
        "metric": "lag",
        "server": "shop",
        "stream": "orders\\n\\xff",
        "group": "billing",
        "tags": "money, eu",
    }


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("team", "payments", ""),
        ("_x9", "", ""),
        ("9x", "", "no name of a label"),
        ("te am", "", "no name of a label"),
        ("tëam", "", "no name of a label"),
        ("severity", "x", "set by Streamgauge itself"),
        ("team", "x" * 501, "longer than 500"),
    ],
)
def test_a_label_that_would_mislead_is_told_in_words(name: str, value: str, words: str) -> None:
    assert (words in label_problem(name, value)) if words else label_problem(name, value) == ""
