"""The wallboard: for who may watch, and by a link that ends."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client
from django.utils import timezone

from dashboard.models import Server, Stream, WallLink
from dashboard.models.wall_link import link_number
from tests.servers import RedisServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(own_redis: RedisServer) -> WallLink:
    server = Server.objects.create(name="shop-prod", address="redis://127.0.0.1:1")
    Stream.objects.create(server=server, key=b"orders")
    Stream.objects.create(server=server, key=b"secret")
    return WallLink.objects.create(name="kitchen <b>", view="q=orders")


def address(link: WallLink) -> str:
    return f"/wall/{link.token}/"


def test_a_link_opens_the_wallboard_of_its_view_without_an_account(client: Client, link: WallLink) -> None:
    response = client.get(address(link))

    text = response.content.decode()
    assert response.status_code == 200
    assert "orders" in text
    assert "secret" not in text
    assert "kitchen &lt;b&gt;" in text
    assert "sessionid" not in response.cookies
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("way", ["ended", "revoked", "forged", "deleted", "another's"])
def test_a_link_that_is_over_or_none_shows_nothing(client: Client, link: WallLink, way: str) -> None:
    at = address(link)
    if way == "ended":
        WallLink.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    elif way == "revoked":
        WallLink.objects.update(revoked_at=timezone.now())
    elif way == "forged":
        at = f"/wall/{link.pk}~{'x' * 43}/"
    elif way == "deleted":
        link.delete()
    else:
        at = f"/wall/{signing.Signer(salt='another').sign(str(link.pk)).replace(':', '~')}/"

    response = client.get(at)

    assert response.status_code == 403
    assert "orders" not in response.content.decode()


def test_a_link_reads_nothing_but_the_wallboard(client: Client, link: WallLink) -> None:
    client.get(address(link))

    for path in ("/", "/wall/", "/alerts/", f"/streams/{Stream.objects.earliest('pk').pk}/"):
        assert client.get(path).status_code == 302, path
    assert client.post(address(link)).status_code == 405


def test_whoever_may_watch_has_a_wallboard_of_any_view(viewer_client: Client, link: WallLink) -> None:
    text = viewer_client.get("/wall/?q=secret&every=30").content.decode()

    assert "secret" in text
    assert 'data-every="30"' in text
    assert 'data-view="q=secret"' in text


@pytest.mark.parametrize(("asked", "seconds"), [("", 15), ("1", 5), ("99999", 15), ("4000", 600), ("x", 15), ("²", 15)])
def test_a_slide_stays_for_some_seconds_whatever_is_asked(
    viewer_client: Client, link: WallLink, asked: str, seconds: int
) -> None:
    assert f'data-every="{seconds}"' in viewer_client.get(f"/wall/?every={asked}").content.decode()


def test_who_may_not_watch_has_none(client: Client, link: WallLink) -> None:
    client.force_login(User.objects.create_user("nobody"))

    assert client.get("/wall/").status_code == 403


def test_a_token_is_read_back_and_nothing_else_is() -> None:
    link = WallLink(pk=17)

    assert link_number(link.token) == 17
    for token in ("", "17", "17~", "~", "x" * 5000, link.token + "x", "17:" + link.token):
        assert link_number(token) is None


def test_an_operator_makes_a_link_from_an_address_that_was_pasted_whole(operator_client: Client) -> None:
    response = operator_client.post(
        "/admin/dashboard/walllink/add/",
        {
            "name": "hall",
            "view": "https://x.example/?q=orders&sort=-lag",
            "ends_at_0": "2031-01-01",
            "ends_at_1": "0:00",
        },
    )

    assert response.status_code == 302
    link = WallLink.objects.get()
    assert (link.view, link.made_by and link.made_by.username) == ("q=orders&sort=-lag", "operator")
    page = operator_client.get(f"/admin/dashboard/walllink/{link.pk}/change/").content.decode()
    assert address(link) in page


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("view", "state=fine", "state “fine”"), ("ends_at_0", "2001-01-01", "This moment is over")],
)
def test_a_link_that_makes_no_sense_is_refused_in_words(
    operator_client: Client, field: str, value: str, words: str
) -> None:
    form = {"name": "hall", "view": "", "ends_at_0": "2031-01-01", "ends_at_1": "0:00", field: value}

    text = operator_client.post("/admin/dashboard/walllink/add/", form).content.decode()

    assert words in text
    assert not WallLink.objects.exists()


def test_revoking_ends_a_link(operator_client: Client, client: Client, link: WallLink) -> None:
    operator_client.post("/admin/dashboard/walllink/", {"action": "revoke", "_selected_action": [link.pk]})

    assert Client().get(address(link)).status_code == 403
