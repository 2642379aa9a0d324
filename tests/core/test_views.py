"""Views: what each gauge reads of a tick, how sure that is, and that unknown is never 0."""

from typing import Any

import msgspec
import pytest

from dashboard.core.columns import NEVER_S
from dashboard.core.consumers import ConsumerFacts, ConsumerSeen
from dashboard.core.gauge import Gauge
from dashboard.core.health import Replica
from dashboard.core.metrics import GroupState, LagQuality, ServerTick
from dashboard.core.outlook import Outlook
from dashboard.core.readings import Doubt, Reading
from dashboard.core.sample import ProblemKind, ServerInfo, ServerProblem, ServerState
from dashboard.core.subjects import SERVER, Gone, Layout, Scope, Subject
from dashboard.core.threshold_metrics import CONSUMER_METRICS, GROUP_METRICS, SERVER_METRICS, STREAM_METRICS, Metric
from dashboard.core.views import ProblemView, TickView
from tests.services.ticks import a_group, a_problem, a_stream, a_tick, at

KEY, GROUP = b"payments", b"billing"
BILLING = Subject(KEY, GROUP)
KIM = Subject(KEY, GROUP, b"kim")
WHO = ConsumerFacts(2, 1, 1, 0, 0.0, (ConsumerSeen(b"kim", 7, 90.0), ConsumerSeen(b"lee", 0, 1.0)))


def view_of(tick: ServerTick) -> TickView:
    layout = Layout(tick, dict.fromkeys(tick.streams, 1))
    layout.see_consumers(tick)
    return TickView(tick, layout, at(0))


def reading_of(tick: ServerTick, gauge: Gauge, subject: Subject) -> Reading | Gone:
    return view_of(tick).reading(gauge, subject)


def group_with(**fields: Any) -> ServerTick:
    group = msgspec.structs.replace(a_group(GROUP, 5), **fields)
    return a_tick(a_stream(KEY, group, length=100))


def server_with(outlook: Outlook | None = None, **fields: Any) -> ServerTick:
    info = ServerInfo(run_id="r", product="valkey", version="9.1.2", role="master", **fields)
    return msgspec.structs.replace(a_tick(), at=1000.0, info=info, outlook=outlook)


REPLICAS = (
    Replica(address="a:1", state="online", lag_bytes=10, lag_s=1),
    Replica(address="b:1", state="online", lag_bytes=900, lag_s=0),
    Replica(address="c:1", state="wait_bgsave"),
)


@pytest.mark.parametrize(
    ("metric", "fields", "expected"),
    [
        ("lag", {}, 5),
        ("time_lag_s", {"time_lag_s": 1.5}, 1.5),
        ("pending", {"pending": 3}, 3),
        ("delivered_per_s", {"delivered_per_s": 2.0}, 2),
        ("acked_per_s", {"acked_per_s": 2.5}, 2.5),
        ("acked_per_s", {}, None),
        ("oldest_pending_s", {"oldest_pending_s": 9.0}, 9),
        ("deliveries", {"pending": 1, "most_deliveries": 6}, 6),
        ("deliveries", {"pending": 1}, None),
        ("deliveries", {"pending": 0}, 0),
        ("ghosts", {"ghosts": 4}, 4),
        ("ghosts", {}, None),
        ("lost", {"lost": 2}, 2),
        ("drain_s", {"drain_s": 12.0}, 12),
        ("drain_s", {"never_drains": True}, NEVER_S),
        ("drain_s", {}, None),
        ("live_consumers", {"live_consumers": 0}, 0),
        ("dead_consumers", {}, None),
    ],
)
def test_each_number_of_a_group_is_read_and_an_unknown_one_is_none(
    metric: str, fields: dict[str, Any], expected: float | None
) -> None:
    reading = reading_of(group_with(**fields), Gauge(Metric(metric)), BILLING)

    assert isinstance(reading, Reading)
    assert (reading.value, reading.doubt) == (expected, Doubt.UNKNOWN if expected is None else Doubt.KNOWN)


