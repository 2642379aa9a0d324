"""Saved views: whose they are, who sees them, and that a deletion can be taken back."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dashboard.models import SavedView
from dashboard.services.saving_views import MOST_VIEWS, UNDO_FOR, save_view

pytestmark = pytest.mark.django_db


def _post(client: Client, address: str, **fields: str) -> dict[str, Any]:
    found: dict[str, Any] = client.post(address, fields).json()
    return found


def _seen(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/views/").json()["views"]
    return found


def _save(client: Client, name: str = "payments", **fields: str) -> int:
    views = _post(client, "/views/", name=name, **{"query": "q=pay&sort=-lag", **fields})["views"]
    return next(int(view["id"]) for view in views if view["name"] == name and view["own"])


def test_a_view_is_saved_under_its_name_and_saved_again_in_its_place(viewer_client: Client) -> None:
    _post(viewer_client, "/views/", name="  my   payments ", query="q=pay")
    _post(viewer_client, "/views/", name="my payments", query="?q=pay&columns=lag,length")

    assert [(view["name"], view["query"]) for view in _seen(viewer_client)] == [
        ("my payments", "q=pay&columns=lag%2Clength")
    ]


def test_a_view_is_its_owners_until_it_is_shared(viewer_client: Client, operator_client: Client) -> None:
    view = _save(viewer_client)
    assert _seen(operator_client) == []

    _post(viewer_client, f"/views/{view}/", name="payments", shared="1")

    assert [(row["name"], row["own"], row["owner"]) for row in _seen(operator_client)] == [
        ("payments", False, "viewer")
    ]


def test_nobody_changes_or_deletes_what_others_share(viewer_client: Client, operator_client: Client) -> None:
    view = _save(viewer_client, shared="1")

    for address, fields in {f"/views/{view}/": {"name": "mine"}, f"/views/{view}/delete/": {}}.items():
        assert operator_client.post(address, fields).status_code == 404

    assert [row["name"] for row in _seen(viewer_client)] == ["payments"]


def test_a_deletion_is_taken_back_with_all_that_it_was(viewer_client: Client) -> None:
    view = _save(viewer_client, shared="1")
    _post(viewer_client, "/views/default/", view=str(view))
    before = _seen(viewer_client)

    assert _post(viewer_client, f"/views/{view}/delete/")["views"] == []
    assert viewer_client.get("/").status_code == 200  # and not led to what is gone

    assert _post(viewer_client, f"/views/{view}/restore/")["views"] == before


def test_what_was_deleted_long_ago_is_cleared_away_by_the_next_save(viewer_client: Client) -> None:
    owner = User.objects.get(username="viewer").pk
    now = timezone.now()
    SavedView.objects.create(owner_id=owner, name="old", deleted_at=now - UNDO_FOR - timedelta(seconds=1))
    SavedView.objects.create(owner_id=owner, name="fresh", deleted_at=now)

    save_view(owner_id=owner, name="new", query="", shared=False, now=now)

    assert set(SavedView.objects.values_list("name", flat=True)) == {"fresh", "new"}


def test_a_name_that_is_used_is_refused_in_words(viewer_client: Client) -> None:
    view, _ = _save(viewer_client, "one"), _save(viewer_client, "two")

    answer = viewer_client.post(f"/views/{view}/", {"name": "two"})

    assert answer.status_code == 400
    assert "two" in answer.json()["problem"]["title"]


@pytest.mark.parametrize("name", ["", "   ", "a\x00b", "x" * 81, "back\u202ewards"])
def test_a_name_that_is_none_is_refused(viewer_client: Client, name: str) -> None:
    assert viewer_client.post("/views/", {"name": name, "query": ""}).status_code == 400
    assert _seen(viewer_client) == []


def test_there_is_an_end_to_how_many_one_keeps(viewer_client: Client) -> None:
    owner = User.objects.get(username="viewer").pk
    SavedView.objects.bulk_create(SavedView(owner_id=owner, name=str(number)) for number in range(MOST_VIEWS))

    assert viewer_client.post("/views/", {"name": "one more"}).status_code == 400
    assert viewer_client.post("/views/", {"name": "7", "query": "q=x"}).status_code == 200


def test_the_overview_opens_with_the_default_where_the_address_asks_for_nothing(viewer_client: Client) -> None:
    view = _save(viewer_client)

    _post(viewer_client, "/views/default/", view=str(view))

    assert viewer_client.get("/")["Location"] == "/?q=pay&sort=-lag"
    assert viewer_client.get("/?q=other").status_code == 200
    _post(viewer_client, "/views/default/", view="")
    assert viewer_client.get("/").status_code == 200


def test_a_shared_default_that_is_shared_no_more_leads_nowhere(viewer_client: Client, operator_client: Client) -> None:
    view = _save(viewer_client, shared="1")
    _post(operator_client, "/views/default/", view=str(view))
    assert operator_client.get("/").status_code == 302

    _post(viewer_client, f"/views/{view}/", name="payments")

    assert operator_client.get("/").status_code == 200


def test_a_hostile_name_and_query_stay_text(viewer_client: Client) -> None:
    hostile = "</script><img src=x onerror=alert(1)>"

    _save(viewer_client, hostile, query=f"q={hostile}")

    page = viewer_client.get("/?q=x").content.decode()
    assert "<img src=x" not in page
    assert "<" not in _seen(viewer_client)[0]["query"]
