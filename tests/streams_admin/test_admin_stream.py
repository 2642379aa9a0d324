"""Streams in the admin."""

import base64
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dashboard.models import Server, Stream

HOSTILE = b"<b>o'r\xff\n"


@pytest.fixture
def server(db: None) -> Server:
    return Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")


def add(browser: Client, server: Server, **data: str) -> Any:
    return browser.post(reverse("admin:dashboard_stream_add"), {"server": server.pk, "watched": "on", **data})


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"key_text": "orders:{1}"}, b"orders:{1}"),
        ({"key_text": " größe "}, " größe ".encode()),
        ({"key_base64": base64.b64encode(HOSTILE).decode()}, HOSTILE),
    ],
    ids=["text", "text with spaces", "base64"],
)
def test_a_stream_is_added_by_hand_under_any_key(
    data: dict[str, str], key: bytes, administrator_client: Client, server: Server
) -> None:
    assert add(administrator_client, server, **data).status_code == 302

    assert bytes(Stream.objects.get().key) == key


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({}, "Give the key as text or in base64"),
        ({"key_text": "a", "key_base64": "YQ=="}, "Give the key as text or in base64"),
        ({"key_base64": "not base64"}, "This is not base64"),
        ({"key_text": "taken"}, "registered on this server already"),
        ({"key_text": "a", "runbook": "javascript:alert(1)"}, "Enter a valid URL"),
    ],
    ids=["no key", "two keys", "not base64", "taken", "runbook"],
)
def test_a_key_that_cannot_be_added_is_said_at_the_field(
    data: dict[str, str], error: str, administrator_client: Client, server: Server
) -> None:
    Stream.objects.create(server=server, key=b"taken")

    answer = add(administrator_client, server, **data)

    assert error in answer.content.decode()
    assert Stream.objects.count() == 1


def test_its_page_leads_to_recovery_and_keeps_the_key(administrator_client: Client, server: Server) -> None:
    stream = Stream.objects.create(server=server, key=HOSTILE)
    change = reverse("admin:dashboard_stream_change", args=[stream.pk])

    page = administrator_client.get(change).content.decode()
    answer = administrator_client.post(change, {"title": "Orders", "watched": "on", "key_text": "other"})

    assert reverse("admin:dashboard_stream_pending", args=[stream.pk]) in page
    assert reverse("admin:dashboard_stream_trim", args=[stream.pk]) in page
    assert "&lt;b&gt;o&#x27;r\\xff\\n" in page
    assert answer.status_code == 302
    stream.refresh_from_db()
    assert (stream.title, bytes(stream.key)) == ("Orders", HOSTILE)


@pytest.mark.parametrize(("query", "found"), [("ORDER", 1), ("\\xff", 1), ("ann", 1), ("o", 2), ("nothing", 0)])
def test_streams_are_found_by_what_is_shown_of_them(
    query: str, found: int, administrator_client: Client, server: Server
) -> None:
    Stream.objects.create(server=server, key=b"orders:eu", owner="ann")
    Stream.objects.create(server=server, key=b"bytes\xffo")

    page = administrator_client.get(reverse("admin:dashboard_stream_changelist"), {"q": query})

    assert page.context["cl"].result_count == found


@pytest.mark.parametrize(
    ("typed", "stored", "error"),
    [
        ("*phone*\r\n\r\n $.customer.email \r\npayload $.a[*]", "*phone*\n$.customer.email\npayload $.a[*]", ""),
        ("$.", "", "A path names something after its $"),
        ("$.a b", "", "does not go on a path"),
        ("[a", "", "the [ is never closed"),
    ],
    ids=["masks", "no path", "half a path", "no glob"],
)
def test_masked_fields_are_taken_or_refused_in_words(
    typed: str, stored: str, error: str, administrator_client: Client, server: Server
) -> None:
    stream = Stream.objects.create(server=server, key=b"orders")
    change = reverse("admin:dashboard_stream_change", args=[stream.pk])

    page = administrator_client.post(change, {"masked_fields": typed, "watched": "on"})

    stream.refresh_from_db()
    assert stream.masked_fields == stored
    assert page.status_code == (200 if error else 302)
    assert error in page.content.decode()


def test_operators_see_streams_and_do_not_edit_them(operator_client: Client, server: Server) -> None:
    stream = Stream.objects.create(server=server, key=b"orders")
    change = reverse("admin:dashboard_stream_change", args=[stream.pk])

    assert operator_client.get(change).status_code == 200
    assert operator_client.post(change, {"title": "x"}).status_code == 403
    assert add(operator_client, server, key_text="a").status_code == 403
