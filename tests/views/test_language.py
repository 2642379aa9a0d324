"""The reader's language and zone: the browser's wish, then what was chosen, on every page and for who has not signed in."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import translation

from dashboard.models import Alert, Server

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A request leaves its language to its thread, which goes on to other tests."""
    yield
    translation.deactivate()


def test_a_page_speaks_the_language_that_the_browser_asks_for(client: Client) -> None:
    german = client.get("/login/", headers={"accept-language": "de-AT,de;q=0.9"}).content.decode()
    other = client.get("/login/", headers={"accept-language": "fr"}).content.decode()

    assert '<html lang="de"' in german
    assert "js/words/de" in german
    assert '<html lang="en"' in other
    assert "js/words/" not in other


def test_who_has_not_signed_in_may_choose_a_language_and_it_is_kept(client: Client) -> None:
    answer = client.post("/language/", {"language": "de", "next": "/login/"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/")
    assert '<html lang="de"' in client.get("/login/", headers={"accept-language": "en"}).content.decode()


def test_choosing_a_language_leads_to_no_other_site(client: Client) -> None:
    answer = client.post("/language/", {"language": "de", "next": "https://elsewhere.example/"})

    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    ("cookies", "zone", "clock"),
    [
        ({}, "UTC", "19:10:05"),
        ({"browser_zone": "Europe/Berlin"}, "Europe/Berlin", "20:10:05"),
        ({"browser_zone": "Europe/Berlin", "zone": "Asia/Kolkata"}, "Asia/Kolkata", "00:40:05"),
        ({"zone": "../../etc/passwd"}, "UTC", "19:10:05"),
        ({"zone": '"><script>', "browser_zone": "Mars/Olympus"}, "UTC", "19:10:05"),
    ],
    ids=["not known", "the browser's", "chosen", "a path", "rubbish"],
)
def test_the_servers_own_times_are_in_the_readers_zone(
    viewer_client: Client, cookies: dict[str, str], zone: str, clock: str
) -> None:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:6379/0")
    Alert.objects.create(
        server=server, metric="server_unreachable_s", severity="critical", title="shop unreachable", limit=1, opened_value=2, opened_at=datetime(2025, 11, 23, 19, 10, 5, tzinfo=UTC),
    )  # fmt: skip
    for name, value in cookies.items():
        viewer_client.cookies[name] = value

    page = viewer_client.get("/alerts/").content.decode()

    assert f'value="{cookies.get("zone", "") if zone == cookies.get("zone") else ""}">{zone}</option>' in page
    assert clock in page


def test_a_message_of_the_admin_keeps_its_link_in_german(operator_client: Client) -> None:
    operator_client.cookies["django_language"] = "de"
    form = {"name": "<b>Küche</b>", "view": "", "ends_at_0": "01.01.2031", "ends_at_1": "00:00", "_continue": "1"}

    page = operator_client.post("/admin/dashboard/walllink/add/", form, follow=True).content.decode()

    assert "wurde erfolgreich hinzugefügt" in page
    assert "&lt;a href" not in page
    assert "<b>Küche</b>" not in page
