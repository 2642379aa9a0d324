"""Alerts open and resolve once each, whoever judges, however often, and whatever happens in between."""

import threading
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from dashboard.core.metrics import LagQuality, ServerTick
from dashboard.core.sample import ProblemKind, ServerProblem, ServerState
from dashboard.models import Alert, AlertEvent, Server, Stream, Threshold
from dashboard.services.alerting import AlertChange, Judge
from tests.counting import calls_of
from tests.services.ticks import a_group, a_problem, a_stream, a_tick, at

KEY = b"payments"
Metric = Threshold.Metric


@pytest.fixture
def server(db: None) -> Server:
    return Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")


@pytest.fixture
def stream(server: Server) -> Stream:
    return Stream.objects.create(server=server, key=KEY)


@pytest.fixture
def threshold(stream: Stream) -> Threshold:
    return Threshold.objects.create(name="billing is late", metric=Metric.LAG, key_pattern="pay*", warning_limit=1000)


class Watch:
    """A judge with its ids, told the seconds since noon."""

    def __init__(self, server: Server) -> None:
        self.ids = {bytes(stream.key): stream.pk for stream in server.streams.all()}
        self.judge = Judge(server.pk)

    def sees(self, tick: ServerTick | ServerProblem, second: float) -> list[AlertChange]:
        return self.judge.judge(tick, stream_ids=self.ids, now=at(second))

    def sees_lag(self, lag: int | None, second: float) -> list[AlertChange]:
        return self.sees(a_tick(a_stream(KEY, a_group(b"billing", lag))), second)


def said(changes: Iterable[AlertChange]) -> list[str]:
    return [
        f"resolved: {change.alert.resolution}" if change.change == "resolved" else change.change.value
        for change in changes
    ]


def test_a_breach_opens_one_alert_however_often_it_is_seen(server: Server, threshold: Threshold) -> None:
    watch = Watch(server)

    changes = [watch.sees_lag(4210 + second, second) for second in range(30)]

    assert [said(change) for change in changes] == [["opened"], *[[]] * 29]
    alert = Alert.objects.get()
    assert alert.title == "lag of billing on payments above 1\u202f000: 4\u202f210"
    assert (alert.server, alert.stream, bytes(alert.group)) == (server, Stream.objects.get(), b"billing")
    assert (alert.opened_at, alert.opened_value, alert.limit, alert.severity) == (at(0), 4210, 1000, "warning")


def test_it_resolves_once_when_the_breach_ends(server: Server, threshold: Threshold) -> None:
    watch = Watch(server)

    watch.sees_lag(4210, 0)
    changes = [watch.sees_lag(980, second) for second in range(1, 6)]

    assert [said(change) for change in changes] == [["resolved: Back to 980."], [], [], [], []]
    assert Alert.objects.get().resolved_at == at(1)


def test_a_second_breach_is_a_second_alert(server: Server, threshold: Threshold) -> None:
    watch = Watch(server)

    for second, lag in enumerate([4210, 5, 4210, 5, 4210]):
        watch.sees_lag(lag, second)

    assert [alert.resolved_at for alert in Alert.objects.order_by("opened_at")] == [at(1), at(3), None]


def test_a_breach_opens_nothing_before_its_hold(server: Server, threshold: Threshold) -> None:
    Threshold.objects.update(hold_s=3)
    watch = Watch(server)

    changes = [watch.sees_lag(4210, second) for second in range(6)]

    assert [said(change) for change in changes] == [[], [], [], ["opened"], [], []]


def test_an_unknown_lag_neither_opens_nor_resolves(server: Server, threshold: Threshold) -> None:
    watch = Watch(server)

    changes = [watch.sees_lag(lag, second) for second, lag in enumerate([None, 4210, None, None, 4210, None])]

    assert [said(change) for change in changes] == [[], ["opened"], [], [], [], []]


