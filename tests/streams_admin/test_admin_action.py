"""The audit in the admin."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from streams_admin.models import Action


@pytest.fixture
def action(operator: User) -> Action:
    return Action.objects.create(
        kind="trim",
        state="done",
        server_name="shop",
        key=b"orders <b>\xff",
        operator=operator,
        operator_name="operator",
        title="Trim 6 entries",
        facts={"key": "<script>alert(1)</script>"},
        outcome={"requested": 6, "done": 6},
        commands='XTRIM "orders <b>\\xff" MINID = 7-1',
        started_at=timezone.now(),
    )


def test_everyone_who_acts_can_read_the_audit(operator_client: Client, action: Action) -> None:
    page = operator_client.get(reverse("admin:streams_admin_action_change", args=[action.pk])).content.decode()

    assert "Trim 6 entries" in page
    assert "orders &lt;b&gt;\\xff" in page
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize("people", ["operator", "administrator", "superuser"])
def test_nobody_can_change_it(people: str, action: Action, administrator: User, operator: User) -> None:
    browser = Client()
    person = operator if people == "operator" else administrator
    person.is_superuser = people == "superuser"
    person.save()
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    assert browser.get(reverse("admin:streams_admin_action_add")).status_code == 403
    assert (
        browser.post(reverse("admin:streams_admin_action_change", args=[action.pk]), {"title": "x"}).status_code == 403
    )
    assert (
        browser.post(reverse("admin:streams_admin_action_delete", args=[action.pk]), {"post": "yes"}).status_code == 403
    )
    browser.post(
        reverse("admin:streams_admin_action_changelist"), {"action": "delete_selected", "_selected_action": action.pk}
    )

    action.refresh_from_db()
    assert action.title == "Trim 6 entries"


@pytest.mark.parametrize(("query", "found"), [("trim", 1), ("shop", 1), ("operator", 1), ("MINID", 1), ("claim", 0)])
def test_it_is_searched_by_words(query: str, found: int, operator_client: Client, action: Action) -> None:
    page = operator_client.get(reverse("admin:streams_admin_action_changelist"), {"q": query})

    assert page.context["cl"].result_count == found


def test_it_is_filtered_by_what_it_came_to(operator_client: Client, action: Action) -> None:
    changelist = reverse("admin:streams_admin_action_changelist")

    assert operator_client.get(changelist, {"state__exact": "done"}).context["cl"].result_count == 1
    assert operator_client.get(changelist, {"state__exact": "failed"}).context["cl"].result_count == 0
