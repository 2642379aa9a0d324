"""Servers: credentials are stored so that only our key opens them."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import connection

from dashboard.models import Server

SECRET = "s3cret"


@pytest.fixture
def server(db: None) -> Server:
    return Server.objects.create(name="shop", address="redis://kim@127.0.0.1:1/0", password=SECRET)


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM dashboard_server")
        return str(cursor.fetchone()[0])


def test_a_password_stands_encrypted_and_reads_as_it_was_given(server: Server) -> None:
    assert SECRET not in stored()
    assert Server.objects.get().password == SECRET
    assert Server.objects.get().target.password == SECRET


def test_an_older_key_still_opens_what_it_encrypted(server: Server, settings: Any) -> None:
    settings.CREDENTIALS_KEYS = [Fernet.generate_key().decode(), *settings.CREDENTIALS_KEYS]

    assert Server.objects.get().password == SECRET


@pytest.mark.parametrize(
    "keys", [[Fernet.generate_key().decode()], [], ["no key"]], ids=["another", "none", "nonsense"]
)
def test_a_lost_key_takes_only_the_password_along(server: Server, settings: Any, keys: list[str]) -> None:
    before = stored()
    settings.CREDENTIALS_KEYS = keys

    found = Server.objects.get()
    found.name = "renamed"
    found.save()

    assert found.password_is_unreadable
    assert found.target.password == ""
    assert stored() == before


def test_without_a_key_nothing_is_stored_in_clear(server: Server, settings: Any) -> None:
    settings.CREDENTIALS_KEYS = []

    with pytest.raises(ImproperlyConfigured, match="CREDENTIALS_KEY"):
        Server.objects.create(name="other", address="redis://127.0.0.1:2/0", password="x")


def test_a_dump_of_the_database_carries_no_password(server: Server) -> None:
    dumped = serializers.serialize("json", Server.objects.all())

    assert SECRET not in dumped
    assert stored() not in dumped


@pytest.mark.parametrize("address", ["", "127.0.0.1:6379", "redis://:6379", "redis://x:port"])
def test_an_address_that_is_none_is_refused_at_its_field(address: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Server(name="x", address=address).clean()

    assert set(refused.value.message_dict) == {"address"}


def test_patterns_are_one_a_line(db: None) -> None:
    server = Server(include="orders:*\r\n\npay\u00e9*", exclude="")

    assert server.include_patterns == [b"orders:*", "pay\u00e9*".encode()]
    assert server.exclude_patterns == []
    assert Server(include="").include_patterns == [b"*"]
