"""Thresholds: which servers they reach, and when they come to mean something else."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from dashboard.models import Server, Stream, Threshold


@pytest.fixture
def servers(db: None) -> list[Server]:
    return [Server.objects.create(name=name, address=f"redis://{name}:1/0") for name in ("one", "two")]


def test_a_threshold_reaches_its_server_its_streams_server_or_all(servers: list[Server]) -> None:
    one, two = servers
    stream = Stream.objects.create(server=two, key=b"k")
    Threshold.objects.create(name="every", metric="lag", warning_limit=1)
    Threshold.objects.create(name="one's", metric="lag", warning_limit=1, server=one)
    Threshold.objects.create(name="two's stream", metric="lag", warning_limit=1, stream=stream)

    assert [threshold.name for threshold in Threshold.objects.for_server(one.pk)] == ["every", "one's"]
    assert [threshold.name for threshold in Threshold.objects.for_server(two.pk)] == ["every", "two's stream"]


@pytest.mark.parametrize(
    ("edit", "changes"),
    [
        ({"warning_limit": 2}, True),
        ({"hold_s": 9}, True),
        ({"metric": "pending"}, True),
        ({"comparison": "below"}, True),
        ({"key_pattern": "x*"}, True),
        ({"group_pattern": "x*"}, True),
        ({"stream_id": 7}, True),
        ({"server_id": 7}, True),
        ({"name": "other"}, False),
        ({"critical_limit": 5}, True),
        ({"note": "see the wiki"}, False),
        ({"enabled": False}, False),
    ],
)
def test_the_digest_changes_with_the_meaning_alone(edit: dict[str, Any], changes: bool) -> None:
    fields = {"name": "t", "metric": "lag", "warning_limit": 1.0}

    assert (Threshold(**fields).definition_digest != Threshold(**{**fields, **edit}).definition_digest) is changes


def test_the_digest_survives_the_database(db: None) -> None:
    threshold = Threshold(
        name="t", metric=Threshold.Metric.LAG, warning_limit=1000, comparison=Threshold.Comparison.ABOVE
    )
    before = threshold.definition_digest
    threshold.save()

    assert Threshold.objects.get().definition_digest == before


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"warning_limit": float("nan")}, "warning_limit"),
        ({"warning_limit": float("inf")}, "warning_limit"),
        ({"warning_limit": -1.0}, "warning_limit"),
        ({"warning_limit": 0.0, "comparison": "below"}, "warning_limit"),
        ({"warning_limit": 1.0, "hold_s": float("nan")}, "hold_s"),
        ({"warning_limit": 1.0, "hold_s": 1e300}, "hold_s"),
        ({"warning_limit": 1e300, "metric": "server_unreachable_s"}, "warning_limit"),
    ],
)
def test_numbers_that_could_never_be_reached_are_refused(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Threshold(**{"name": "t", "metric": "lag", **fields}).clean()

    assert field in refused.value.message_dict
