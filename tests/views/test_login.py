"""Signing in and out, and what somebody sees who cannot."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db
PASSWORD = "water-clock-heron-41"


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ada", password=PASSWORD)


def _sign_in(client: Client, password: str, **fields: str) -> tuple[int, str]:
    response = client.post("/login/", {"username": "ada", "password": password, **fields})
    return response.status_code, response.content.decode()


def test_the_right_password_leads_to_where_one_was_going(client: Client, person: User) -> None:
    response = client.post("/login/", {"username": "ada", "password": PASSWORD, "next": "/alerts/?state=open"})

    assert response.status_code == 302
    assert response["Location"] == "/alerts/?state=open"


def test_signing_in_leads_to_no_other_site(client: Client, person: User) -> None:
    response = client.post("/login/", {"username": "ada", "password": PASSWORD, "next": "https://evil.example/"})

    assert response["Location"] == "/"


def test_a_wrong_password_is_told_in_words_and_the_name_is_kept(client: Client, person: User) -> None:
    status, page = _sign_in(client, "wrong")

    assert status == 200
    assert 'role="alert"' in page
    assert "correct username and password" in page
    assert 'value="ada"' in page
    assert "wrong" not in page


def test_a_name_that_does_not_exist_reads_just_like_a_wrong_password(client: Client, person: User) -> None:
    wrong = client.post("/login/", {"username": "ada", "password": "x"}).content.decode()
    unknown = client.post("/login/", {"username": "bob", "password": "x"}).content.decode()

    def note(page: str) -> str:
        return page[page.index('role="alert"') : page.index("<form class")]

    assert note(wrong) == note(unknown)


def test_guessing_is_locked_out_with_a_page_that_says_for_how_long(client: Client, person: User) -> None:
    for _ in range(5):
        status, page = _sign_in(client, "wrong")

    assert status == 429
    assert "Too many wrong passwords" in page
    assert "quarter of an hour" in page
    assert _sign_in(client, PASSWORD)[0] == 429


def test_a_hostile_name_is_harmless_on_the_page_that_repeats_it(client: Client) -> None:
    response = client.post("/login/", {"username": '"><script>alert(1)</script>', "password": "x"})

    assert "<script>alert" not in response.content.decode()


def test_the_page_needs_no_account_and_shows_no_navigation(client: Client) -> None:
    page = client.get("/login/").content.decode()

    assert 'aria-label="Main"' not in page
    assert 'autocomplete="current-password"' in page


def test_signing_out_takes_a_post_and_ends_the_session(viewer_client: Client) -> None:
    assert viewer_client.get("/logout/").status_code == 405
    assert viewer_client.post("/logout/")["Location"] == "/login/"
    assert viewer_client.get("/").status_code == 302


def test_no_page_of_ours_holds_an_inline_script_or_style(client: Client, administrator_client: Client) -> None:
    pages = [client.get("/login/"), administrator_client.get("/"), administrator_client.get("/alerts/")]
    pages += [administrator_client.get("/admin/"), administrator_client.get("/admin/auth/user/")]

    for page in pages:
        text = page.content.decode()
        assert page.status_code == 200
        assert "<script>" not in text
        assert "<style" not in text
        assert " style=" not in text
        assert "unsafe-inline" not in page["Content-Security-Policy"]
