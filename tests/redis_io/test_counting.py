"""L3 on real servers: what waits is counted entry by entry, or not at all."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
import redis
from redis.connection import ConnectionInterface

from dashboard.core.measured import Measured
from dashboard.core.target import parse_address
from dashboard.redis_io import counting
from dashboard.redis_io.connect import connect
from dashboard.redis_io.counting import CAP, PAGE_BYTES, Counting, Spent
from dashboard.redis_io.wire import borrowed
from tests.servers import RedisServer

KEY, GROUP = b"orders", b"billing"
PLACE = (KEY, GROUP)


@pytest.fixture
def connection(watched_server: RedisServer) -> Iterator[ConnectionInterface]:
    with connect(parse_address(watched_server.url)) as client, borrowed(client) as found:
        yield found


def room(spent: Spent) -> int:
    return 64


def fill(client: redis.Redis, last: int, *, value: bytes = b"x", first: int = 1) -> None:
    batch = client.pipeline(transaction=False)
    for seq in range(first, last + 1):
        batch.xadd(KEY, {"a": value}, id=f"5-{seq}")
    batch.execute()


def given(client: redis.Redis, count: int, group: bytes = GROUP) -> None:
    client.xgroup_create(KEY, group, "0")
    client.xreadgroup(group, "ann", {KEY: ">"}, count=count)  # type: ignore[arg-type]


def counted(connection: ConnectionInterface, **options: int) -> Measured | None:
    return Counting(connection, room=room, **options).run([PLACE]).get(PLACE)


def test_l3_entries_are_counted_across_holes(connection: ConnectionInterface, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 3000)
    given(client_of_watched, 10)
    client_of_watched.xdel(KEY, "5-5", "5-11", "5-2999")

    found = counted(connection)

    assert found is not None
    assert (found.count, found.complete, found.delivered) == (2988, True, (5, 10))


def test_l3_a_count_ends_at_its_cap(connection: ConnectionInterface, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 1500)
    given(client_of_watched, 10)

    found = counted(connection, cap=1200)

    assert found is not None
    assert (found.count, found.complete) == (1200, False)


def test_l3_groups_are_counted_side_by_side(connection: ConnectionInterface, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 400)
    for read in range(1, 6):
        given(client_of_watched, read, b"g%d" % read)
    work = Counting(connection, room=room)

    found = work.run([(KEY, b"g%d" % read) for read in range(1, 6)] + [(KEY, b"gone"), (b"gone", GROUP)])

    assert {group: each.count for (_, group), each in found.items()} == {b"g%d" % n: 400 - n for n in range(1, 6)}


def test_l3_no_page_is_larger_than_its_bound(connection: ConnectionInterface, client_of_watched: redis.Redis) -> None:
    fill(client_of_watched, 60, value=b"x" * 50_000)
    given(client_of_watched, 1)
    work = Counting(connection, room=room)
    sizes: list[int] = []

    def noted(spent: Spent) -> int:
        sizes.append(spent.bytes_read)
        return 64

    work = Counting(connection, room=noted)
    found = work.run([PLACE])[PLACE]

    assert found.count == 59
    assert max(after - before for before, after in pairwise(sizes)) <= PAGE_BYTES


@pytest.mark.parametrize(
    ("meanwhile", "holds"),
    [
        (lambda client: client.xadd(KEY, {"a": 1}, id="6-1"), None),
        (lambda client: client.xdel(KEY, "5-150"), False),
        (lambda client: client.xtrim(KEY, maxlen=250, approximate=False), False),
        (lambda client: client.xreadgroup(GROUP, "ann", {KEY: ">"}, count=1), False),
        (lambda client: client.xgroup_destroy(KEY, GROUP), False),
        (lambda client: client.delete(KEY), False),
        (lambda client: client.xack(KEY, GROUP, "5-1"), True),
    ],
    ids=[
        "an entry came",
        "an entry was deleted",
        "it was trimmed",
        "the group moved",
        "it is gone",
        "the key",
        "an ack",
    ],
)
def test_l3_a_count_that_something_may_have_passed_is_dropped(
    connection: ConnectionInterface,
    client_of_watched: redis.Redis,
    meanwhile: Callable[["redis.Redis"], object],
    holds: bool | None,
) -> None:
    fill(client_of_watched, 300)
    given(client_of_watched, 10)
    asked = 0

    def interfering(spent: Spent) -> int:
        nonlocal asked
        asked += 1
        if asked == 2:
            meanwhile(client_of_watched)
        return 64

    found = Counting(connection, room=interfering).run([PLACE]).get(PLACE)

    counts = client_of_watched.xinfo_stream(KEY).get("entries-added") is not None if holds is None else holds
    assert (found is not None) is counts  # 6.2 keeps no count that could tell that nothing went
    assert found is None or found.count == 290


def test_l3_for_want_of_room_one_group_is_counted_on_and_the_others_wait(
    connection: ConnectionInterface, client_of_watched: redis.Redis
) -> None:
    fill(client_of_watched, 300)
    for name in (b"a", b"b"):
        given(client_of_watched, 1, name)
    work = Counting(connection, room=lambda spent: 64 if spent.commands < 3 else 1)

    found = work.run([(KEY, b"a"), (KEY, b"b")])

    assert {place: each.count for place, each in found.items()} == {(KEY, b"a"): 299}
    assert work.postponed == {(KEY, b"b")}


def test_l3_a_user_who_may_not_read_entries_counts_none(watched_server: RedisServer) -> None:
    with watched_server.client() as root:
        fill(root, 300)
        given(root, 1)
        root.execute_command("ACL", "SETUSER", "shy", "reset", "on", ">pw", "~*", "+xinfo")
        target = parse_address(watched_server.url.replace("redis://", "redis://shy:pw@"))
        with connect(target) as client, borrowed(client) as connection:
            work = Counting(connection, room=room)
            assert work.run([PLACE]) == {}
            assert work.denied
        root.acl_deluser("shy")


def test_the_cap_is_what_the_documents_say() -> None:
    assert (CAP, counting.PAGE_ENTRIES) == (10_000, 1000)
