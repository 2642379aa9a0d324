"""Thresholds in the admin: told in words, checked field by field."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from dashboard.models import Alert, Server, Stream, Threshold
from tests.streams_admin.thresholds import FORM

ADD = "/admin/dashboard/threshold/add/"
LIST = "/admin/dashboard/threshold/"


@pytest.fixture
def server(db: None) -> Server:
    return Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")


@pytest.fixture
def streams(server: Server) -> list[Stream]:
    return [Stream.objects.create(server=server, key=b"orders:%d" % number) for number in range(7)]


def said(page: Any) -> list[str]:
    return [str(message) for message in get_messages(page.wsgi_request)]


def test_an_administrator_sets_a_threshold(administrator_client: Client, server: Server) -> None:
    page = administrator_client.post(ADD, FORM)

    assert page.status_code == 302
    threshold = Threshold.objects.get()
    assert (threshold.metric, threshold.warning_limit, threshold.hold_s, threshold.key_pattern) == ("lag", 1000, 5, "*")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"metric": "length", "key_pattern": "orders:[0-2]"},
            "It matches 3 streams now: orders:0, orders:1, orders:2.",
        ),
        (
            {"metric": "length", "key_pattern": "orders:*"},
            "It matches 7 streams now: orders:0, orders:1, orders:2, orders:3, orders:4 and 2 more.",
        ),
        ({"key_pattern": "nothing:*"}, "It matches nothing now. It will judge what appears later"),
        ({"key_pattern": "orders:*"}, "It matches 7 streams now; which groups they have is not known yet."),
        ({"metric": "server_memory_bytes"}, "It matches 1 server now: shop."),
    ],
)
def test_saving_says_what_it_reaches(
    administrator_client: Client, streams: list[Stream], given: dict[str, str], words: str
) -> None:
    page = administrator_client.post(ADD, {**FORM, **given})

    assert any(words in sentence for sentence in said(page))


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"warning_limit": "inf"}, "warning_limit", "Enter a number"),
        ({"warning_limit": "nan"}, "warning_limit", "Enter a number"),
        ({"warning_limit": "-1"}, "warning_limit", "0 or more"),
        ({"warning_limit": "0", "comparison": "below"}, "warning_limit", "above 0"),
        ({"warning_limit": ""}, "warning_limit", "at least one limit"),
        ({"hold_s": "-5"}, "hold_s", "0"),
        ({"hold_s": "1e300"}, "hold_s", "30 days"),
        ({"metric": "no_data_s", "warning_limit": "1e300"}, "warning_limit", "30 days"),
        ({"metric": "no_data_s", "comparison": "below"}, "comparison", "only be above"),
        ({"key_pattern": "orders[1"}, "key_pattern", "never closed"),
        ({"metric": "nonsense"}, "metric", "valid choice"),
    ],
)
def test_bad_input_is_told_at_its_field(
    administrator_client: Client, server: Server, given: dict[str, str], field: str, words: str
) -> None:
    page = administrator_client.post(ADD, {**FORM, **given})

    assert page.status_code == 200
    assert words in " ".join(page.context["adminform"].form.errors[field])
    assert not Threshold.objects.exists()


def test_a_stream_contradicts_another_server_and_a_metric_of_a_server(
    administrator_client: Client, streams: list[Stream]
) -> None:
    other = Server.objects.create(name="other", address="redis://127.0.0.1:2/0")
    stream = {"stream": str(streams[0].pk)}

    elsewhere = administrator_client.post(ADD, {**FORM, **stream, "server": str(other.pk)})
    whole = administrator_client.post(ADD, {**FORM, **stream, "metric": "server_memory_bytes"})

    assert "is on shop" in elsewhere.context["adminform"].form.errors["stream"][0]
    assert "is a server" in whole.context["adminform"].form.errors["stream"][0]


def test_the_form_comes_filled_from_its_address(administrator_client: Client, streams: list[Stream]) -> None:
    page = administrator_client.get(ADD, {"stream": str(streams[3].pk), "metric": "pending"})

    assert b"orders:3" in page.content
    assert page.context["adminform"].form.initial["metric"] == "pending"


def test_the_list_says_scope_limit_and_state(administrator_client: Client, streams: list[Stream]) -> None:
    late = Threshold.objects.create(name="late", metric="lag", warning_limit=1000, hold_s=5, key_pattern="orders:*")
    Threshold.objects.create(name="down", metric="server_unreachable_s", warning_limit=90, server=streams[0].server)
    Alert.objects.create(threshold=late, server=streams[0].server, title="t", limit=1, opened_at="2026-01-01T00:00Z")

    page = administrator_client.get(LIST).content.decode()

    assert "every group of orders:*" in page
    assert '<span class="badge" data-level="warning">warning</span> above 1\u202f000' in page
    assert "held 5\u202fs" in page
    assert "for 1\u202fmin 30\u202fs" in page
    assert "1 open</a>" in page


def test_a_hostile_stream_name_is_harmless_in_form_list_and_message(
    administrator_client: Client, server: Server
) -> None:
    stream = Stream.objects.create(server=server, key=b"<script>alert(1)</script>\xff")

    saved = administrator_client.post(ADD, {**FORM, "stream": str(stream.pk)}, follow=True)
    form = administrator_client.get(reverse("admin:dashboard_threshold_change", args=[Threshold.objects.get().pk]))

    assert b"<script>alert(1)" not in saved.content + form.content
    assert b"&lt;script&gt;alert(1)&lt;/script&gt;\\xff" in saved.content


@pytest.mark.parametrize(("role", "status"), [("operator_client", 403), ("viewer_client", 302), ("client", 302)])
def test_setting_one_needs_the_right_to_configure(
    request: pytest.FixtureRequest, db: None, role: str, status: int
) -> None:
    browser: Client = request.getfixturevalue(role)

    assert browser.post(ADD, FORM).status_code == status
    assert not Threshold.objects.exists()
