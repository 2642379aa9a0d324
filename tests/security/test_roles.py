"""What the roles may do, and that migrations never take away what people changed."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import connection

from dashboard.roles import grant
from tests.conftest import ROLE_MIGRATIONS

pytestmark = pytest.mark.django_db

WATCH = {
    "dashboard.view_server",
    "dashboard.view_stream",
    "dashboard.view_threshold",
    "dashboard.view_alert",
    *(f"dashboard.view_{model}" for model in ("alertevent", "silence", "maintenancewindow")),
    "streams_admin.view_action",
    "streams_admin.view_policy",
}
OPERATE = WATCH | {
    "dashboard.view_payload",
    "dashboard.acknowledge_alert",
    "streams_admin.claim_entries",
    "streams_admin.acknowledge_entries",
    "streams_admin.trim_stream",
    "streams_admin.manage_groups",
    "streams_admin.delete_entries",
    "streams_admin.delete_consumers",
    "streams_admin.add_entries",
    *(f"streams_admin.{verb}" for verb in ("export_streams", "restore_streams", "view_backup")),
    *(f"streams_admin.{verb}" for verb in ("approve_actions", "view_approval")),
    *(f"dashboard.{verb}_walllink" for verb in ("view", "add", "change", "delete")),
    *(
        f"dashboard.{verb}_{model}"
        for model in ("silence", "maintenancewindow")
        for verb in ("add", "change", "delete")
    ),
    *(f"dashboard.view_{model}" for model in ("route", "receiver", "inhibition", "notification")),
    "dashboard.resend_notification",
}


def make_roles_again() -> None:
    for migration in ROLE_MIGRATIONS:
        import_module(migration).make_roles(apps, SimpleNamespace(connection=connection))


def test_a_viewer_may_only_look(viewer: User) -> None:
    assert viewer.get_all_permissions() == WATCH


def test_an_operator_may_recover_and_not_configure(operator: User) -> None:
    assert operator.get_all_permissions() == OPERATE


def test_an_administrator_may_configure_but_not_rewrite_the_audit(administrator: User) -> None:
    more = administrator.get_all_permissions() - OPERATE

    assert {name.partition(".")[2].partition("_")[2] for name in more} == {
        "server",
        "stream",
        "streams",  # to delete them
        "threshold",
        "route",
        "receiver",
        "inhibition",
        "user",
        "group",
        "policy",
        "backup",
        "bound",
    }
    assert "auth.view_group" in more
    assert not {name for name in administrator.get_all_permissions() if name.endswith(("_action", "_plan"))} - WATCH


def test_what_people_gave_a_role_stays(viewer: User) -> None:
    Group.objects.get(name="Viewer").permissions.add(*Group.objects.get(name="Operator").permissions.all())
    make_roles_again()

    assert User.objects.get(pk=viewer.pk).get_all_permissions() == OPERATE


def test_a_permission_that_no_model_has_is_refused(db: None) -> None:
    with pytest.raises(LookupError, match=r"dashboard\.view_everything"):
        grant(apps, SimpleNamespace(connection=connection), {"Viewer": ["dashboard.view_everything"]})
