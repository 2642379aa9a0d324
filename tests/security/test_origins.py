"""Which pages may open our websocket: by scheme, host and port, and nothing less."""

import re
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User

from dashboard.asgi import application
from dashboard.live.serving.origins import normal_origin
from tests.live.connections import cookie, session_of
from tests.servers import RedisServer

pytestmark = pytest.mark.django_db(transaction=True)

WRONG = [
    [b"http://gauge.example.com:9999"],
    [b"https://gauge.example.com:8000"],
    [b"http://gauge.example.com"],
    [b"http://evil.example.com:8000"],
    [b"http://gauge.example.com.evil.com:8000"],
    [b"http://evil.com/http://gauge.example.com:8000"],
    [b"http://gauge.example.com:8000/"],
    [b"http://gauge.example.com:8000@evil.com"],
    [b"http://someone@gauge.example.com:8000"],
    [b"null"],
    [b"file://"],
    [b""],
    [b"*"],
    [b"\xff\xfe"],
    [],
    [b"http://gauge.example.com:8000", b"http://evil.com"],
]


@pytest.fixture
def session_key(viewer: User, own_redis: RedisServer) -> str:
    return session_of(viewer)


async def is_let_in(
    session_key: str, origins: list[bytes], *more: tuple[bytes, bytes], path: str = "/ws/live/"
) -> bool:
    headers = [*((b"origin", origin) for origin in origins), *more, cookie(session_key)]
    browser = WebsocketCommunicator(application, path, headers=headers)
    accepted, _ = await browser.connect(timeout=5)
    if accepted:
        await browser.disconnect(timeout=5)
    return bool(accepted)


@pytest.mark.parametrize("origins", WRONG, ids=str)
async def test_any_other_origin_is_refused_before_the_handshake(
    origins: list[bytes], session_key: str, settings: Any
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["http://gauge.example.com:8000", "https://other.example.com"]

    assert not await is_let_in(session_key, origins, (b"host", b"gauge.example.com:8000"))


@pytest.mark.parametrize(
    "origin", [b"http://gauge.example.com:8000", b"HTTP://Gauge.Example.com:8000", b"https://other.example.com"]
)
async def test_each_of_the_named_origins_is_let_in(origin: bytes, session_key: str, settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["http://gauge.example.com:8000", "https://other.example.com"]

    assert await is_let_in(session_key, [origin], (b"host", b"whatever"))


@pytest.mark.parametrize(
    ("origin", "host", "let_in"),
    [
        (b"http://testserver:8000", b"testserver:8000", True),
        (b"http://testserver", b"testserver", True),
        (b"http://testserver:80", b"testserver", True),
        (b"http://testserver:8001", b"testserver:8000", False),
        (b"https://testserver:8000", b"testserver:8000", False),
        (b"http://localhost:8000", b"testserver:8000", False),
        # A name that leads to us but is not ours: DNS rebinding.
        (b"http://evil.example.com:8000", b"evil.example.com:8000", False),
    ],
)
async def test_without_a_list_only_the_address_that_was_asked_is_ours(
    origin: bytes, host: bytes, let_in: bool, session_key: str, settings: Any
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = []

    assert await is_let_in(session_key, [origin], (b"host", host)) is let_in


@pytest.mark.parametrize(("forwarded", "let_in"), [(b"https", True), (b"http", False), (None, False)])
async def test_behind_a_proxy_the_scheme_is_what_the_proxy_says(
    forwarded: bytes | None, let_in: bool, session_key: str, settings: Any
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = []
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    more = [(b"host", b"testserver")] + ([(b"x-forwarded-proto", forwarded)] if forwarded else [])

    assert await is_let_in(session_key, [b"https://testserver"], *more) is let_in


async def test_there_is_no_websocket_at_another_address(session_key: str) -> None:
    for path in ("/", "/ws/", "/ws/live", "/ws/live/x", "/admin/"):
        assert not await is_let_in(session_key, [b"http://testserver"], path=path)


def test_an_origin_is_normal_when_its_port_is_named() -> None:
    assert normal_origin("https://A.example") == "https://a.example:443"
    assert normal_origin("http://[::1]:8000") == "http://::1:8000"
    assert normal_origin("https://*.example") is None
    assert not re.search(r"\*", str(normal_origin("*")))
