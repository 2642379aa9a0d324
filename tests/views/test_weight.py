"""What a first visit weighs: HTML, scripts and styles as they travel, at most 250 kB. Counted, so that it is the same on every machine."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from dashboard.models import Server, Stream
from dashboard.staticfiles import OURS, without_comments

MOST = 250_000
#: What the headers of one file take; measured, and rounded up.
HEADERS = 350

pytestmark = pytest.mark.django_db


def weight_of(html: str) -> int:
    """Bytes of a page whose HTML travels as it is, and of all that it names, gzipped as collectstatic does."""
    named = set(re.findall(r'(?:src|href)="/static/([^"]+\.(?:js|css))"', html))
    assert len(named) > 20
    return len(html.encode()) + sum(len(gzip.compress(served(name).encode(), 9)) + HEADERS for name in named)


def served(name: str) -> str:
    """A file as it is collected."""
    source = Path(settings.BASE_DIR, "static", name).read_text()
    return without_comments(source) if name.startswith(OURS) and name.endswith(".js") else source


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("page", ["overview", "stream", "server"])
def test_a_first_visit_is_light(operator_client: Client, page: str, language: str) -> None:
    server = Server.objects.create(name="shop-prod", address="redis://127.0.0.1:1/0")
    stream = Stream.objects.create(server=server, key=b"orders", owner="payments team")
    path = {"overview": "/", "stream": stream.get_absolute_url(), "server": server.get_absolute_url()}[page]

    html = operator_client.get(path, headers={"accept-language": language}).content.decode()

    assert f'lang="{language}"' in html
    assert weight_of(html) <= MOST, f"{weight_of(html)} bytes"