def test_a_lower_bound_beyond_the_limit_is_a_breach(server: Server, threshold: Threshold) -> None:
    watch = Watch(server)

    below = watch.sees(a_tick(a_stream(KEY, a_group(b"billing", 900, quality=LagQuality.AT_LEAST))), 0)
    beyond = watch.sees(a_tick(a_stream(KEY, a_group(b"billing", 10_000, quality=LagQuality.AT_LEAST))), 1)
    unsure = watch.sees(a_tick(a_stream(KEY, a_group(b"billing", 900, quality=LagQuality.AT_LEAST))), 2)

    assert [said(below), said(beyond), said(unsure)] == [[], ["opened"], []]
    assert beyond[0].alert.title.endswith(": ≥ 10\u202f000")


def test_a_restart_in_the_middle_of_a_breach_changes_nothing(server: Server, threshold: Threshold) -> None:
    Watch(server).sees_lag(4210, 0)

    restarted = Watch(server)
    changes = [restarted.sees_lag(lag, 10 + second) for second, lag in enumerate([4210, None, 4210, 7])]

    assert [said(change) for change in changes] == [[], [], [], ["resolved: Back to 7."]]
    assert Alert.objects.count() == 1


def test_an_alert_that_a_restart_finds_over_resolves(server: Server, threshold: Threshold) -> None:
    Watch(server).sees_lag(4210, 0)

    assert said(Watch(server).sees_lag(3, 60)) == ["resolved: Back to 3."]


def test_a_late_judge_does_not_open_what_another_has_seen_resolved(server: Server, threshold: Threshold) -> None:
    Threshold.objects.update(hold_s=2)
    early, late = Watch(server), Watch(server)
    for second in (0, 1):
        late.sees_lag(4210, second)

    for second, lag in enumerate([4210, 4210, 4210, 4210, 1]):
        early.sees_lag(lag, second)
    changes = [late.sees_lag(4210, 2), late.sees_lag(4210, 3), late.sees_lag(1, 4)]

    assert [said(change) for change in changes] == [[], [], []]
    assert Alert.objects.get().resolved_at == at(4)


@pytest.mark.django_db(transaction=True)
def test_two_judges_in_two_threads_make_each_change_once() -> None:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")
    Stream.objects.create(server=server, key=KEY)
    Threshold.objects.create(name="late", metric=Metric.LAG, warning_limit=1000)
    lags = [5000, 5000, 1, 1, 5000, 1] * 10
    both, changes = threading.Barrier(2), []

    def work() -> None:
        watch = Watch(server)
        try:
            for second, lag in enumerate(lags):
                both.wait(timeout=20)
                changes.extend(said(watch.sees_lag(lag, second)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert Alert.objects.count() == 20
    assert Alert.objects.open_count() == 0
    assert (changes.count("opened"), changes.count("resolved: Back to 1.")) == (20, 20)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        ({"enabled": False}, "Its threshold was switched off."),
        ({"warning_limit": 9000}, "Its threshold was changed."),
        ({"key_pattern": "orders:*"}, "Its threshold was changed."),
        ({"metric": Metric.LENGTH}, "Its threshold was changed."),
    ],
)
def test_a_threshold_that_changes_resolves_its_alerts_and_says_so(
    server: Server, threshold: Threshold, edit: dict[str, Any], reason: str
) -> None:
    watch = Watch(server)
    watch.sees_lag(4210, 0)

    Threshold.objects.update(**edit)

    assert said(watch.sees_lag(4210, 3)) == [f"resolved: {reason}"]


def test_a_deleted_threshold_resolves_its_alerts_over_a_restart_too(server: Server, threshold: Threshold) -> None:
    Watch(server).sees_lag(4210, 0)
    threshold.delete()

    assert said(Watch(server).sees_lag(4210, 3)) == ["resolved: Its threshold was deleted."]


def test_an_edited_limit_that_is_still_broken_opens_anew(server: Server, threshold: Threshold) -> None:
    watch = Watch(server)
    watch.sees_lag(4210, 0)
    Threshold.objects.update(warning_limit=2000)

    changes = said([*watch.sees_lag(4210, 3), *watch.sees_lag(4210, 4)])

    assert changes == ["resolved: Its threshold was changed.", "opened"]
    assert Alert.objects.open().get().limit == 2000