@pytest.mark.parametrize(
    ("metric", "outlook", "fields", "expected"),
    [
        ("server_unreachable_s", None, {}, 0),
        ("data_age_s", None, {}, 0),
        ("watchdog", None, {}, 1),
        ("server_memory_bytes", None, {"used_memory_bytes": 5}, 5),
        ("server_memory_bytes", None, {}, None),
        ("server_memory_percent", None, {"used_memory_bytes": 5, "max_memory_bytes": 20}, 25),
        ("server_memory_percent", None, {"used_memory_bytes": 5}, None),
        ("memory_full_in_s", None, {}, None),
        ("memory_full_in_s", Outlook(), {}, None),
        ("memory_full_in_s", Outlook(memory_window_s=900), {}, NEVER_S),
        ("memory_full_in_s", Outlook(memory_window_s=900, memory_full_in_s=60), {}, 60),
        ("evicted_per_s", Outlook(evicted_per_s=3), {}, 3),
        ("rejected_per_s", Outlook(), {}, None),
        ("clients_percent", None, {"clients": 10, "max_clients": 40}, 25),
        ("replicas", None, {"replica_states": REPLICAS}, 2),
        ("replicas", None, {"replicas": 1}, 1),
        ("replicas", None, {}, None),
        ("replication_lag_bytes", None, {"replica_states": REPLICAS}, 900),
        ("replication_lag_s", None, {"replica_states": REPLICAS}, 1),
        ("replication_lag_s", None, {"replica_states": ()}, None),
        ("aof_failing_s", None, {"aof": "failing"}, 1),
        ("aof_failing_s", None, {"aof": "off"}, 0),
        ("aof_failing_s", None, {}, None),
        ("rdb_failing_s", None, {"rdb_ok": False}, 1),
        ("rdb_failing_s", None, {}, None),
        ("rdb_age_s", None, {"rdb_saved_at": 400.0}, 600),
        ("rdb_age_s", None, {}, None),
    ],
)
def test_each_number_of_a_server_is_read_and_an_unknown_one_is_none(
    metric: str, outlook: Outlook | None, fields: dict[str, Any], expected: float | None
) -> None:
    reading = reading_of(server_with(outlook, **fields), Gauge(Metric(metric)), SERVER)

    assert isinstance(reading, Reading)
    assert reading.value == expected


def test_every_metric_has_a_column() -> None:
    view = view_of(group_with(who=WHO))

    for metric in Metric:
        rows = 1 if metric in STREAM_METRICS | GROUP_METRICS | SERVER_METRICS else 2
        assert len(view.column(Gauge(metric))) == rows


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Reading(at(0), 5, most=100)),
        ({"quality": LagQuality.APPROXIMATE}, Reading(at(0), 5, doubt=Doubt.ESTIMATED, most=100)),
        ({"quality": LagQuality.AT_LEAST}, Reading(at(0), 5, at_least=True, most=100)),
        ({"lag": None}, Reading(at(0), None, doubt=Doubt.UNKNOWN, most=100)),
    ],
)
def test_a_lag_says_how_sure_it_is_and_the_most_that_it_can_be(fields: dict[str, Any], expected: Reading) -> None:
    tick = a_tick(a_stream(KEY, a_group(GROUP, **{"lag": 5, **fields}), length=100))

    assert reading_of(tick, Gauge(Metric.LAG), BILLING) == expected


@pytest.mark.parametrize(
    ("state", "states", "expected"),
    [
        (GroupState.STALLED, {"stalled", "stopped"}, 1),
        (GroupState.SLOW, {"stalled", "stopped"}, 0),
        (GroupState.OK, {"stalled"}, 0),
        (GroupState.WAITING, {"stalled"}, None),  # as for a minute after a restart: what was stalled may be so still
        (GroupState.UNKNOWN, {"stalled"}, None),
        (GroupState.UNKNOWN, {"unknown"}, 1),
    ],
)
def test_a_state_is_a_condition_and_an_unknown_one_says_nothing(
    state: GroupState, states: set[str], expected: float | None
) -> None:
    view = view_of(group_with(state=state, state_reason="Nothing moved."))

    assert view.column(Gauge(Metric.GROUP_STATE_S, frozenset(states))) == [expected]
    assert view.detail(BILLING) == "Nothing moved."


def test_a_consumer_is_read_as_it_was_looked_at_and_is_gone_only_where_all_were() -> None:
    everybody = group_with(who=WHO, consumers=2)
    more = group_with(who=msgspec.structs.replace(WHO, total=500), consumers=500)
    unread = group_with(consumers=2)
    nobody = Subject(KEY, GROUP, b"nobody")

    assert reading_of(everybody, Gauge(Metric.CONSUMER_IDLE_S), KIM) == Reading(at(0), 90)
    assert reading_of(everybody, Gauge(Metric.CONSUMER_PENDING), KIM) == Reading(at(0), 7)
    assert reading_of(everybody, Gauge(Metric.CONSUMER_IDLE_S), nobody) == Gone("The consumer is gone.")
    unknown = Reading(at(0), None, doubt=Doubt.UNKNOWN)
    assert reading_of(more, Gauge(Metric.CONSUMER_IDLE_S), nobody) == unknown
    assert reading_of(unread, Gauge(Metric.CONSUMER_IDLE_S), KIM) == unknown


