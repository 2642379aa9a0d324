"""Backtests over real history, as samplers stored it and as it was rolled up since."""

from typing import Any

import pytest

from dashboard.history import rollup
from dashboard.history.recorder import Recorder
from dashboard.history.resolutions import parse_levels
from dashboard.models import Server, Stream, Threshold
from dashboard.services.backtest import backtest, line
from dashboard.services.reaching import Reached, reached
from dashboard.services.remembered import steps_of
from tests.history.samples import NOON, tick

LAG = {"name": "late", "metric": "lag", "warning_limit": 100.0}
#: Seconds after NOON between which the lag is 500, else 5; the last one is in what is still there sample by sample.
LATE = ((600, 900), (1500, 1530), (3300, 3400))
ENDS = 3600


@pytest.fixture
def stream(db: None, settings: Any) -> Stream:
    """A stream with an hour of history, a sample each ten seconds, of which three quarters are steps of a minute."""
    settings.HISTORY_LEVELS = parse_levels("samples:15m,1m:4h")
    stream = Stream.objects.create(server=Server.objects.create(name="shop", address="redis://127.0.0.1:1/0"), key=b"s")
    recorder = Recorder()
    for second in range(0, ENDS, 10):
        if 2000 <= second < 2300:
            continue  # nobody sampled
        lag = 500 if any(begin <= second < end for begin, end in LATE) else 5
        recorder.append(
            tick(second, {stream.pk: 7}, groups=(b"billing", b"audit"), lag=lag, interval=10.0, server=stream.server_id)
        )
        if second % 200 == 0:
            recorder.flush()
            rollup.roll_up(NOON + second, for_s=60)
    recorder.flush()
    return stream


def where(stream: Stream) -> Reached:
    return Reached(stream.server_id, stream.pk, bytes(stream.key))


def spans(stream: Stream, **fields: Any) -> list[tuple[bytes, float, float | None]]:
    found = backtest(Threshold(**{**LAG, **fields}), where(stream), since=NOON, now=NOON + ENDS).found
    return [(its.group, its.alert.since - NOON, its.alert.until and its.alert.until - NOON) for its in found]


def test_each_breach_is_an_alert_of_each_group_in_scope(stream: Stream) -> None:
    both = spans(stream, group_excludes="nobody")
    one = spans(stream, group_pattern="bill*")

    assert one == [(b"billing", 600, 900), (b"billing", 1530, 1560), (b"billing", 3300, 3400)]
    assert both == [*((b"audit", since, until) for _, since, until in one), *one]


def test_a_stream_of_many_groups_is_looked_at_in_parts(stream: Stream) -> None:
    found: Any = {"since": NOON, "now": NOON + ENDS}
    first = backtest(Threshold(**LAG), where(stream), **found, enough=lambda: True)
    last = backtest(Threshold(**LAG), where(stream), **found, enough=lambda: True, skip=first.skip or 0)

    assert ({its.group for its in first.found}, first.skip) == ({b"audit"}, 1)
    assert ({its.group for its in last.found}, last.skip) == ({b"billing"}, None)


def test_a_hold_longer_than_a_breach_opens_nothing_for_it(stream: Stream) -> None:
    assert spans(stream, group_pattern="billing", hold_s=120) == [(b"billing", 720, 900)]
    assert spans(stream, group_pattern="billing", hold_s=600) == []


def test_below_a_limit_is_judged_by_the_least(stream: Stream) -> None:
    found = spans(stream, metric="length", comparison="below", warning_limit=8)

    assert found == [(b"", 0, None)]


def test_what_never_breaks_a_limit_is_nothing(stream: Stream) -> None:
    assert spans(stream, warning_limit=1000.0) == []
    assert spans(stream, metric="length") == []


def test_the_range_is_told_in_stretches_as_fine_as_they_are_kept(stream: Stream) -> None:
    assert steps_of(since=NOON, now=NOON + ENDS) == [(NOON, NOON + 2700, 60), (NOON + 2700, NOON + ENDS, 0)]
    assert steps_of(since=NOON + 3000, now=NOON + ENDS) == [(NOON + 3000, NOON + ENDS, 0)]


def test_the_line_has_what_was_judged_and_its_gaps(stream: Stream) -> None:
    found = line(Threshold(**LAG), where(stream), b"billing", since=NOON, now=NOON + ENDS)

    assert max(value for value in found.most if value is not None) == 500
    assert [
        at - NOON for at, value in zip(found.at, found.value, strict=True) if value is None and 1900 < at - NOON < 2400
    ]
    assert found.at == sorted(found.at)


@pytest.mark.parametrize(("fields", "keys"), [({}, ["a", "b"]), ({"tag": "eu"}, ["b"]), ({"key_excludes": "b"}, ["a"])])
def test_reach_is_what_scope_says(db: None, fields: dict[str, Any], keys: list[str]) -> None:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")
    for key, tags in ((b"a", ""), (b"b", "us, eu")):
        Stream.objects.create(server=server, key=key, tags=tags)
    gone = Stream.objects.create(server=server, key=b"gone", watched=False)

    found = reached(Threshold(**LAG, **fields))

    assert [one.key.decode() for one in found] == keys
    assert reached(Threshold(**LAG), among=[gone.pk]) == []
    assert [one.server_id for one in reached(Threshold(name="m", metric="replicas"))] == [server.pk]
