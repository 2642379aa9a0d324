"""What every answer carries, and what it may not contain."""

import re
import subprocess
import sys
from typing import Any

import pytest
from csp.utils import build_policy
from django.conf import settings as live_settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from dashboard.env import BASE_DIR
from dashboard.models import Server
from tests.conftest import PASSWORD
from tests.servers import RedisServer

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


@pytest.fixture
def admin_pages(db: None) -> list[str]:
    """Stock pages of the admin: lists, forms, a deletion, a history, the password form."""
    person = User.objects.create_superuser("root")
    server = Server.objects.create(name="one", address="redis://127.0.0.1:1/0")
    return [
        reverse("admin:index"),
        reverse("admin:auth_user_changelist"),
        reverse("admin:auth_user_add"),
        reverse("admin:auth_user_change", args=[person.pk]),
        reverse("admin:auth_user_password_change", args=[person.pk]),
        reverse("admin:auth_group_add"),
        reverse("admin:dashboard_server_changelist"),
        reverse("admin:dashboard_server_add"),
        reverse("admin:dashboard_server_change", args=[server.pk]),
        reverse("admin:dashboard_server_delete", args=[server.pk]),
        reverse("admin:dashboard_server_history", args=[server.pk]),
        reverse("admin:dashboard_threshold_add"),
        reverse("admin:dashboard_stream_changelist"),
        reverse("admin:axes_accessattempt_changelist"),
        reverse("admin:password_change"),
    ]


def assert_dressed(response: Any) -> None:
    assert set(response["Content-Security-Policy"].split("; ")) == POLICY
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", ["/login/", "/healthz", "/admin/login/", "/no/such/page/", "/"])
def test_every_answer_to_a_stranger_carries_the_policy(path: str, client: Client, db: None) -> None:
    assert_dressed(client.get(path))


def test_the_admin_keeps_the_same_policy_with_nothing_inline(
    admin_pages: list[str], own_redis: RedisServer, client: Client
) -> None:
    client.force_login(User.objects.get(username="root"), backend="django.contrib.auth.backends.ModelBackend")
    for path in [*admin_pages, "/", "/alerts/", "/actions/"]:
        response = client.get(path)
        assert response.status_code == 200, path
        assert_dressed(response)
        assert_nothing_inline(response.content.decode(), path)


def assert_nothing_inline(html: str, path: str) -> None:
    for attributes in re.findall(r"<script\b([^>]*)>", html):
        data = re.search(r'type="application/json"', attributes)
        assert "src=" in attributes or data, f"{path}: an inline script"
    assert not re.search(r"<style\b", html), f"{path}: an inline style sheet"
    assert not re.search(r'<[^>]+\sstyle="', html), f"{path}: a style attribute"
    assert not re.search(r'<[^>]+\son[a-z]+="', html), f"{path}: an event attribute"
    assert "javascript:" not in html, path


def test_a_cdn_for_chart_js_is_allowed_by_its_origin_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    code = "from dashboard.settings import CONTENT_SECURITY_POLICY as p; print(p['DIRECTIVES']['script-src'])"
    monkeypatch.setenv("CHARTJS_URL", "https://cdn.example.com:8443/npm/chart.js@4/chart.umd.js")
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    found = subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[\"'self'\", 'https://cdn.example.com:8443']"
    assert "cdn" not in build_policy(config=live_settings.CONTENT_SECURITY_POLICY["DIRECTIVES"])


@pytest.mark.parametrize(
    ("site", "status"), [(None, 200), ("same-origin", 200), ("same-site", 403), ("cross-site", 403), ("none", 403)]
)
def test_a_write_from_another_site_is_refused(site: str | None, status: int, client: Client, db: None) -> None:
    headers = {"sec-fetch-site": site} if site else {}

    response = client.post("/login/", {"username": "ada", "password": "wrong"}, headers=headers)

    assert response.status_code == status


def test_a_read_from_another_site_is_a_link_somebody_followed(client: Client, db: None) -> None:
    assert client.get("/login/", headers={"sec-fetch-site": "cross-site"}).status_code == 200


def test_a_write_without_its_token_is_refused(db: None) -> None:
    client = Client(enforce_csrf_checks=True)

    assert client.post("/login/", {"username": "ada", "password": "wrong"}).status_code == 403


def test_cookies_are_for_https_and_out_of_reach_of_scripts(settings: Any, operator: User, client: Client) -> None:
    settings.SESSION_COOKIE_SECURE = True

    signed_in = client.post("/login/", {"username": "operator", "password": PASSWORD})

    cookie = signed_in.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")
