"""Servers: credentials are stored so that only our key opens them."""

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import call_command
from django.db import connection

from dashboard.core.target import Tls
from dashboard.models import Server
from dashboard.models.fields import Unreadable

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

    assert isinstance(found.password, Unreadable)
    assert found.target.password == ""
    assert stored() == before


def test_without_a_key_nothing_is_stored_in_clear(server: Server, settings: Any) -> None:
    settings.CREDENTIALS_KEYS = []

    with pytest.raises(ImproperlyConfigured, match="CREDENTIALS_KEY"):
        Server.objects.create(name="other", address="redis://127.0.0.1:2/0", password="x")


def test_a_dump_of_the_database_carries_no_secret(server: Server) -> None:
    secrets = {"password": "s3cret", "sentinel_password": "s3ntinel", "tls_key": "-----BEGIN PRIVATE KEY-----"}
    Server.objects.filter(pk=server.pk).update(**secrets)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(secrets)} FROM dashboard_server")
        encrypted = cursor.fetchone()

    dumped = StringIO()
    call_command("dumpdata", "dashboard.server", stdout=dumped)

    assert server.address in dumped.getvalue()
    assert not any(secret in dumped.getvalue() for secret in (*secrets.values(), *encrypted))


@pytest.mark.parametrize(
    ("address", "stored", "topology"),
    [
        ("redis://kim:pw@h", "redis://h:6379/0", "standalone"),
        ("rediss+cluster://kim:pw@n1,n2:7001", "rediss+cluster://n1:6379,n2:7001", "cluster"),
        ("redis+sentinel://kim:pw@s1/main?sentinel_password=sp", "redis+sentinel://s1:26379/main/0", "sentinel"),
    ],
)
def test_the_address_tells_the_topology_and_keeps_no_credentials(address: str, stored: str, topology: str) -> None:
    server = Server(name="x", address=address)

    server.clean()

    assert (server.address, server.topology, server.username, server.password) == (stored, topology, "kim", "pw")
    assert server.sentinel_password == ("sp" if topology == "sentinel" else "")
    assert server.target.topology.value == topology


def test_what_is_registered_is_what_connections_get() -> None:
    server = Server(address="rediss+sentinel://s1:26379/main/2", username="kim", password="pw")
    server.sentinel_username, server.sentinel_password = "sue", "sp"
    server.tls_ca, server.tls_certificate, server.tls_key = "CA", "CERTIFICATE", "KEY"

    node, sentinel = server.target.at("n1", 6379), server.target.at_seeds[0]

    assert (node.username, node.password, node.db) == ("kim", "pw", 2)
    assert (sentinel.username, sentinel.password, sentinel.db) == ("sue", "sp", 0)
    assert node.tls == sentinel.tls == Tls(ca="CA", certificate="CERTIFICATE", key="KEY")


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