def test_a_new_name_or_severity_leaves_an_alert_as_it_is(server: Server, threshold: Threshold) -> None:
    watch = Watch(server)
    watch.sees_lag(4210, 0)

    Threshold.objects.update(name="another", note="see the wiki")

    assert watch.sees_lag(4210, 3) == []
    assert Alert.objects.open().get().severity == "warning"


@pytest.mark.parametrize(
    ("tick", "reason"),
    [
        (a_tick(a_stream(KEY)), "The group is gone."),
        (a_tick(a_problem(KEY, ProblemKind.VANISHED)), "The stream is gone."),
    ],
)
def test_a_subject_that_ends_resolves_its_alert(
    server: Server, threshold: Threshold, tick: ServerTick, reason: str
) -> None:
    watch = Watch(server)
    watch.sees_lag(4210, 0)

    assert said(watch.sees(tick, 1)) == [f"resolved: {reason}"]


def test_a_stream_that_is_no_longer_watched_resolves_its_alert(server: Server, threshold: Threshold) -> None:
    watch = Watch(server)
    watch.sees_lag(4210, 0)
    watch.ids = {}

    assert said(watch.sees(a_tick(), 1)) == ["resolved: The stream is no longer watched."]


@pytest.mark.parametrize(
    "tick",
    [
        a_tick(a_problem(KEY, ProblemKind.DENIED)),
        a_tick(),
        ServerProblem(ServerState.DOWN, "Connection refused."),
        ServerProblem(ServerState.LOADING, "Loading."),
    ],
)
def test_what_cannot_be_read_resolves_nothing(
    server: Server, threshold: Threshold, tick: ServerTick | ServerProblem
) -> None:
    watch = Watch(server)
    watch.sees_lag(4210, 0)

    assert [watch.sees(tick, second) for second in range(1, 5)] == [[], [], [], []]
    assert Alert.objects.open_count() == 1


def test_a_vanished_stream_is_no_data_until_it_is_back(server: Server, stream: Stream) -> None:
    Threshold.objects.create(name="silent", metric=Metric.NO_DATA_S, warning_limit=2)
    watch, gone = Watch(server), a_tick(a_problem(KEY, ProblemKind.VANISHED))

    changes = [watch.sees(gone, second) for second in range(5)]
    back = watch.sees(a_tick(a_stream(KEY)), 5)

    assert [said(change) for change in changes] == [[], [], ["opened"], [], []]
    assert Alert.objects.get().title == "no data from payments for 2\u202fs: vanished."
    assert said(back) == ["resolved: It is read again."]


def test_an_unreachable_server_opens_one_alert_and_resolves_when_it_answers(server: Server, stream: Stream) -> None:
    Threshold.objects.create(name="down", metric=Metric.SERVER_UNREACHABLE_S, critical_limit=2)
    watch, down = Watch(server), ServerProblem(ServerState.DOWN, "Connection refused.")

    changes = [watch.sees(down, second) for second in range(4)]
    back = watch.sees(a_tick(), 4)

    assert [said(change) for change in changes] == [[], [], ["opened"], []]
    alert = Alert.objects.get()
    assert (alert.title, alert.stream) == ("shop unreachable for 2\u202fs: Connection refused.", None)
    assert said(back) == ["resolved: It answers again."]


def test_a_loading_server_is_not_unreachable(server: Server) -> None:
    Threshold.objects.create(name="down", metric=Metric.SERVER_UNREACHABLE_S, warning_limit=0)
    watch = Watch(server)

    assert [watch.sees(ServerProblem(ServerState.LOADING, "Loading."), second) for second in range(3)] == [[], [], []]


def test_a_restart_during_an_outage_does_not_resolve_it(server: Server) -> None:
    Threshold.objects.create(name="down", metric=Metric.SERVER_UNREACHABLE_S, warning_limit=2)
    down = ServerProblem(ServerState.DOWN, "Connection refused.")
    first = Watch(server)
    for second in range(3):
        first.sees(down, second)

    restarted = Watch(server)

    assert [restarted.sees(down, second) for second in range(10, 14)] == [[], [], [], []]
    assert Alert.objects.open_count() == 1


