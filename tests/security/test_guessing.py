"""Guessing passwords."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def try_to_sign_in(
    client: Client, name: str, password: str, *, page: str = "/login/", address: str = "10.0.0.1"
) -> int:
    return client.post(page, {"username": name, "password": password}, REMOTE_ADDR=address).status_code


@pytest.mark.parametrize("page", ["/login/", "/admin/login/"])
def test_the_fifth_wrong_password_locks_even_the_right_one_out(page: str, operator: User, client: Client) -> None:
    tries = [try_to_sign_in(client, "operator", f"guess {number}", page=page) for number in range(5)]
    assert tries == [200, 200, 200, 200, 429]

    assert try_to_sign_in(client, "operator", PASSWORD, page=page) == 429
    assert "_auth_user_id" not in client.session


def test_a_locked_person_reads_why(operator: User, client: Client) -> None:
    for _ in range(4):
        try_to_sign_in(client, "operator", "wrong")
    response = client.post("/login/", {"username": "operator", "password": "wrong"}, REMOTE_ADDR="10.0.0.1")

    assert response.status_code == 429
    assert "Try again" in response.content.decode()


def test_a_lock_is_for_one_name_from_one_address(operator: User, viewer: User, client: Client) -> None:
    for _ in range(6):
        try_to_sign_in(client, "operator", "wrong")

    assert try_to_sign_in(client, "operator", PASSWORD, address="10.0.0.2") == 302
    assert try_to_sign_in(client, "viewer", PASSWORD) == 302


def test_signing_in_forgives_what_came_before(operator: User, client: Client) -> None:
    for _ in range(2):
        for _ in range(4):
            try_to_sign_in(client, "operator", "wrong")
        assert try_to_sign_in(client, "operator", PASSWORD) == 302
        client.logout()


def test_a_disabled_account_reads_the_same_as_a_wrong_password(operator: User, client: Client) -> None:
    wrong = client.post("/login/", {"username": "nobody at all", "password": "x"}).content
    operator.is_active = False
    operator.save()
    disabled = client.post("/login/", {"username": "operator", "password": PASSWORD}).content

    def said(page: bytes) -> str:
        return page.decode().split('role="alert"')[1].split("</div>")[0]

    assert said(disabled) == said(wrong)
