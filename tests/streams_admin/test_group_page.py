"""The page of one group: why it lies about, what it lost to a trim, and the ways on."""

import time
from typing import Any

import pytest
import redis
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from dashboard.core.names import to_slug
from dashboard.models import Stream
from streams_admin import group_page
from streams_admin.group_page import lost_by
from streams_admin.models import Backup
from streams_admin.plans import look
from streams_admin.redis_io.whole import read_whole
from tests.servers import RedisServer, on_one_kind
from tests.streams_admin.conftest import GROUP, KEY, deliver, fill

pytestmark = pytest.mark.django_db(transaction=True)


def page_of(client: Client, stream: Stream, group: bytes = GROUP) -> Any:
    return client.get(reverse("admin:dashboard_stream_group", args=[stream.pk]), {"group": to_slug(group)})


def test_what_a_trim_took_from_a_group_is_said_with_its_ends_and_number(
    stream: Stream, seen: "redis.Redis", client_of_watched: "redis.Redis", watched_server: RedisServer
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 2)
    assert lost_by(look(seen, KEY), read_whole(seen, KEY).groups[0]) is None
    client_of_watched.xtrim(KEY, minid="7-1", approximate=False)

    lost = lost_by(look(seen, KEY), read_whole(seen, KEY).groups[0])

    assert lost is not None
    assert (lost.after_id, lost.before_id) == ("2-1", "7-1")
    if watched_server.kind.counts:
        assert (lost.count.value if lost.count else None) == 4
    else:
        assert lost.count is None


def test_a_group_that_stands_before_a_gap_of_ids_has_lost_nothing_where_the_server_counts(
    stream: Stream, seen: "redis.Redis", client_of_watched: "redis.Redis", watched_server: RedisServer
) -> None:
    client_of_watched.xgroup_create(KEY, GROUP, id="0", mkstream=True)
    client_of_watched.xadd(KEY, {"a": "b"}, id="100-1")
    lost = lost_by(look(seen, KEY), read_whole(seen, KEY).groups[0])
    assert (lost is None) or not watched_server.kind.counts


@on_one_kind
def test_the_page_says_what_the_group_holds_back_and_offers_what_this_person_may_do(
    stream: Stream, client_of_watched: "redis.Redis", operator_client: Client
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 2)
    client_of_watched.xgroup_create(KEY, b"quick <b>", id="8-1")
    page = page_of(operator_client, stream).content.decode()
    assert "A safe trim keeps 8 entries for it alone." in page
    assert "It fell behind a trim" not in page
    for kind in ("set_group_id", "destroy_group"):
        assert f"/recover/{kind}/?group={to_slug(GROUP)}" in page
    ask = operator_client.get(
        reverse("admin:dashboard_stream_ask", args=[stream.pk, "set_group_id"]),
        {"group": to_slug(GROUP), "place": "new"},
    ).content.decode()
    assert f'<option value="{to_slug(GROUP)}" selected' in ask
    assert "quick &lt;b&gt;" in page_of(operator_client, stream, b"quick <b>").content.decode()


@on_one_kind
def test_behind_a_trim_it_leads_to_backups_and_to_going_on_from_what_is_left(
    stream: Stream, client_of_watched: "redis.Redis", operator: User, operator_client: Client
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 2)
    plan = operator_client.post(reverse("admin:dashboard_stream_ask", args=[stream.pk, "export"]))
    operator_client.post(plan["Location"])
    client_of_watched.xtrim(KEY, minid="7-1", approximate=False)
    # What was backed up after it has nothing of that.
    plan = operator_client.post(reverse("admin:dashboard_stream_ask", args=[stream.pk, "export"]))
    operator_client.post(plan["Location"])
    after, before = Backup.objects.all()
    assert [(each.first_id, each.last_id) for each in (before, after)] == [("1-1", "10-1"), ("7-1", "10-1")]

    page = page_of(operator_client, stream).content.decode()

    assert "It fell behind a trim" in page
    assert "Go on from the first entry that is left" in page
    assert "1-1 – 10-1" in page
    assert reverse("admin:streams_admin_backup_restore", args=[before.pk]) in page
    assert reverse("admin:streams_admin_backup_restore", args=[after.pk]) not in page
    before.delete()
    assert (
        "No backup that Streamgauge knows has entries from there." in page_of(operator_client, stream).content.decode()
    )
    assert page_of(operator_client, stream, b"missing").status_code == 503
    assert page_of(operator_client, stream, b"").status_code in {404, 503}


@on_one_kind
def test_it_says_who_asked_last_and_when_that_makes_it_abandoned(
    stream: Stream, client_of_watched: "redis.Redis", operator_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(client_of_watched)
    assert "It has no consumer, or too many to list." in page_of(operator_client, stream).content.decode()
    deliver(client_of_watched, 2, b"first")
    time.sleep(0.02)
    deliver(client_of_watched, 2, b"then <b>")
    page = page_of(operator_client, stream).content.decode()
    assert "The last to ask for entries was <b>then &lt;b&gt;</b>, 0 s ago." in page
    assert "abandoned" not in page
    monkeypatch.setattr(group_page, "ABANDONED_AFTER_S", 0.0)
    assert "it counts as abandoned" in page_of(operator_client, stream).content.decode()


@pytest.mark.parametrize(
    ("first", "last", "holds"),
    [("1-1", "5-1", True), ("1-1", "2-1", False), ("2-2", "6-1", True), ("7-1", "9-1", False), ("", "", True)],
)
def test_a_backup_may_hold_what_lies_between_two_ids(first: str, last: str, holds: bool) -> None:
    assert Backup(entries=5, first_id=first, last_id=last).may_hold("2-1", "7-1") == holds
    assert not Backup(entries=0).may_hold("2-1", "7-1")
