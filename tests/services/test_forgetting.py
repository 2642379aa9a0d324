"""What alerting has written goes when it is old; what is open, or not yet told, stays."""

import pytest

from dashboard.models import Alert, AlertEvent, Notification, NotificationGroup
from dashboard.services.forgetting import forget_old
from tests.services.alarms import a_receiver, a_route, arrived, at, change, notify, open_alerts

pytestmark = pytest.mark.django_db
DAY = 86400


def test_what_is_old_goes_in_small_batches() -> None:
    a_route(a_receiver())
    still = open_alerts(["open"])
    told = open_alerts([f"s{number}" for number in range(600)])
    notify(0)
    arrived()
    Alert.objects.filter(pk__in=[alert.pk for alert in told]).update(resolved_at=at(5))
    change(open_alerts(["fresh"], second=80 * DAY)[0], "resolved", second=80 * DAY)
    notify(80 * DAY)

    young = forget_old(now=at(89 * DAY))
    while forget_old(now=at(91 * DAY)):
        pass

    assert young == 0
    assert sorted(Alert.objects.values_list("subject_digest", flat=True)) == ["fresh", "open"]
    assert set(AlertEvent.objects.values_list("alert__subject_digest", flat=True)) == {"fresh", "open"}
    assert [made.made_at for made in Notification.objects.all()] == [at(80 * DAY)]
    assert NotificationGroup.objects.get().told == {str(still[0].pk): "warning"}


def test_what_nobody_was_told_yet_stays() -> None:
    a_route(a_receiver())
    [alert] = open_alerts(["a"])
    notify(0)
    change(alert, "resolved", second=1)

    forget_old(now=at(91 * DAY))

    assert (Alert.objects.count(), Notification.objects.count()) == (1, 1)
