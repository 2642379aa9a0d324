"""Servers in the admin: validated, tested, and never telling a password."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.urls import reverse

from dashboard.core.target import Tls
from dashboard.models import Alert, Server, Stream
from dashboard.redis_io.tls import context_of
from tests.certificates import Authority
from tests.servers import Kind, RedisServer, free_port, running

ADD = "/admin/dashboard/server/add/"
SECRET = "s3cret-of-the-server"
FORM = {
    "name": "shop",
    "address": "redis://127.0.0.1:6390/0",
    "cost_budget_percent": "",
    "approval": "never",
    "username": "",
    "new_password": "",
    "environment": "production",
    "include": "*",
    "exclude": "",
    "sample_interval_s": "",
    "enabled": "on",
}


@pytest.fixture
def server(db: None) -> Server:
    return Server.objects.create(name="shop", address="redis://127.0.0.1:6390/0", password=SECRET)


def change(server: Server) -> str:
    return reverse("admin:dashboard_server_change", args=[server.pk])


def errors(page: Any) -> dict[str, list[str]]:
    return dict(page.context["adminform"].form.errors)


def test_an_administrator_registers_a_server(administrator_client: Client) -> None:
    page = administrator_client.post(ADD, {**FORM, "new_password": SECRET, "include": "orders:*\n\npay*"})

    assert page.status_code == 302
    server = Server.objects.get()
    assert (server.address, server.password, server.include_patterns) == (
        "redis://127.0.0.1:6390/0",
        SECRET,
        [b"orders:*", b"pay*"],
    )


def test_credentials_in_an_address_move_to_their_fields(administrator_client: Client) -> None:
    administrator_client.post(ADD, {**FORM, "address": f"redis://kim:{SECRET}@127.0.0.1:6390/2"})

    server = Server.objects.get()
    assert (server.address, server.username, server.password) == ("redis://127.0.0.1:6390/2", "kim", SECRET)


def test_a_password_is_encrypted_at_rest_and_never_shown(administrator_client: Client, server: Server) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM dashboard_server")
        stored = cursor.fetchone()[0]
    pages = [
        administrator_client.get(address).content.decode() for address in (change(server), "/admin/dashboard/server/")
    ]

    assert SECRET not in stored
    assert not any(SECRET in page or stored in page for page in pages)
    assert "One is stored; leave this empty" in pages[0]


@pytest.mark.parametrize(
    ("given", "kept"),
    [({}, SECRET), ({"new_password": " other "}, " other "), ({"clear_password": "on"}, "")],
    ids=["empty keeps it", "a new one replaces it", "the box removes it"],
)
def test_a_password_is_kept_replaced_or_removed(
    administrator_client: Client, server: Server, given: dict[str, str], kept: str
) -> None:
    page = administrator_client.post(change(server), {**FORM, **given})

    assert page.status_code == 302
    server.refresh_from_db()
    assert server.password == kept
    assert "other" not in LogEntry.objects.get().change_message


AUTHORITY = Authority()
CLIENT, OTHER = AUTHORITY.issue("watcher"), AUTHORITY.issue("other")
SECURE = {
    **FORM,
    "address": "rediss://127.0.0.1:6390/0",
    "tls_ca": AUTHORITY.pem,
    "tls_certificate": CLIENT.certificate,
    "new_tls_key": CLIENT.key,
}


def test_sentinels_and_tls_have_fields_whose_secrets_never_come_out(administrator_client: Client) -> None:
    form = {
        **SECURE,
        "address": "rediss+sentinel://s1,s2/main/1",
        "sentinel_username": "sue",
        "new_sentinel_password": SECRET,
        "read_replicas": "on",
        "cost_budget_percent": "0.5",
    }
    done = administrator_client.post(ADD, form)

    server = Server.objects.get()
    page = administrator_client.get(change(server)).content.decode()
    assert done.status_code == 302
    assert (server.topology, server.sentinel_username, server.sentinel_password) == ("sentinel", "sue", SECRET)
    assert (server.read_replicas, server.budget) == (True, 0.005)
    assert server.target.tls is not None
    assert context_of(server.target.tls).get_ca_certs()
    assert "BEGIN CERTIFICATE" in page
    assert page.count("One is stored; leave this empty") == 2
    assert SECRET not in page
    assert "PRIVATE KEY" not in page


def test_a_refused_form_keeps_the_key_out_of_the_page(administrator_client: Client) -> None:
    page = administrator_client.post(ADD, {**SECURE, "name": ""})

    assert page.status_code == 200
    assert b"PRIVATE KEY" not in page.content


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"tls_ca": "x"}, "tls_ca", "no certificate in PEM"),
        ({"new_tls_key": OTHER.key}, "new_tls_key", "does not belong to the client certificate"),
        ({"new_tls_key": ""}, "new_tls_key", "needs its key"),
        (
            {"tls_certificate": AUTHORITY.issue("watcher", days=(-9, -1)).certificate},
            "tls_certificate",
            "expired on",
        ),
        ({"address": "redis://127.0.0.1:6390/0"}, "tls_ca", "begin it with rediss"),
    ],
)
def test_tls_texts_are_judged_at_their_fields(
    administrator_client: Client, given: dict[str, str], field: str, words: str
) -> None:
    page = administrator_client.post(ADD, {**SECURE, **given})

    assert page.status_code == 200
    assert words in " ".join(errors(page)[field])
    assert not Server.objects.exists()


def test_a_server_whose_certificate_has_expired_since_can_still_be_switched_off(administrator_client: Client) -> None:
    old = AUTHORITY.issue("watcher", days=(-9, -1))
    server = Server.objects.create(
        name="shop", address=SECURE["address"], tls_ca=AUTHORITY.pem.strip(), tls_certificate=old.certificate.strip()
    )
    form = {**FORM, "address": server.address, "tls_ca": server.tls_ca, "tls_certificate": server.tls_certificate}
    del form["enabled"]

    page = administrator_client.post(
        change(server), {name: value.replace("\n", "\r\n") for name, value in form.items()}
    )

    assert page.status_code == 302
    assert not Server.objects.get().enabled


def test_a_stored_key_can_be_removed_with_its_certificate(administrator_client: Client) -> None:
    administrator_client.post(ADD, SECURE)
    server = Server.objects.get()

    administrator_client.post(
        change(server), {**SECURE, "tls_certificate": "", "new_tls_key": "", "clear_tls_key": "on"}
    )

    server.refresh_from_db()
    assert (server.tls_certificate, server.tls_key) == ("", "")
    assert server.target.tls == Tls(ca=server.tls_ca)


def test_servers_are_filtered_by_the_topology_that_their_address_tells(
    administrator_client: Client, server: Server
) -> None:
    administrator_client.post(ADD, {**FORM, "name": "many", "address": "redis+cluster://n1:7000,n2:7001"})

    page = administrator_client.get("/admin/dashboard/server/?topology__exact=cluster")

    assert [found.name for found in page.context["cl"].result_list] == ["many"]


def test_a_refused_form_keeps_the_password_out_of_the_page(administrator_client: Client, server: Server) -> None:
    page = administrator_client.post(change(server), {**FORM, "name": "", "new_password": "another-secret"})

    assert page.status_code == 200
    assert b"another-secret" not in page.content
    server.refresh_from_db()
    assert server.password == SECRET


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"address": "http://x"}, "address", "starts with redis://"),
        ({"address": "redis://x:99999"}, "address", "port"),
        ({"address": "redis://127.0.0.1:6390/0"}, "address", "registered already, as other"),
        ({"address": "redis://u:p@127.0.0.1:6390"}, "address", "registered already, as other"),
        ({"include": "ok\norders[12"}, "include", "never closed"),
        ({"exclude": "tail\\"}, "exclude", "escapes nothing"),
        ({"include": "a\n" * 101}, "include", "at most 100"),
        ({"sample_interval_s": "0.01"}, "sample_interval_s", "0.1"),
        ({"new_password": "x", "clear_password": "on"}, "clear_password", "not both"),
    ],
)
def test_bad_input_is_told_at_its_field(
    administrator_client: Client, given: dict[str, str], field: str, words: str
) -> None:
    Server.objects.create(name="other", address="redis://127.0.0.1:6390/0")
    mine = Server.objects.create(name="mine", address="redis://127.0.0.1:6391/0")

    page = administrator_client.post(
        change(mine), {**FORM, "name": "mine", "address": "redis://127.0.0.1:6391/0", **given}
    )

    assert page.status_code == 200
    assert words in " ".join(errors(page)[field])


def test_a_test_of_the_connection_shows_every_step(administrator_client: Client, watched_server: RedisServer) -> None:
    server = Server.objects.create(name="shop", address=watched_server.url)

    page = administrator_client.post(reverse("admin:dashboard_server_test", args=[server.pk]))

    assert page.context["check"].ok
    text = page.content.decode()
    assert "Everything that watching" in text
    assert "XINFO STREAM" in text


def test_a_test_says_that_nothing_listens(administrator_client: Client) -> None:
    server = Server.objects.create(name="gone", address=f"redis://127.0.0.1:{free_port()}/0")

    page = administrator_client.post(reverse("admin:dashboard_server_test", args=[server.pk]))

    assert "nothing listens" in page.content.decode()
    assert [step.ok for step in page.context["check"].steps] == [True, False]


def test_a_test_tells_a_wrong_password_and_a_missing_permission_apart(administrator_client: Client) -> None:
    with running(Kind.VALKEY_9, "--requirepass", "right") as running_server:
        server = Server.objects.create(name="closed", address=running_server.url, password="wr0ng-one")
        wrong = administrator_client.post(reverse("admin:dashboard_server_test", args=[server.pk])).content.decode()
        with running_server.client(password="right") as client:
            client.execute_command("ACL", "SETUSER", "kim", "on", ">p", "~*", "+@all", "-xinfo")
        Server.objects.update(username="kim", password="p")
        Server.objects.filter(pk=server.pk).update(password="")
        server.refresh_from_db()
        server.username, server.password = "kim", "p"
        server.save()
        denied = administrator_client.post(reverse("admin:dashboard_server_test", args=[server.pk])).content.decode()

    assert "authentication" in wrong
    assert "wr0ng-one" not in wrong
    assert "XINFO" in denied
    assert "ACL SETUSER" in denied


@pytest.mark.parametrize(("role", "status"), [("operator_client", 403), ("viewer_client", 403), ("client", 302)])
def test_testing_needs_the_right_to_configure(
    request: pytest.FixtureRequest, server: Server, role: str, status: int
) -> None:
    browser: Client = request.getfixturevalue(role)

    assert browser.post(reverse("admin:dashboard_server_test", args=[server.pk])).status_code == status


def test_a_test_is_never_made_by_a_get(administrator_client: Client, server: Server) -> None:
    assert administrator_client.get(reverse("admin:dashboard_server_test", args=[server.pk])).status_code == 405


def test_an_operator_may_look_and_not_change(operator_client: Client, server: Server) -> None:
    page = operator_client.get(change(server))

    assert page.status_code == 200
    assert b"new_password" not in page.content
    assert SECRET.encode() not in page.content
    assert operator_client.post(change(server), FORM).status_code == 403


def test_pages_have_nothing_that_the_policy_would_block(administrator_client: Client, server: Server) -> None:
    page = administrator_client.get(change(server))

    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert b" style=" not in page.content
    assert b"<script>" not in page.content


def test_deleting_a_server_says_what_goes_with_it(administrator_client: Client, server: Server) -> None:
    stream = Stream.objects.create(server=server, key=b"payments")
    Alert.objects.create(server=server, stream=stream, title="t", limit=1, opened_at="2026-01-01T00:00Z")
    address = reverse("admin:dashboard_server_delete", args=[server.pk])

    asked = administrator_client.get(address)
    done = administrator_client.post(address, {"post": "yes"})

    assert b"streams, with their history" in asked.content.lower()
    assert done.status_code == 302
    assert not Server.objects.exists()


def test_a_stream_with_alerts_can_be_deleted(administrator_client: Client, server: Server) -> None:
    stream = Stream.objects.create(server=server, key=b"payments")
    Alert.objects.create(server=server, stream=stream, title="t", limit=1, opened_at="2026-01-01T00:00Z")
    address = reverse("admin:dashboard_stream_delete", args=[stream.pk])

    asked = administrator_client.get(address)
    administrator_client.post(address, {"post": "yes"})

    assert b"streams, with their history" in asked.content.lower()
    assert not Stream.objects.exists()
