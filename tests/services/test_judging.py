"""Judging over restarts, lost answers and a database that is gone: each change is an event, and none is told twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time
from typing import Any

import msgspec
import pytest
from django.db import Error as DatabaseError
from django.db import OperationalError, connection, transaction

from dashboard.context import open_alerts
from dashboard.core.consumers import ConsumerFacts, ConsumerSeen
from dashboard.core.metrics import ServerTick
from dashboard.core.sample import ServerProblem, ServerState
from dashboard.models import Alert, AlertEvent, Server, Stream, Threshold, ThresholdMemory, WindowBucket
from dashboard.services.alerting import Judge
from dashboard.services.fencing import Guard
from dashboard.services.settling import resolve_unwatched
from tests.services.ticks import NOON, a_group, a_stream, a_tick, at

KEY = b"payments"
DOWN = ServerProblem(ServerState.DOWN, "Connection refused.")
LADDER = {"metric": "lag", "notice_limit": 10, "warning_limit": 20, "critical_limit": 30}


@pytest.fixture
def server(db: None) -> Server:
    return _server()


def _server() -> Server:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0", environment="production")
    Stream.objects.create(server=server, key=KEY, owner="kim", tags="money, eu", runbook="https://wiki.example/stream")
    return server


def _lag(lag: int | None) -> ServerTick:
    return a_tick(a_stream(KEY, a_group(b"billing", lag)))


def _judge(judge: Judge, *ticks: ServerTick | ServerProblem, first: float = 0) -> None:
    ids = {bytes(stream.key): stream.pk for stream in Stream.objects.all()}
    for number, tick in enumerate(ticks):
        judge.judge(tick, stream_ids=ids, now=at(first + number))


def _events() -> list[str]:
    rows = AlertEvent.objects.order_by("at", "pk").values_list("at", "kind", "severity")
    return [f"{_second(moment):g} {kind} {severity}" for moment, kind, severity in rows]


def _second(moment: datetime) -> float:
    return (moment - NOON).total_seconds()


def test_each_change_is_an_event_written_with_its_alert(each_database: str) -> None:
    server = _server()
    Threshold.objects.create(
        name="late",
        **LADDER,
        keep_open_s=2,
        labels={"team": "money"},
        note="Call kim.",
        runbook="https://wiki.example/x",
    )

    _judge(Judge(server.pk), *(_lag(lag) for lag in (15, 35, 25, 5, 15, 5, 5, 5)))

    alert = Alert.objects.get()
    assert _events() == [
        "0 opened notice",
        "1 escalated critical",
        "2 eased warning",
        "3 recovering warning",
        "4 relapsed notice",
        "4 eased notice",
        "5 recovering notice",
        "7 resolved notice",
    ]
    assert (alert.severity, alert.worst_severity, alert.worst_value, alert.state) == (
        "notice",
        "critical",
        35,
        "resolved",
    )
    assert (alert.began_at, alert.opened_at, alert.resolved_at) == (at(0), at(0), at(7))
    assert (alert.note, alert.runbook, alert.resolution) == ("Call kim.", "https://wiki.example/x", "Back to 5.")
    assert alert.labels == {
        "team": "money",
        "threshold": "late",
        "severity": "notice",
        "metric": "lag",
        "server": "shop",
        "environment": "production",
        "stream": "payments",
        "group": "billing",
        "owner": "kim",
        "tags": "money, eu",
    }
    with pytest.raises(DatabaseError, match="final"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE dashboard_alertevent SET text = 'otherwise'")


def test_a_storm_on_each_database_is_one_transaction_of_few_statements(each_database: str) -> None:
    server = _server()
    keys = [b"s:%d" % number for number in range(900)]
    Stream.objects.bulk_create(Stream(server=server, key=key, key_digest=key.hex()) for key in keys)
    Threshold.objects.create(name="long", metric="length", warning_limit=5)

    for second, length in enumerate((9, 1)):
        _judge(Judge(server.pk), a_tick(*(a_stream(key, length=length) for key in keys)), first=second)

    assert Alert.objects.filter(opened_at=at(0), resolved_at=at(1)).count() == 900
    assert AlertEvent.objects.unrouted().count() == 1800


def test_a_hold_goes_on_after_a_restart_and_stands_still_while_nobody_looked(server: Server) -> None:
    Threshold.objects.create(name="late", metric="lag", warning_limit=10, hold_s=4)
    _judge(Judge(server.pk), _lag(15), _lag(15), _lag(15))
    memory = ThresholdMemory.objects.get()

    _judge(Judge(server.pk), _lag(15), _lag(15), _lag(15), first=60)

    assert (memory.pending, memory.at) == (1, at(2))
    assert _events() == ["62 opened warning"]  # 2 s before the restart, 2 s after it
    assert (Alert.objects.get().began_at, ThresholdMemory.objects.get().pending) == (at(0), 0)


def test_recovering_goes_on_after_a_restart(server: Server) -> None:
    Threshold.objects.create(name="late", metric="lag", warning_limit=10, keep_open_s=3)
    _judge(Judge(server.pk), _lag(15), _lag(5), _lag(5))

    _judge(Judge(server.pk), _lag(5), _lag(5), first=3)

    assert _events() == ["0 opened warning", "1 recovering warning", "4 resolved warning"]


def test_what_goes_on_and_changes_nothing_writes_nothing_but_the_time(server: Server) -> None:
    Threshold.objects.create(name="late", metric="lag", warning_limit=10, hold_s=60)
    judge = Judge(server.pk)
    _judge(judge, _lag(15))
    before = bytes(ThresholdMemory.objects.get().tracks)

    _judge(judge, _lag(16), first=1)

    memory = ThresholdMemory.objects.get()
    assert (bytes(memory.tracks), memory.at) == (before, at(1))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda memory: memory.update(tracks=b"\xff\xffnonsense"), "it is damaged"),
        (lambda memory: memory.update(digest="of another definition"), "it says something else now"),
    ],
)
def test_memory_that_cannot_be_used_is_dropped_and_logged(
    server: Server, caplog: pytest.LogCaptureFixture, spoil: Callable[[Any], object], words: str
) -> None:
    Threshold.objects.create(name="late", metric="lag", warning_limit=10, hold_s=2)
    _judge(Judge(server.pk), _lag(15), _lag(15))
    spoil(ThresholdMemory.objects.all())

    with caplog.at_level("INFO"):
        _judge(Judge(server.pk), _lag(15), _lag(15), _lag(15), first=2)

    assert words in caplog.text
    assert _events() == ["4 opened warning"]  # the hold began anew


def test_an_open_alert_without_memory_is_taken_over_at_its_severity(server: Server) -> None:
    Threshold.objects.create(name="late", **LADDER)
    _judge(Judge(server.pk), _lag(25))
    ThresholdMemory.objects.all().delete()

    _judge(Judge(server.pk), _lag(25), _lag(35), _lag(5), first=1)

    assert _events() == ["0 opened warning", "2 escalated critical", "3 resolved critical"]


def test_an_alert_that_was_resolved_elsewhere_begins_anew(server: Server) -> None:
    Threshold.objects.create(name="late", metric="lag", warning_limit=10)
    judge = Judge(server.pk)
    _judge(judge, _lag(15))
    Alert.objects.update(resolved_at=at(1), state="resolved")

    _judge(judge, _lag(15), _lag(15), first=3)

    assert [alert.opened_at for alert in Alert.objects.open()] == [at(3)]


def _failing(left: list[int], *, before: bool) -> Guard:
    """A transaction that fails as often as is left, before anything is written or when all is: then nobody hears that it was."""

    @contextmanager
    def guard() -> Iterator[None]:
        if left[0] and before:
            left[0] -= 1
            raise OperationalError("the database is gone")
        with transaction.atomic():
            yield
        if left[0]:
            left[0] -= 1
            raise OperationalError("the connection was lost")

    return guard


@pytest.mark.parametrize("before", [True, False], ids=["nothing was written", "the answer was lost"])
@pytest.mark.parametrize("times", [1, 3, 6])
def test_what_happened_while_the_database_failed_is_written_once_when_it_answers(
    server: Server, before: bool, times: int
) -> None:
    Threshold.objects.create(name="late", **LADDER)
    Threshold.objects.create(name="held", metric="lag", warning_limit=30, hold_s=1)

    left = [0]
    judge = Judge(server.pk, guard=_failing(left, before=before))
    _judge(judge, _lag(5), first=-1)

    left[0] = times
    _judge(judge, *(_lag(lag) for lag in (15, 35, 35, 5, 15, 5, 5, 5, 5)))

    assert sorted(_events()) == [
        "0 opened notice",
        "1 escalated critical",
        "2 opened warning",
        "3 resolved critical",
        "3 resolved warning",
        "4 opened notice",
        "5 resolved notice",
    ]
    assert (Alert.objects.count(), Alert.objects.open_count()) == (3, 0)


def test_two_judges_without_a_fence_tell_each_change_once(server: Server) -> None:
    Threshold.objects.create(name="late", **LADDER, keep_open_s=1)
    one, other = Judge(server.pk), Judge(server.pk)

    for second, lag in enumerate((15, 25, 35, 25, 5, 15, 5, 5)):
        for judge in (one, other) if second % 2 else (other, one):
            _judge(judge, _lag(lag), first=second)

    assert len(_events()) == len(set(_events())) == 9
    assert Alert.objects.get().resolved_at == at(7)


def test_a_stream_that_was_deleted_a_moment_ago_stops_no_other(server: Server) -> None:
    Threshold.objects.create(name="long", metric="length", warning_limit=5)
    gone = Stream.objects.create(server=server, key=b"gone")
    ids = {KEY: Stream.objects.get(key=KEY).pk, b"gone": gone.pk}
    gone.delete()

    tick = a_tick(a_stream(KEY, length=9), a_stream(b"gone", length=9))
    changes = Judge(server.pk).judge(tick, stream_ids=ids, now=at(0))

    assert [change.alert.stream_id for change in changes] == [ids[KEY]]


@pytest.mark.parametrize("is_judged", [True, False], ids=["by its judge", "by whoever looks"])
def test_a_server_that_is_switched_off_resolves_its_alerts_once_and_forgets(server: Server, is_judged: bool) -> None:
    Threshold.objects.create(name="late", metric="lag", warning_limit=10)
    judge = Judge(server.pk)
    _judge(judge, _lag(15))
    Server.objects.update(enabled=False)

    if is_judged:
        _judge(judge, _lag(15), _lag(15), first=2)
    changes = resolve_unwatched(at(5)) + resolve_unwatched(at(6))

    assert [change.change.value for change in changes] == [] if is_judged else ["resolved"]
    assert Alert.objects.get().resolution == "Its server is no longer watched."
    assert AlertEvent.objects.count() == 2
    assert is_judged or not ThresholdMemory.objects.exists()


def test_a_threshold_that_is_switched_off_for_a_while_holds_anew(server: Server) -> None:
    Threshold.objects.create(name="late", metric="lag", warning_limit=10, hold_s=3)
    judge = Judge(server.pk)
    _judge(judge, _lag(15), _lag(15))
    Threshold.objects.update(enabled=False)
    _judge(judge, _lag(15), first=4)
    Threshold.objects.update(enabled=True)

    _judge(judge, *[_lag(15)] * 4, first=8)

    assert _events() == ["11 opened warning"]


def test_outside_its_active_hours_an_open_alert_resolves_and_none_opens(server: Server) -> None:
    Threshold.objects.create(
        name="late", metric="lag", warning_limit=10, active_from=time(8), active_until=time(12, 0, 2), zone="UTC"
    )

    _judge(Judge(server.pk), *[_lag(15)] * 5)

    assert _events() == ["0 opened warning", "2 resolved warning"]
    assert Alert.objects.get().resolution == "Its active hours are over."


def test_a_watchdog_is_open_whatever_happens_and_counted_nowhere(server: Server) -> None:
    Threshold.objects.create(name="watchdog", metric="watchdog", notice_limit=0)
    judge = Judge(server.pk)

    _judge(judge, _lag(5), DOWN, DOWN, _lag(5))

    assert [alert.resolved_at for alert in Alert.objects.all()] == [None]
    assert (Alert.objects.open_count(), open_alerts()["count"]) == (0, 0)


def test_only_what_was_judged_and_written_is_said_to_be_judged(server: Server) -> None:
    Threshold.objects.create(name="late", metric="lag", warning_limit=10)
    judge = Judge(server.pk, guard=_failing([2], before=True))
    said = []

    for second in range(4):
        _judge(judge, _lag(15), first=second)
        said.append(judge.judged_at)

    assert said == [None, None, at(2), at(3)]


def test_each_consumer_of_a_group_has_an_alert_of_its_own_over_a_restart(server: Server) -> None:
    Threshold.objects.create(name="stuck", metric="consumer_pending", warning_limit=5, consumer_pattern="k*")
    seen = (ConsumerSeen(b"kim", 7, 1.0), ConsumerSeen(b"kai", 9, 1.0), ConsumerSeen(b"lee", 9, 1.0))
    group = msgspec.structs.replace(a_group(b"billing"), who=ConsumerFacts(3, 3, 0, 0, 0.0, seen))
    tick = a_tick(a_stream(KEY, group))

    _judge(Judge(server.pk), tick)
    _judge(Judge(server.pk), tick, first=1)
    _judge(Judge(server.pk), a_tick(a_stream(KEY)), first=2)

    found = Alert.objects.order_by("title").values_list("consumer", "labels__consumer", "resolution")
    assert [(bytes(name), *rest) for name, *rest in found] == [
        (b"kai", "kai", "The group is gone."),
        (b"kim", "kim", "The group is gone."),
    ]


def test_a_window_looks_back_over_a_restart_and_one_that_is_damaged_begins_anew(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    Threshold.objects.create(name="average", metric="lag", warning_limit=5, function="average", window_s=60)
    for first in range(0, 70, 10):
        _judge(Judge(server.pk), *[_lag(9)] * 10, first=first)
    assert _events() == ["54 opened warning"]

    WindowBucket.objects.update(cells=b"?")
    _judge(Judge(server.pk), _lag(9), first=70)
    assert "is damaged" in caplog.text


def test_windows_keep_no_more_than_they_look_back_to(server: Server) -> None:
    Threshold.objects.create(name="average", metric="lag", warning_limit=5, function="average", window_s=60)
    _judge(Judge(server.pk), *[_lag(9)] * 200)
    assert WindowBucket.objects.count() <= 33
    _judge(Judge(server.pk), _lag(9), first=-1000)  # the clock was set back
    assert WindowBucket.objects.count() == 1