def test_consumers_are_laid_out_anew_where_one_comes_or_goes_and_only_then() -> None:
    layout = Layout(group_with(who=WHO), {KEY: 1})
    layout.see_consumers(group_with(who=WHO))
    first = layout.consumer_rows
    layout.see_consumers(group_with(who=msgspec.structs.replace(WHO, seen=(ConsumerSeen(b"kim", 0, 1.0), WHO.seen[1]))))
    same = layout.consumer_rows
    layout.see_consumers(group_with(who=msgspec.structs.replace(WHO, seen=WHO.seen[:1])))

    assert first == {KIM: 0, Subject(KEY, GROUP, b"lee"): 1}
    assert same is first
    assert layout.consumer_rows == {KIM: 0}


def test_what_could_not_be_read_says_so() -> None:
    lag = Gauge(Metric.LAG)
    denied, gone = a_tick(a_problem(KEY, ProblemKind.DENIED)), a_tick(a_problem(KEY, ProblemKind.VANISHED))
    other = a_tick(a_stream(b"other"))
    unswept = TickView(other, Layout(other, {KEY: 1, b"other": 2}), at(0))

    assert reading_of(denied, lag, BILLING) == Reading(at(0), None, doubt=Doubt.ERROR, detail="denied.")
    assert reading_of(denied, Gauge(Metric.LENGTH), Subject(KEY)) == Reading(
        at(0), None, doubt=Doubt.ERROR, detail="denied."
    )
    assert reading_of(denied, Gauge(Metric.NO_DATA_S), Subject(KEY)) == Reading(at(0), 1)
    assert reading_of(gone, lag, BILLING) == Gone("The stream is gone.")
    assert reading_of(other, lag, BILLING) == Gone("The stream is no longer watched.")
    assert unswept.reading(lag, BILLING) == Reading(at(0), None, doubt=Doubt.NO_DATA)


def test_a_server_that_cannot_be_swept_ages_and_is_unreachable_but_while_it_loads() -> None:
    down, loading = (ServerProblem(state, "Why.") for state in (ServerState.DOWN, ServerState.LOADING))
    unreachable, age = Gauge(Metric.SERVER_UNREACHABLE_S), Gauge(Metric.DATA_AGE_S)

    assert ProblemView(down, at(9), at(0)).reading(unreachable, SERVER) == Reading(at(9), 1, detail="Why.")
    assert ProblemView(down, at(9), at(0)).reading(age, SERVER) == Reading(at(9), 9, detail="Why.")
    assert ProblemView(down, at(9)).column(age) == [None]
    waits = ProblemView(loading, at(9), at(0)).reading(unreachable, SERVER)
    assert waits == Reading(at(9), None, doubt=Doubt.UNKNOWN, detail="Why.")
    missing = ProblemView(down, at(9), at(0)).reading(Gauge(Metric.LAG), BILLING)
    assert missing == Reading(at(9), None, doubt=Doubt.NO_DATA, detail="Why.")


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(Metric.LENGTH), {b"orders", b"payments", b"audit"}),
        (Scope(Metric.LENGTH, tag="money"), {b"orders", b"payments"}),
        (Scope(Metric.LENGTH, tag="money", key_excludes=(b"pay*", b"x")), {b"orders"}),
        (Scope(Metric.LENGTH, key_pattern=b"a*"), {b"audit"}),
        (Scope(Metric.LENGTH, stream_id=2, key_pattern=b"nothing"), {b"payments"}),
        (Scope(Metric.LENGTH, group_pattern=b"x", consumer_pattern=b"x"), {b"orders", b"payments", b"audit"}),
    ],
)
def test_a_scope_is_a_stream_or_what_tag_and_patterns_leave(scope: Scope, expected: set[bytes]) -> None:
    tick = a_tick(*(a_stream(key) for key in (b"orders", b"payments", b"audit")))
    layout = Layout(
        tick, {b"orders": 1, b"payments": 2, b"audit": 3}, {1: frozenset({"money"}), 2: frozenset({"money", "eu"})}
    )

    assert {subject.key for subject in scope.subjects(layout).values()} == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {b"kim", b"lee", b"old-1"}),
        ({"consumer_excludes": (b"old-*",)}, {b"kim", b"lee"}),
        ({"consumer_pattern": b"l*"}, {b"lee"}),
        ({"group_excludes": (b"bill*",)}, set()),
    ],
)
def test_a_scope_of_consumers_goes_by_their_group_and_name(fields: dict[str, Any], expected: set[bytes]) -> None:
    who = msgspec.structs.replace(WHO, total=3, seen=(*WHO.seen, ConsumerSeen(b"old-1", 0, 9.0)))
    tick = group_with(who=who)
    layout = Layout(tick, {KEY: 1})
    layout.see_consumers(tick)

    for metric in CONSUMER_METRICS:
        assert {one.consumer for one in Scope(metric, **fields).subjects(layout).values()} == expected
