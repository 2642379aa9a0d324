"""Maintenance windows in the admin: hours as people say them, and the next times they come."""

from datetime import time
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from dashboard.models import MaintenanceWindow

ADD = "/admin/dashboard/maintenancewindow/add/"
LIST = "/admin/dashboard/maintenancewindow/"
PREVIEW = "/admin/dashboard/maintenancewindow/preview/"
FORM: dict[str, Any] = {
    "name": "Backups",
    "enabled": "on",
    "reason": "the nightly dump",
    "matchers_name": ["server"],
    "matchers_op": ["="],
    "matchers_value": ["shop"],
    "days": ["1", "2", "4", "8", "16"],
    "begins": "22:30",
    "lasts": "90 min",
    "zone": "Europe/Berlin",
    "first_day": "2030-01-01",
    "last_day": "",
}


def test_an_operator_makes_one_and_its_form_shows_it(operator_client: Client) -> None:
    assert operator_client.post(ADD, FORM).status_code == 302

    made = MaintenanceWindow.objects.get()
    assert (made.days, made.begins, made.lasts_min, made.zone) == (31, time(22, 30), 90, "Europe/Berlin")
    shown = operator_client.get(f"{LIST}{made.pk}/change/").content.decode()
    assert 'value="90 min"' in shown
    assert "Tue 1 Jan 2030, 22:30 – Wed 2 Jan 2030, 00:00 (Europe/Berlin)" in shown
    assert "Tue 1 Jan 2030" in operator_client.get(LIST).content.decode()


def test_a_preview_names_the_next_three_times(operator_client: Client) -> None:
    sections = operator_client.post(PREVIEW, FORM, headers={"Accept": "application/json"}).json()["sections"]

    assert [item["text"][:15] for item in sections[0]["items"]] == [
        "Tue 1 Jan 2030,",
        "Wed 2 Jan 2030,",
        "Thu 3 Jan 2030,",
    ]
    assert sections[1]["title"] == "Open alerts that it fits"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"days": []}, "Tick at least one day."),
        ({"zone": "Mars/Base"}, "is no time zone"),
        ({"lasts": "8 d"}, "from 1 min to 7 d"),
        ({"lasts": "90"}, "whole minutes"),
        ({"lasts": ""}, "from 1 min"),
        ({"last_day": "2029-12-31"}, "The last day is before the first one."),
        ({"matchers_name": [], "matchers_op": [], "matchers_value": []}, "This field is required."),
    ],
    ids=["no day", "no zone", "too long", "half a minute", "nothing", "ends before it begins", "everything"],
)
def test_what_is_wrong_is_told_in_words(operator_client: Client, given: dict[str, Any], words: str) -> None:
    assert words in operator_client.post(ADD, {**FORM, **given}).content.decode()
    assert not MaintenanceWindow.objects.exists()


def test_one_that_never_comes_says_so(operator_client: Client) -> None:
    given = {**FORM, "days": ["64"], "first_day": "2030-01-01", "last_day": "2030-01-05"}  # a Tuesday to a Saturday

    sections = operator_client.post(PREVIEW, given, headers={"Accept": "application/json"}).json()["sections"]

    assert sections[0]["text"] == "It never comes again."


def test_whoever_may_only_look_sees_its_hours(nobody: User, nobody_client: Client, operator_client: Client) -> None:
    operator_client.post(ADD, FORM)
    nobody.user_permissions.add(Permission.objects.get(codename="view_maintenancewindow"))
    User.objects.filter(pk=nobody.pk).update(is_staff=True)

    shown = nobody_client.get(f"{LIST}{MaintenanceWindow.objects.get().pk}/change/").content.decode()

    assert "22:30 + 1\u202fh 30\u202fmin, Europe/Berlin" in shown
    assert 'name="_save"' not in shown
