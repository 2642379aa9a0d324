"""Marks in the database: written together, dated by our clock, gone after a year."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.core import marks as core
from dashboard.models import Mark, Server, Stream
from dashboard.services.marking import LEAST_ABSENCE, Seen, absence, expire_marks, record_marks

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def stream() -> Stream:
    server = Server.objects.create(name="one", address="redis://127.0.0.1:1/0")
    return Stream.objects.create(server=server, key=b"orders")


def seen(kind: core.MarkKind = core.MarkKind.TRIM, *, key: bytes = b"orders", text: str = "Trimmed.") -> Seen:
    return Seen(core.Mark(kind=kind, at=5.0, text=text, key=key, group=b"g\xff"), NOON.timestamp())


def test_marks_are_stored_with_their_stream_and_those_of_a_server_without(stream: Stream) -> None:
    rows = record_marks(stream.server_id, [seen(), seen(core.MarkKind.GAP, key=b"")], stream_ids={b"orders": stream.pk})

    assert all(row.pk for row in rows)
    stored = Mark.objects.order_by("pk")
    assert [(mark.stream_id, mark.kind, bytes(mark.group), mark.at) for mark in stored] == [
        (stream.pk, "trim", b"g\xff", NOON.timestamp()),
        (None, "gap", b"g\xff", NOON.timestamp()),
    ]


def test_a_stream_that_the_registry_lost_has_no_marks_and_no_text_is_too_long(stream: Stream) -> None:
    rows = record_marks(stream.server_id, [seen(key=b"gone"), seen(text="x" * 2000)], stream_ids={b"orders": stream.pk})

    assert [len(row.text) for row in rows] == [500]


def test_very_many_marks_are_few_statements(stream: Stream) -> None:
    with CaptureQueriesContext(
        connection,
    ) as statements:
        record_marks(stream.server_id, [seen()] * 300, stream_ids={b"orders": stream.pk})

    assert Mark.objects.count() == 300
    assert len(statements) <= 6


def test_nothing_to_store_asks_the_database_nothing(stream: Stream) -> None:
    with CaptureQueriesContext(connection) as statements:
        assert record_marks(stream.server_id, [], stream_ids={}) == []

    assert len(statements) == 0


def test_marks_expire_after_a_year_in_small_batches(stream: Stream) -> None:
    def mark(age: timedelta) -> Mark:
        at = (NOON - age).timestamp()
        return Mark(server=stream.server, stream=stream, kind="trim", at=at, text="Trimmed.")

    Mark.objects.bulk_create([mark(timedelta(days=364)), *[mark(timedelta(days=366)) for _ in range(700)]])

    assert expire_marks(NOON, batches=1) == 500
    assert expire_marks(NOON) == 200
    assert expire_marks(NOON) == 0
    assert Mark.objects.count() == 1


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        pytest.param(None, None, id="never sampled"),
        pytest.param(LEAST_ABSENCE - timedelta(seconds=1), None, id="a moment"),
        pytest.param(timedelta(minutes=12), "No sampler watched for 12\u202fmin.", id="a while"),
    ],
)
def test_a_sampler_that_begins_finds_how_long_nobody_watched(ago: timedelta | None, text: str | None) -> None:
    found = absence(NOON - ago if ago else None, NOON)

    assert (found.mark.text if found else None) == text
