"""Names of strangers are text: two hundred of them as streams, groups and consumers, on the pages of recovery and in its exports."""

import csv
import html.parser
import io
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.core.names import digest, to_slug
from dashboard.models import Server, Stream
from streams_admin.actions import perform
from streams_admin.models import Kind
from streams_admin.plans import save_plan
from streams_admin.redis_io.scripts import action_client
from streams_admin.remedies.create_consumer import plan_create_consumer
from tests.security.names import corpus, fill
from tests.security.test_canaries import whole
from tests.servers import RedisServer

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = corpus()
MANY = b"many"


class Running(html.parser.HTMLParser):
    """Collects what a browser would run, or lead to, that a name brought in."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        for name, value in attrs:
            leads = name in {"href", "src", "action", "data", "srcdoc"} and "javascript:" in (value or "")
            if name.startswith("on") or leads or name == "http-equiv":
                self.found.append(f"{tag} {name}={value}")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and "xyzzy(1)</" in data:
            self.found.append(data)


def ran(body: str) -> list[str]:
    """What a name would have a browser do."""
    parser = Running()
    parser.feed(body)
    return parser.found


def test_what_a_browser_would_run_is_found() -> None:
    assert ran("<p>&lt;script&gt;xyzzy(1)&lt;/script&gt;</p>") == []
    for name in ("<img src=x onerror=xyzzy(1)>", "<a href=javascript:xyzzy(1)>x</a>", "<svg/onload=xyzzy(1)>"):
        assert len(ran(f"<p>{name}</p>")) == 1
    assert ran(f'<input value="{chr(34)} onmouseover={chr(34)}xyzzy(1)">')


@pytest.fixture
def server(valkey_server: RedisServer, own_redis: RedisServer) -> Server:
    """A server with a stream of each name, and one with a group of each name, one of which has a consumer of each."""
    with valkey_server.client() as client:
        fill(client, MANY)
    server = Server.objects.create(name=f"shop {NAMES[1].decode()}"[:100], address=valkey_server.url)
    Stream.objects.bulk_create(Stream(server=server, key=name, key_digest=digest(name)) for name in [*NAMES, MANY])
    return server


def pages_of(stream: Stream, group: bytes) -> Iterator[str]:
    """Every page of a stream's recovery, and the stream's own."""
    yield reverse("stream", args=[stream.pk])
    for name in ("recover", "trim", "backups"):
        yield reverse(f"admin:dashboard_stream_{name}", args=[stream.pk])
    for name in ("pending", "group"):
        yield reverse(f"admin:dashboard_stream_{name}", args=[stream.pk]) + f"?group={to_slug(group)}"
    for kind in (Kind.REMOVE_CONSUMER, Kind.SET_GROUP_ID, Kind.DESTROY_GROUP, Kind.REPLAY, Kind.DELETE_STREAM):
        yield reverse("admin:dashboard_stream_ask", args=[stream.pk, kind]) + f"?group={to_slug(group)}"


def test_two_hundred_groups_and_consumers_are_text_where_they_are_chosen(
    server: Server, administrator_client: Client
) -> None:
    stream = Stream.objects.get(key=MANY)
    for page in pages_of(stream, NAMES[0]):
        answer: Any = administrator_client.get(page)
        assert (answer.status_code, ran(answer.content.decode())) == (200, []), page


def test_two_hundred_streams_are_text_on_lists_plans_actions_and_in_exports(
    server: Server, administrator: User, administrator_client: Client
) -> None:
    csv.field_size_limit(2**20)
    for turn, stream in enumerate(Stream.objects.exclude(key=MANY)):
        name = bytes(stream.key)
        with action_client(server.target, name) as client:
            facts = plan_create_consumer(client, name, name, b"new " + name[:50])
        plan = save_plan(stream, administrator, facts, now=timezone.now())
        shown = [(plan.get_absolute_url(), administrator_client.get(plan.get_absolute_url()))]
        action = perform(plan, administrator, address=None, why=name.decode(errors="replace")[:400].replace("\0", ""))
        assert action.state == "done", action.reason
        # Each name on one of these, each of them with many names.
        change = reverse("admin:streams_admin_action_change", args=[action.pk])
        every = [plan.get_absolute_url(), change, *pages_of(stream, name)]
        shown.append((every[turn % len(every)], administrator_client.get(every[turn % len(every)])))
        for page, answer in shown:
            assert (answer.status_code, ran(answer.content.decode())) == (200, []), (page, name[:80])
    for page in ("overview", "actions", "admin:dashboard_stream_changelist", "admin:streams_admin_action_changelist"):
        answer = administrator_client.get(reverse(page))
        assert (answer.status_code, ran(answer.content.decode())) == (200, []), page

    sheet: Any = administrator_client.get(reverse("export_csv"))
    rows = list(csv.reader(io.StringIO(async_to_sync(whole)(sheet.streaming_content).decode())))
    assert len(rows) == len(NAMES) + 1
    assert not [cell for row in rows[1:] for cell in row if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}]
