"""What happened to alerts becomes messages: once, in order, in groups, and no more of them than somebody can read."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.models import (
    AlertEvent,
    GroupMember,
    Inhibition,
    MaintenanceWindow,
    Notification,
    NotificationGroup,
    Silence,
)
from dashboard.services.routing import route_events, route_open
from tests.services.alarms import NOON, a_receiver, a_route, a_server, arrived, at, change, notify, open_alerts, says

pytestmark = pytest.mark.django_db
STREAM_IS_A = [{"name": "stream", "op": "=", "value": "a"}]


def silence(seconds: float) -> Silence:
    return Silence.objects.create(
        matchers=STREAM_IS_A, starts_at=at(-60), ends_at=at(seconds), reason="deploy", made_at=at(-60)
    )


def test_an_alert_is_told_repeated_and_told_to_be_over() -> None:
    a_route(a_receiver(), name="shop", group_by=["server"], group_wait_s=5, group_interval_s=20)
    [alert] = open_alerts(["a"])

    early, first = notify(4), notify(5)
    arrived()
    quiet, repeat = notify(64), notify(65)
    arrived()
    change(alert, "resolved", second=70)
    too_soon, over = notify(70), notify(85)
    arrived()
    never = notify(10_000)

    assert [*map(says, (early, first, quiet, repeat, too_soon, over, never))] == [
        [],
        [["opened a"]],
        [],
        [["still a"]],
        [],
        [["resolved a"]],
        [],
    ]
    notice = first[0].body
    assert (notice["receiver"], notice["route"], notice["group"]) == ("team", "shop", {"server": "shop"})
    assert (notice["key"], notice["url"]) == (first[0].key, "http://testserver/alerts/")
    assert notice["alerts"][0]["limit"] == "1\u202f000"
    assert notice["alerts"][0]["url"] == f"http://testserver/alerts/{alert.pk}/"
    assert len({made.key for made in (*first, *repeat, *over)}) == 3
    assert list(first[0].alerts.all()) == [alert]
    assert not GroupMember.objects.exists()


def test_alerts_share_messages_as_their_route_groups_them() -> None:
    a_route(a_receiver(), group_by=["server"])
    open_alerts(["a", "b"])
    open_alerts(["c"], server=a_server("other"))

    assert sorted(map(sorted, says(notify(0)))) == [["opened a", "opened b"], ["opened c"]]


def test_what_becomes_graver_is_told_and_reaches_the_route_for_it() -> None:
    grave = [{"name": "severity", "op": "=", "value": "critical"}]
    a_route(a_receiver("pager"), matchers=grave, position=1, goes_on=True)
    a_route(a_receiver("chat"))
    [alert] = open_alerts(["a"])

    assert [made.receiver.name for made in notify(0)] == ["chat"]
    arrived()
    change(alert, "escalated", second=5, severity="critical")
    found = {made.receiver.name: says([made]) for made in notify(5)}
    assert found == {"pager": [["opened a"]], "chat": [["escalated a"]]}
    arrived()
    change(alert, "eased", second=9, severity="notice")
    assert says(notify(9)) == [["eased a"], ["eased a"]]


def test_nothing_is_said_twice_or_out_of_order_while_a_message_is_on_its_way() -> None:
    a_route(a_receiver())
    [alert] = open_alerts(["a"])
    first = notify(0)
    change(alert, "resolved", second=1)

    assert notify(2) == notify(3600) == []
    arrived()
    assert says([*first, *notify(3601)]) == [["opened a"], ["resolved a"]]


def test_what_is_over_before_anybody_was_told_is_not_told() -> None:
    a_route(a_receiver(), group_wait_s=10)
    [alert] = open_alerts(["a"])
    notify(0)
    change(alert, "resolved", second=5)

    assert notify(10) == notify(1000) == []
    assert not AlertEvent.objects.unrouted().exists()


@pytest.mark.parametrize("mutes", ["silence", "maintenance", "inhibition", "acknowledged"])
def test_a_mute_that_ends_lets_what_is_open_still_be_told(mutes: str) -> None:
    a_route(a_receiver(), matchers=STREAM_IS_A)
    if mutes == "silence":
        silence(100)
    if mutes == "maintenance":
        MaintenanceWindow.objects.create(name="m", matchers=STREAM_IS_A, begins=NOON.time(), lasts_min=2)
    [down] = open_alerts(["down"], metric="server_unreachable_s", labels={"stream": "none"})
    if mutes == "inhibition":
        sources = [{"name": "metric", "op": "=", "value": "server_unreachable_s"}]
        Inhibition.objects.create(name="down", sources=sources, targets=STREAM_IS_A, equal=["server"])
    fields: dict[str, Any] = (
        {"acknowledged_at": at(0), "acknowledged_until": at(100)} if mutes == "acknowledged" else {}
    )
    open_alerts(["a", "b"], **fields)

    muted = [notify(second) for second in range(0, 60, 10)]
    change(down, "resolved", second=100)
    told = [notify(second) for second in (110, 120, 130)]

    assert muted == [[]] * 6
    assert [says(each) for each in told if each] == [[["opened a"]]]


def test_a_silence_that_is_ended_early_is_noticed_and_what_is_over_is_told_all_the_same() -> None:
    a_route(a_receiver(), repeat_s=0)
    [told] = open_alerts(["a"])
    notify(0)
    arrived()
    deploy = silence(3600)
    open_alerts(["a"], second=1, threshold=None, limit=2)
    change(told, "resolved", second=2)

    over = notify(2)
    arrived()
    quiet = notify(30)
    Silence.objects.filter(pk=deploy.pk).update(ends_at=at(31))

    assert [says(each) for each in (over, quiet, notify(41))] == [[["resolved a"]], [], [["opened a"]]]


def test_a_watchdog_is_told_where_it_is_asked_for_alone() -> None:
    a_route(a_receiver("chat"), goes_on=True)
    a_route(a_receiver("ward"), matchers=[{"name": "metric", "op": "=", "value": "watchdog"}])
    open_alerts(["a"], metric="watchdog")

    assert [made.receiver.name for made in notify(0)] == ["ward"]


def test_a_route_that_is_made_later_is_told_what_is_open() -> None:
    a_route(a_receiver("early"))
    open_alerts(["a"])
    notify(0)
    arrived()
    a_route(a_receiver("late"), position=1)

    assert (route_open(now=at(5)), route_open(now=at(6))) == (1, 0)
    assert [(made.receiver.name, says([made])) for made in notify(7)] == [("late", [["opened a"]])]


def test_a_broken_route_or_silence_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    a_route(a_receiver("never"), matchers="nonsense", name="broken")
    a_route(a_receiver())
    Silence.objects.create(matchers=[{"name": 1}], starts_at=at(-1), ends_at=at(99), reason="odd", made_at=at(0))
    open_alerts(["a"])

    assert [made.receiver.name for made in notify(0)] == ["team"]
    assert "Route “broken” takes nothing" in caplog.text


def test_a_storm_is_one_message_a_group_and_costs_no_question_an_alert() -> None:
    a_route(a_receiver(), group_by=["server"])
    open_alerts([f"s{number}" for number in range(1500)])

    with CaptureQueriesContext(connection) as asked:
        routed = [route_events(now=at(0)) for _ in range(3)]
        made = notify(0)

    assert routed == [1000, 500, 0]
    assert len(asked) < 80
    assert len(made) == 1
    assert (len(made[0].body["alerts"]), made[0].body["left_out"]) == (50, 1450)
    assert made[0].alerts.count() == 1500
    assert len(NotificationGroup.objects.get().told) == 1500


def test_more_messages_than_somebody_reads_become_one_digest() -> None:
    a_route(a_receiver(most_per_minute=3), group_by=["stream"])
    open_alerts(["a", "b"])
    two = notify(0)
    arrived()
    open_alerts([f"s{number}" for number in range(40)], second=10)
    open_alerts(["grave"], second=10, severity="critical")
    digest = notify(10)
    arrived()
    open_alerts(["c"], second=20)
    none, later = notify(20), notify(61)

    assert [made.kind for made in two] == ["alerts", "alerts"]
    assert [(made.kind, len(made.body["alerts"]), made.body["group"]) for made in digest] == [("digest", 41, {})]
    assert says(digest)[0][0] == "opened grave"
    assert none == []
    assert says(later) == [["opened c", "still b", "still a"]]


def test_a_program_is_told_everything_in_several_messages() -> None:
    a_route(a_receiver(kind="alertmanager"), repeat_s=0)
    open_alerts([f"s{number}" for number in range(700)])

    told = []
    for second in (0, 1, 2):
        told += notify(second)
        arrived()

    assert [len(made.body["alerts"]) for made in told if made.body["alerts"]][:2] == [500, 500]
    assert len({alert["id"] for made in told for alert in made.body["alerts"]}) == 700


@pytest.mark.parametrize("wanted_s", [0, 7 * 86400])
def test_a_program_that_forgets_after_a_day_is_told_again_before(wanted_s: int) -> None:
    a_route(a_receiver(kind="alertmanager"), repeat_s=wanted_s)
    open_alerts(["a"])

    told = []
    for hour in range(0, 25, 6):
        told.append(says(notify(hour * 3600)))
        arrived()

    assert told == [[["opened a"]], [], [["still a"]], [], [["still a"]]]


def test_who_is_switched_off_is_told_what_is_open_when_switched_on() -> None:
    receiver = a_receiver()
    a_route(receiver)
    open_alerts(["a"])
    route_events(now=at(0))
    type(receiver).objects.update(enabled=False)
    off = notify(10)
    type(receiver).objects.update(enabled=True)

    assert (off, says(notify(10 + timedelta(days=1).total_seconds()))) == ([], [["opened a"]])
    assert Notification.objects.count() == 1
