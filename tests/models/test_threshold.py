"""Thresholds: which servers they reach, and when they come to mean something else."""

from datetime import time
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


LAG = {"name": "t", "metric": "lag", "warning_limit": 100.0}


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"warning_limit": float("nan")}, "warning_limit", "is a number"),
        ({"warning_limit": float("inf")}, "warning_limit", "is a number"),
        ({"warning_limit": -1.0}, "warning_limit", "below 0"),
        ({"warning_limit": 0.0, "comparison": "below"}, "warning_limit", "above 0"),
        ({"warning_limit": None}, "warning_limit", "at least one"),
        ({"hold_s": float("nan")}, "hold_s", "30 days"),
        ({"hold_s": 1e300}, "hold_s", "30 days"),
        ({"keep_open_s": -1}, "keep_open_s", "from 0"),
        ({"warning_limit": 1e300, "metric": "server_unreachable_s"}, "warning_limit", "30 days"),
        ({"critical_limit": 50.0}, "critical_limit", "above the warning limit"),
        ({"critical_limit": 100.0}, "critical_limit", "above the warning limit"),
        ({"critical_limit": 200.0, "comparison": "below"}, "critical_limit", "below the warning limit"),
        ({"notice_limit": 150.0}, "warning_limit", "above the notice limit"),
        ({"warning_clear": 101.0}, "warning_clear", "cannot end above"),
        ({"warning_clear": 99.0, "comparison": "below"}, "warning_clear", "cannot end below"),
        ({"warning_clear": -1.0}, "warning_clear", "would never end"),
        ({"critical_clear": 5.0}, "critical_clear", "no limit"),
        ({"metric": "no_data_s", "warning_clear": 5.0}, "warning_clear", "leave this empty"),
        ({"metric": "server_memory_percent", "warning_limit": 101.0}, "warning_limit", "at most 100"),
        ({"function": "average"}, "window_s", "how far back"),
        ({"function": "average", "window_s": 1e6}, "window_s", "1\u202fd"),
        ({"window_s": 60}, "window_s", "needs no window"),
        ({"metric": "group_state_s"}, "states", "at least one"),
        ({"metric": "group_state_s", "states": ["bored"]}, "states", "these states"),
        ({"states": ["slow"]}, "states", "says nothing"),
        ({"metric": "server_memory_bytes", "group_pattern": "x"}, "group_pattern", "not a group's"),
        ({"metric": "server_memory_bytes", "key_pattern": "x"}, "key_pattern", "is a server's"),
        ({"metric": "length", "group_excludes": "x"}, "group_excludes", "not a group's"),
        ({"consumer_pattern": "x"}, "consumer_pattern", "not a consumer's"),
        ({"key_pattern": "x[1"}, "key_pattern", "never closed"),
        ({"group_pattern": "x[]"}, "group_pattern", "nothing ever fits"),
        ({"key_excludes": "a\nx["}, "key_excludes", "never closed"),
        ({"key_pattern": "a*", "key_excludes": "a*"}, "key_excludes", "nothing would be judged"),
        ({"group_excludes": "**"}, "group_excludes", "nothing would be judged"),
        ({"labels": {"severity": "x"}}, "labels", "by Streamgauge itself"),
        ({"labels": {"a-b": "x"}}, "labels", "no name of a label"),
        ({"labels": {"team": 5}}, "labels", "lines such as"),
        ({"labels": {"team": "x" * 501}}, "labels", "longer"),
        ({"zone": "Mars/Olympus"}, "zone", "no time zone"),
        ({"active_days": 0}, "active_days", "one day"),
        ({"active_from": time(9), "active_until": time(9)}, "active_until", "no time"),
        ({"on_no_data": "use"}, "on_no_data", "no value"),
        ({"on_error": "bound"}, "on_error", "no value"),
        ({"runbook": "ftp://wiki/x"}, "runbook", "http"),
        ({"metric": "watchdog", "hold_s": 5}, "hold_s", "says nothing"),
    ],
    ids=lambda value: (
        " ".join(f"{name}={word}" for name, word in value.items())[:60] if isinstance(value, dict) else ""
    ),
)
def test_what_contradicts_is_refused_in_words(fields: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Threshold(**{**LAG, **fields}).clean()

    assert words in refused.value.message_dict[field][0]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"notice_limit": 50.0, "critical_limit": 200.0, "critical_clear": 150.0, "keep_open_s": 60},
        {"comparison": "below", "notice_limit": 200.0, "critical_limit": 50.0, "critical_clear": 60.0},
        {"function": "delta", "window_s": 300, "warning_limit": -5.0, "comparison": "below"},
        {"metric": "group_state_s", "states": ["stopped", "slow"]},
        {"metric": "server_memory_percent", "warning_limit": 100.0},
        {"on_unknown": "bound", "on_estimated": "skip"},
        {"active_days": 31, "active_from": time(22), "active_until": time(6), "zone": "Europe/Berlin"},
        {"labels": {"team": "payments"}, "runbook": "https://wiki/x"},
        {"metric": "watchdog", "warning_limit": None, "notice_limit": 0.0},
    ],
    ids=str,
)
def test_what_makes_sense_is_taken(fields: dict[str, Any]) -> None:
    Threshold(**{**LAG, **fields}).clean()


def test_one_stream_leaves_nothing_to_choose(servers: list[Server]) -> None:
    stream = Stream.objects.create(server=servers[0], key=b"orders")

    with pytest.raises(ValidationError) as refused:
        Threshold(**LAG, stream=stream, key_pattern="x*", tag="shop", key_excludes="y", server=servers[1]).clean()

    assert set(refused.value.message_dict) == {"stream", "key_pattern", "tag", "key_excludes"}