@pytest.mark.parametrize(
    ("fields", "tick", "title"),
    [
        (
            {"metric": Metric.LENGTH, "warning_limit": 10},
            a_tick(a_stream(KEY, length=11)),
            "length of payments above 10: 11",
        ),
        (
            {"metric": Metric.ADDED_PER_S, "warning_limit": 1, "comparison": "below"},
            a_tick(a_stream(KEY, added=0.25)),
            "added per second on payments below 1\u202f/s: 0.25\u202f/s",
        ),
        (
            {"metric": Metric.PENDING, "warning_limit": 5, "group_pattern": "b*"},
            a_tick(a_stream(KEY, a_group(b"audit", pending=9), a_group(b"billing", pending=8))),
            "pending of billing on payments above 5: 8",
        ),
        (
            {"metric": Metric.SERVER_MEMORY_BYTES, "warning_limit": 1024**3},
            a_tick(used_memory=3 * 1024**3 // 2),
            "used memory of shop above 1\u202fGiB: 1.5\u202fGiB",
        ),
    ],
)
def test_each_metric_is_judged_and_worded(
    server: Server, stream: Stream, fields: dict[str, Any], tick: ServerTick, title: str
) -> None:
    Threshold.objects.create(name="t", **fields)

    assert [change.alert.title for change in Watch(server).sees(tick, 0)] == [title]


def test_a_scope_reaches_only_what_it_names(server: Server, stream: Stream) -> None:
    other = Server.objects.create(name="other", address="redis://127.0.0.1:2/0")
    namesake = Stream.objects.create(server=other, key=KEY)
    Stream.objects.create(server=server, key=b"orders:0")
    Threshold.objects.create(name="its stream", metric=Metric.LENGTH, stream=stream, warning_limit=0)
    Threshold.objects.create(name="namesake", metric=Metric.LENGTH, stream=namesake, warning_limit=0)
    Threshold.objects.create(name="other server", metric=Metric.LENGTH, server=other, warning_limit=0)
    Threshold.objects.create(name="pattern", metric=Metric.LENGTH, key_pattern="orders:?", warning_limit=0)
    Threshold.objects.create(name="off", metric=Metric.LENGTH, warning_limit=0, enabled=False)

    changes = Watch(server).sees(a_tick(a_stream(KEY, length=1), a_stream(b"orders:0", length=1)), 0)

    found = {(change.alert.threshold.name, change.alert.stream_id) for change in changes if change.alert.threshold}
    assert found == {("its stream", stream.pk), ("pattern", Stream.objects.get(key=b"orders:0").pk)}


def test_a_stream_with_an_empty_key_is_not_taken_for_the_server(server: Server) -> None:
    nameless = Stream.objects.create(server=server, key=b"")
    Threshold.objects.create(name="long", metric=Metric.LENGTH, warning_limit=0)
    Threshold.objects.create(name="full", metric=Metric.SERVER_MEMORY_BYTES, warning_limit=0)
    watch = Watch(server)

    changes = watch.sees(a_tick(a_stream(b"", length=1), used_memory=1), 0)
    again = Watch(server).sees(a_tick(a_stream(b"", length=1), used_memory=1), 5)

    assert {(change.alert.metric, change.alert.stream_id) for change in changes} == {
        ("length", nameless.pk),
        ("server_memory_bytes", None),
    }
    assert again == []


@pytest.mark.parametrize("nonsense", [{"metric": "nonsense"}, {"hold_s": 1e300}, {"comparison": "beside"}])
def test_a_threshold_that_makes_no_sense_stops_no_other(
    server: Server, threshold: Threshold, nonsense: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    broken = Threshold.objects.create(**{"name": "broken", "metric": Metric.LAG, "warning_limit": 1, **nonsense})

    assert said(Watch(server).sees_lag(4210, 0)) == ["opened"]
    assert f"Threshold {broken.pk} cannot be judged" in caplog.text


def test_a_hostile_name_is_shown_escaped_and_fits(server: Server) -> None:
    key = b"a\n\xff<b>" + b"x" * 5000
    Stream.objects.create(server=server, key=key)
    Threshold.objects.create(name="t", metric=Metric.LAG, warning_limit=0)

    (change,) = Watch(server).sees(a_tick(a_stream(key, a_group(b"\x00" * 3000, 7))), 0)

    change.alert.refresh_from_db()
    assert bytes(change.alert.group) == b"\x00" * 3000
    assert len(change.alert.title) < 300
    assert r"a\n\xff<b>xxx" in change.alert.title


def test_a_tick_without_change_asks_the_database_nothing(server: Server, threshold: Threshold) -> None:
    watch = Watch(server)
    watch.sees_lag(4210, 0)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        watch.sees_lag(4210, 1)
        watch.sees_lag(4211, 1.5)

    assert len(queries) == 0


def test_the_last_value_follows_every_ten_seconds(server: Server, threshold: Threshold) -> None:
    watch = Watch(server)

    for second in range(12):
        watch.sees_lag(2000 + second, second)

    assert Alert.objects.get().last_value == 2010


def test_a_database_that_fails_delays_a_change_and_stops_nothing(
    server: Server, threshold: Threshold, caplog: pytest.LogCaptureFixture
) -> None:
    watch = Watch(server)
    watch.sees_lag(1, 0)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE dashboard_alert RENAME TO lost")
    refused = [watch.sees_lag(4210, second) for second in (1, 2, 3)]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE lost RENAME TO dashboard_alert")
    later = watch.sees_lag(4210, 4)

    assert refused == [[], [], []]
    assert said(later) == ["opened"]
    assert [record.message.split(":")[0] for record in caplog.records] == [
        f"Alerts of server {server.pk} are late, the database failed",
        f"Alerts of server {server.pk} are judged again.",
    ]


def test_a_storm_opens_and_resolves_in_one_tick_with_few_statements(server: Server) -> None:
    keys = [b"s:%d" % number for number in range(1000)]
    Stream.objects.bulk_create(Stream(server=server, key=key, key_digest=key.hex()) for key in keys)
    Threshold.objects.create(name="all", metric=Metric.LENGTH, warning_limit=0)
    watch = Watch(server)

    with CaptureQueriesContext(connection) as queries:
        opened = watch.sees(a_tick(*(a_stream(key, length=1) for key in keys)), 0)
        resolved = watch.sees(a_tick(*(a_stream(key, length=0) for key in keys)), 1)

    assert (len(opened), len(resolved)) == (1000, 1000)
    assert (Alert.objects.open_count(), AlertEvent.objects.count()) == (0, 2000)
    assert len(queries) < 120


def test_ten_thousand_streams_against_ten_thresholds_take_few_calls_each(server: Server) -> None:
    keys = [b"s:%d" % number for number in range(10_000)]
    for number in range(10):
        Threshold.objects.create(
            name=str(number), metric=Metric.LAG, warning_limit=1000 + number, key_pattern="*" if number % 2 else "s:*"
        )
    groups = [a_group(b"one", 5), a_group(b"two", None)]
    tick = a_tick(*(a_stream(key, *groups) for key in keys))
    watch = Watch(server)
    watch.ids = {key: number for number, key in enumerate(keys, 1)}
    watch.sees(tick, 0)

    calls = calls_of(lambda: watch.sees(tick, 0.5))

    assert calls < 20 * len(keys), f"{calls / len(keys):.1f} calls a stream"


def test_open_and_recent_alerts_are_told_apart(server: Server, threshold: Threshold) -> None:
    watch = Watch(server)
    for second, lag in enumerate([4210, 1, 4210, 1, 4210]):
        watch.sees_lag(lag, second)

    resolved: list[datetime | None] = [alert.resolved_at for alert in Alert.objects.recent()]

    assert resolved == [at(3), at(1)]
    assert Alert.objects.open_count() == 1
