"""Entries in bounded pieces, from either end, between two ids."""

from collections.abc import Iterator

import pytest
import redis

from dashboard.core.entry_id import LARGEST, ZERO, EntryId
from dashboard.core.target import parse_address
from dashboard.redis_io.connect import connect
from dashboard.redis_io.entries import LAST, Reader, Span, read_one
from dashboard.redis_io.entry_pages import Page, read_page
from tests.servers import RedisServer, on_one_kind

KEY = b"orders\xff"


@pytest.fixture
def watcher(watched_server: RedisServer) -> Iterator[redis.Redis]:
    with connect(parse_address(watched_server.url)) as client:
        yield client


def fill(client: redis.Redis, count: int, a: bytes = b"") -> None:
    pipeline = client.pipeline(transaction=False)
    for seq in range(1, count + 1):
        pipeline.xadd(KEY, {"n": str(seq), "a": a}, id=f"1-{seq}")
    pipeline.execute()


def page(watcher: redis.Redis, span: Span, **options: object) -> Page[int]:
    settings: dict[str, object] = {"count": 10, "show": lambda entry: entry.id.seq, "clock": lambda: 0.0, **options}
    return read_page(watcher, KEY, span, **settings)  # type: ignore[arg-type]


def test_every_field_comes_in_its_order_also_twice(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    script = "return redis.call('XADD', KEYS[1], '1-1', 'a', '1', 'b', '\\255\\0', 'a', '3')"
    client_of_watched.eval(script, 1, KEY)

    [entry] = Reader(watcher, KEY, Span(), most=10, most_bytes=1000)

    assert list(entry.fields) == [(b"a", b"1"), (b"b", b"\xff\0"), (b"a", b"3")]
    assert entry.size == 7


@pytest.mark.parametrize(
    ("span", "seqs"),
    [
        (Span(), [*range(25, 15, -1)]),
        (Span(rising=True), [*range(1, 11)]),
        (Span(EntryId(1, 3), EntryId(1, 5)), [5, 4, 3]),
        (Span(EntryId(1, 3), EntryId(1, 5), True), [3, 4, 5]),
        (Span(EntryId(1, 24), LAST, True), [24, 25]),
        (Span(EntryId(2, 0), EntryId(1, 0)), []),
        (Span(LAST, LAST).beyond(LAST), []),
        (Span(ZERO, ZERO).beyond(ZERO), []),
        (Span(rising=True).beyond(EntryId(LARGEST, LARGEST)), []),
        (Span().before(EntryId(1, 20)), [21, 22, 23, 24, 25]),
        (Span(rising=True).before(EntryId(1, 3)), [2, 1]),
    ],
)
def test_a_page_has_the_entries_of_its_span_in_its_order(
    span: Span, seqs: list[int], watcher: redis.Redis, client_of_watched: redis.Redis
) -> None:
    fill(client_of_watched, 25)

    assert page(watcher, span).found == seqs


@on_one_kind
def test_pages_follow_each_other_without_a_gap_and_the_last_one_says_so(
    watcher: redis.Redis, client_of_watched: redis.Redis
) -> None:
    fill(client_of_watched, 30)
    span, seen, more = Span(), list[int](), True
    while more:
        found = page(watcher, span)
        seen, more = seen + found.found, found.more
        assert found.last is not None
        span = Span().beyond(found.last)

    assert seen == list(range(30, 0, -1))


@on_one_kind
def test_a_scan_stops_after_so_many_entries_and_says_where(
    watcher: redis.Redis, client_of_watched: redis.Redis
) -> None:
    fill(client_of_watched, 6000)

    found = page(watcher, Span(), scan=True, show=lambda entry: entry.id.seq if entry.id.seq in (5900, 2, 1) else None)
    rest = page(
        watcher,
        Span().beyond(EntryId(1, 1001)),
        scan=True,
        show=lambda entry: entry.id.seq if entry.id.seq in (5900, 2, 1) else None,
    )

    assert (found.found, found.looked, found.stopped_at, found.more) == ([5900], 5000, EntryId(1, 1001), True)
    assert (rest.found, rest.looked, rest.more) == ([2, 1], 1000, False)


@on_one_kind
def test_a_scan_stops_when_its_time_is_over(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 100)
    times = iter(range(100))

    found = page(watcher, Span(), scan=True, show=lambda entry: None, clock=lambda: float(next(times)))

    assert (found.looked, found.more) == (2, True)


@on_one_kind
def test_entries_of_five_megabytes_are_read_one_at_a_time_and_not_all(
    watcher: redis.Redis, client_of_watched: redis.Redis
) -> None:
    fill(client_of_watched, 4, a=b"x" * 5_000_000)
    sent_before = client_of_watched.info("stats")["total_net_output_bytes"]

    found = page(watcher, Span())

    sent = client_of_watched.info("stats")["total_net_output_bytes"] - sent_before
    assert (found.found, found.more) == ([4], True)
    assert sent < 6_000_000


@on_one_kind
def test_one_entry_is_found_by_its_id_or_is_not_there(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 3)

    found = read_one(watcher, KEY, EntryId(1, 2))

    assert found is not None
    assert list(found.fields) == [(b"n", b"2"), (b"a", b"")]
    assert read_one(watcher, KEY, EntryId(1, 9)) is None
