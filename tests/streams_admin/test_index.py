"""The admin's first page and its frame."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_admin_begins_with_what_is_watched_and_has_no_second_menu(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"))

    index = client.get("/admin/").content.decode()
    form = client.get("/admin/dashboard/threshold/add/").content.decode()

    assert index.index("Watching") < index.index("Recovery") < index.index("Authentication and Authorization")
    assert "nav-sidebar" not in form.replace("nav_sidebar", "")
