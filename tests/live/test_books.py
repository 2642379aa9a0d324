"""The books of a server: what a storm of alerts comes to for those who look on."""

from itertools import pairwise

import pytest

from dashboard.core.lease import Lease
from dashboard.live.sampling.books import MOST_TICKS, MOST_TOLD, Books
from dashboard.models import Alert, AlertEvent, Server, Stream, Threshold
from dashboard.services import fencing
from tests.services.ticks import a_stream, a_tick, at


def test_a_storm_is_written_at_once_and_told_over_several_ticks(db: None) -> None:
    server, keys = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0"), [b"%d" % n for n in range(250)]
    Stream.objects.bulk_create(Stream(server=server, key=key, key_digest=key.hex()) for key in keys)
    Threshold.objects.create(name="long", metric="length", warning_limit=0)
    Threshold.objects.create(name="watchdog", metric="watchdog", notice_limit=0)
    fencing.claim(Lease(server.pk, 1), "a", at(0))
    books = Books(server, Lease(server.pk, 1))
    books.refresh()

    told = []
    for second in range(4):
        books.note_tick(a_tick(*(a_stream(key, length=1) for key in keys)), at(second))
        notes = books.take()
        assert notes
        told.append(books.settle(notes, at(second)))
        assert Alert.objects.open_count() == 250

    opened = [event for events in told for event in events]
    assert len(opened) == len({event.alert for event in opened if hasattr(event, "alert")}) == 250
    assert max(map(len, told)) == MOST_TOLD


KEY = b"payments"


@pytest.fixture
def books(db: None) -> Books:
    """Of a server with a stream that may have 5 entries."""
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")
    Stream.objects.create(server=server, key=KEY)
    Threshold.objects.create(name="long", metric="length", warning_limit=5)
    fencing.claim(Lease(server.pk, 1), "a", at(0))
    found = Books(server, Lease(server.pk, 1))
    found.refresh()
    settle(found, 0, [1])
    return found


def settle(books: Books, first: int, lengths: list[int]) -> None:
    """Notes a tick a second, and settles all of them at once, as after a database that stood still."""
    for number, length in enumerate(lengths):
        books.note_tick(a_tick(a_stream(KEY, length=length)), at(first + number))
    notes = books.take()
    assert notes
    books.settle(notes, at(first + len(lengths)))


def told() -> list[tuple[str, int]]:
    events = AlertEvent.objects.order_by("at", "pk").values_list("kind", "at")
    return [(kind, round((when - at(0)).total_seconds())) for kind, when in events]


def test_what_came_and_went_while_the_database_stood_still_is_judged_tick_by_tick(books: Books) -> None:
    settle(books, 1, [1, 1, 9, 9, 9, 1, 1])
    assert told() == [("opened", 3), ("resolved", 6)]


def test_what_was_judged_without_the_database_is_not_judged_again(books: Books) -> None:
    for second, length in enumerate([1, 9, 9], start=1):
        books.note_tick(a_tick(a_stream(KEY, length=length)), at(second))
    books.look_on(books.noted)
    books.have_looked(at(3))
    assert [when for _, when in books.noted] == [at(3)]
    settle(books, 4, [1, 1])
    assert told() == [("opened", 2), ("resolved", 4)]


def test_what_could_not_be_settled_is_judged_before_what_was_noted_meanwhile(books: Books) -> None:
    books.note_tick(a_tick(a_stream(KEY, length=9)), at(1))
    notes = books.take()
    assert notes
    books.put_back(notes)
    settle(books, 2, [9, 1])
    assert told() == [("opened", 1), ("resolved", 3)]


def test_ticks_that_wait_for_very_long_are_thinned_out_evenly(books: Books) -> None:
    for second in range(5000):
        books.note_tick(a_tick(a_stream(KEY, length=1)), at(second))
    times = [(when - at(0)).total_seconds() for _, when in books.noted]
    assert len(times) <= MOST_TICKS
    assert times[-1] == 4999
    assert max(later - earlier for earlier, later in pairwise(times)) <= 32
