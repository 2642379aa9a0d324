"""Pages that say why something is not to be had, and what to do."""

from collections.abc import Callable

import pytest
from django.http import HttpResponseBase
from django.test import Client, RequestFactory
from django.views.defaults import server_error

pytestmark = pytest.mark.django_db


def test_a_page_that_does_not_exist_names_its_address_and_a_way_on(viewer_client: Client) -> None:
    response = viewer_client.get("/nowhere/<b>/")

    page = response.content.decode()
    assert response.status_code == 404
    assert "/nowhere/&lt;b&gt;/" in page
    assert 'href="/"' in page


def test_an_anonymous_reader_learns_nothing_of_which_pages_exist(client: Client) -> None:
    assert client.get("/alerts/").status_code == 302
    assert 'aria-label="Main"' not in client.get("/nowhere/").content.decode()


def test_a_refusal_says_who_is_signed_in_and_lets_them_sign_in_as_somebody_else(nobody_client: Client) -> None:
    page = nobody_client.get("/alerts/").content.decode()

    assert "nobody" in page
    assert 'action="/logout/"' in page


def test_the_page_of_a_failure_needs_neither_database_nor_session(
    rf: RequestFactory, django_assert_num_queries: Callable[..., object]
) -> None:
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        response: HttpResponseBase = server_error(rf.get("/"))

    assert response.status_code == 500
    assert b"Something broke on our side" in getattr(response, "content", b"")
