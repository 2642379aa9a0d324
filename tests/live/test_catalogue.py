"""The catalogue: what the registry says of all streams, read anew only where something has changed, on either database."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.live.serving import catalogue
from dashboard.models import Alert, Server, Stream
from tests.databases import each_database, postgresql_server

__all__ = ["each_database", "postgresql_server"]

HOSTILE = b"a\xff\n\\{7}<script>"


def test_streams_stand_by_name_with_what_is_known_of_them(each_database: str) -> None:
    now = timezone.now()
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")
    asleep = Server.objects.create(name="asleep", address="redis://127.0.0.1:2/0", enabled=False)
    Stream.objects.create(server=asleep, key=b"not listed")
    for key, days in ((b"b10", 9), (b"b9", 9), (b"B8", 9), (HOSTILE, 0), (b"orders:{1}", 2), (b"orders:{0}", 9)):
        Stream.objects.create(server=server, key=key, first_seen=now - timedelta(days=days), tags=" eu , ,core")
    listed = Stream.objects.get(key=HOSTILE)
    for severity in ("notice", "critical"):
        facts = {"metric": "lag", "limit": 1, "opened_at": now, "subject_digest": severity}
        Alert.objects.create(server=server, stream=listed, severity=severity, title=severity, **facts)

    found = catalogue.current()

    shown = [(entry.name, entry.family, entry.known) for entry in found.entries]
    assert shown == [
        (r"a\xff\n\\{7}<script>", "", "new"),
        ("B8", "", "watched"),
        ("b9", "", "watched"),
        ("b10", "", "watched"),
        ("orders:{0}", "orders:{0…1}", "watched"),
        ("orders:{1}", "orders:{0…1}", "watched"),
    ]
    assert (dict(found.servers), set(found.tags)) == ({server.pk: "shop"}, {"eu", "core"})
    assert (found.alarms[listed.pk].severity, found.alarms[listed.pk].titles) == ("critical", ("notice", "critical"))


@pytest.mark.django_db
def test_it_is_read_anew_only_where_something_has_changed() -> None:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")
    stream = Stream.objects.create(server=server, key=b"a")
    first = catalogue.current()
    with CaptureQueriesContext(connection) as looked:
        unchanged = catalogue.current()

    # By update(), as another process would: no signal tells of it.
    changes = (
        lambda: Stream.objects.filter(pk=stream.pk).update(watched=False),
        lambda: Stream.objects.filter(pk=stream.pk).update(vanished_at=timezone.now()),
        lambda: Stream.objects.filter(pk=stream.pk).update(owner="ada"),
        lambda: Server.objects.filter(pk=server.pk).update(name="store"),
        lambda: Stream.objects.bulk_create([Stream(server=server, key=b"b", key_digest="b")]),
    )
    versions = []
    for change in changes:
        change()
        versions.append(catalogue.current().version)

    assert unchanged is first
    assert len(looked) == 3
    assert versions == [first.version + number for number in range(1, len(changes) + 1)]
