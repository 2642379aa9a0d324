"""A sweep reads every stream exactly as the server tells it, and one key's trouble stays with that key."""

import threading
from collections.abc import Iterator

import pytest
import redis

from dashboard.core.deriver import Deriver
from dashboard.core.entry_id import LARGEST, ZERO, EntryId
from dashboard.core.sample import ProblemKind, StreamSample
from dashboard.core.target import parse_address
from dashboard.redis_io import replies
from dashboard.redis_io.connect import connect
from dashboard.redis_io.server_info import read_info
from dashboard.redis_io.sweep import sweep
from tests.servers import RedisServer


@pytest.fixture
def watcher(watched_server: RedisServer) -> Iterator[redis.Redis]:
    with connect(parse_address(watched_server.url)) as client:
        yield client


def only(watcher: redis.Redis, key: bytes) -> StreamSample:
    return sweep(watcher, [key]).streams[key]


def test_a_stream_is_read_with_its_groups(
    watcher: redis.Redis, watched_server: RedisServer, client_of_watched: redis.Redis
) -> None:
    for seq in range(1, 11):
        client_of_watched.xadd("orders", {"n": seq}, id=f"5-{seq}")
    client_of_watched.xgroup_create("orders", b"g\xff", "0")
    client_of_watched.xreadgroup(b"g\xff", "ann", {"orders": ">"}, count=4)  # type: ignore[arg-type]
    client_of_watched.xack("orders", b"g\xff", "5-1")
    client_of_watched.xdel("orders", "5-2")

    sample = only(watcher, b"orders")

    assert (sample.length, sample.first_id, sample.last_id, sample.last_generated_id) == (9, (5, 1), (5, 10), (5, 10))
    [group] = sample.groups
    assert (group.name, group.consumers, group.pending, group.last_delivered_id) == (b"g\xff", 1, 3, (5, 4))
    counts = (sample.entries_added, sample.max_deleted_id, group.entries_read, group.server_lag)
    assert counts == ((10, (5, 2), 4, 6) if watched_server.kind.counts else (None, None, None, None))


def test_an_empty_stream_has_no_ids_and_an_unread_group_no_count(
    watcher: redis.Redis, client_of_watched: redis.Redis
) -> None:
    client_of_watched.xgroup_create("orders", "billing", "0", mkstream=True)

    sample = only(watcher, b"orders")

    assert (sample.length, sample.first_id, sample.last_id) == (0, None, None)
    assert (sample.groups[0].last_delivered_id, sample.groups[0].entries_read) == (ZERO, None)


def test_ids_at_the_end_of_64_bits_are_read_whole(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    client_of_watched.xadd("orders", {"a": 1}, id=f"{LARGEST - 1}-{LARGEST}")
    client_of_watched.xadd("orders", {"a": 1}, id=f"{LARGEST}-{LARGEST}")
    client_of_watched.xgroup_create("orders", "billing", f"{LARGEST - 1}-{LARGEST}")

    sample = only(watcher, b"orders")

    assert (sample.first_id, sample.last_id) == (EntryId(LARGEST - 1, LARGEST), EntryId(LARGEST, LARGEST))
    assert sample.groups[0].last_delivered_id == EntryId(LARGEST - 1, LARGEST)


def test_keys_are_bytes(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    names = [b"a\nb", b"\xff\x00", b"<b>'\"", b"", b" ", b"k" * 70_000]
    for name in names:
        client_of_watched.xadd(name, {"a": 1})

    assert set(sweep(watcher, names).streams) == set(names)


def test_thousands_of_streams_answer_each_for_itself(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    pipeline = client_of_watched.pipeline(transaction=False)
    keys = [b"s:%d" % number for number in range(2000)]
    for number, key in enumerate(keys):
        pipeline.xadd(key, {"a": 1}, id=f"{number + 1}-0")
        pipeline.xgroup_create(key, b"g:%d" % number, "0")
    pipeline.execute()

    for order in (keys, keys, keys[::-1], keys[5:50]):
        taken = sweep(watcher, order)
        assert list(taken.streams) == order
        for key in order:
            number = int(key[2:])
            sample = taken.streams[key]
            assert (sample.key, sample.first_id, sample.groups[0].name) == (key, (number + 1, 0), b"g:%d" % number)


def test_one_keys_trouble_stays_with_that_key(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    client_of_watched.xadd("first", {"a": 1})
    client_of_watched.set("text", "1")
    client_of_watched.xadd("last", {"a": 1})

    taken = sweep(watcher, [b"first", b"text", b"none", b"last"])

    assert list(taken.streams) == [b"first", b"last"]
    assert {key: problem.kind for key, problem in taken.problems.items()} == {
        b"text": ProblemKind.WRONG_TYPE,
        b"none": ProblemKind.VANISHED,
    }


def test_a_key_that_changes_its_nature_is_followed(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    kinds = []
    for change in (
        lambda: client_of_watched.xadd("orders", {"a": 1}, id="5-1"),
        lambda: client_of_watched.delete("orders"),
        lambda: client_of_watched.set("orders", 1),
        lambda: (client_of_watched.delete("orders"), client_of_watched.xadd("orders", {"a": 1}, id="5-1")),
    ):
        change()
        taken = sweep(watcher, [b"orders"])
        kinds.append(taken.problems[b"orders"].kind if taken.problems else taken.streams[b"orders"].length)

    assert kinds == [1, ProblemKind.VANISHED, ProblemKind.WRONG_TYPE, 1]


def test_an_unchanged_stream_keeps_its_sample_and_every_change_is_seen(
    watcher: redis.Redis, client_of_watched: redis.Redis
) -> None:
    client_of_watched.xadd("orders", {"a": 1}, id="5-1")
    client_of_watched.xgroup_create("orders", "billing", "0")
    client_of_watched.xgroup_create("orders", "mail", "0")
    first = only(watcher, b"orders")

    assert only(watcher, b"orders") is first
    for change in (
        lambda: client_of_watched.xreadgroup("mail", "ann", {"orders": ">"}),
        lambda: client_of_watched.xack("orders", "mail", "5-1"),
        lambda: client_of_watched.xgroup_createconsumer("orders", "mail", "bob"),
        lambda: client_of_watched.xadd("orders", {"a": 1}, id="5-2"),
        lambda: client_of_watched.xdel("orders", "5-2"),
        lambda: client_of_watched.xgroup_create("orders", "audit", "$"),
        lambda: client_of_watched.xgroup_destroy("orders", "billing"),
        lambda: client_of_watched.eval("return redis.call('XSETID', KEYS[1], '9-9')", 1, "orders"),
    ):
        before = only(watcher, b"orders")
        change()
        after = only(watcher, b"orders")
        fresh = connect(parse_address(url_of(watcher)))
        assert before != after
        assert after == only(fresh, b"orders")
        fresh.close()


def url_of(client: redis.Redis) -> str:
    place = client.connection_pool.connection_kwargs
    return f"redis://{place['host']}:{place['port']}/0"


def test_a_deleted_and_recreated_stream_is_a_gap_and_no_spike(
    watcher: redis.Redis, watched_server: RedisServer, client_of_watched: redis.Redis
) -> None:
    deriver, rates = Deriver(), []
    for step in range(4):
        if step == 2:
            client_of_watched.delete("orders")
        for _ in range(50):
            client_of_watched.xadd("orders", {"a": 1})
        taken = sweep(watcher, [b"orders"])
        tick = deriver.take(taken, info=read_info(watcher), memory={}, interval_s=1)
        rates.append(tick.streams[b"orders"].added_per_s)

    assert [rate is None for rate in rates] == [True, False, True, False] or not watched_server.kind.counts
    assert all(rate is None or rate > 0 for rate in rates)


def test_time_is_the_servers_and_the_round_trip_is_measured(watcher: redis.Redis) -> None:
    seconds, _ = watcher.time()

    taken = sweep(watcher, [])

    assert 0 <= taken.at - seconds < 5
    assert 0 < taken.round_trip_s < 1


def test_the_first_undelivered_entry_is_looked_up_where_ids_do_not_tell(
    watcher: redis.Redis, client_of_watched: redis.Redis
) -> None:
    now = client_of_watched.time()[0] * 1000
    ids = [EntryId(now - 60_000, 0), EntryId(now - 30_000, 0), EntryId(now - 20_000, 0), EntryId(now, 0)]
    for entry_id in ids:
        client_of_watched.xadd("orders", {"a": 1}, id=str(entry_id))
    for name, position in (("behind", "0"), ("inside", str(ids[0])), ("at the end", "$")):
        client_of_watched.xgroup_create("orders", name, position)
    place = (b"orders", b"inside")

    assert sweep(watcher, [b"orders"]).first_undelivered == {place: ids[1]}
    client_of_watched.xdel("orders", str(ids[1]))
    assert sweep(watcher, [b"orders"]).first_undelivered == {place: ids[2]}
    client_of_watched.xgroup_setid("orders", "inside", str(ids[2]))
    assert sweep(watcher, [b"orders"]).first_undelivered == {place: ids[3]}
    client_of_watched.xtrim("orders", maxlen=0)
    assert sweep(watcher, [b"orders"]).first_undelivered == {}


def test_a_stalled_group_is_looked_up_once(
    watcher: redis.Redis, watched_server: RedisServer, client_of_watched: redis.Redis
) -> None:
    now = client_of_watched.time()[0] * 1000
    for age in (9000, 8000, 0):
        client_of_watched.xadd("orders", {"a": 1}, id=f"{now - age}-0")
    client_of_watched.xgroup_create("orders", "billing", f"{now - 9000}-0")
    client_of_watched.config_resetstat()

    for _ in range(5):
        sweep(watcher, [b"orders"])

    statistics = client_of_watched.info("commandstats")
    assert statistics["cmdstat_xrange"]["calls"] == 1
    if watched_server.kind.counts:  # Redis 6.2 counts no subcommands
        assert statistics["cmdstat_xinfo|stream"]["calls"] == 5


def test_a_stream_with_entries_of_five_megabytes_is_read_and_its_payload_is_not_kept(
    watcher: redis.Redis, client_of_watched: redis.Redis
) -> None:
    payload = b"secret" * 900_000
    for seq in (1, 2):
        client_of_watched.xadd("orders", {"a": payload}, id=f"5-{seq}")

    taken = sweep(watcher, [b"orders"])

    assert taken.streams[b"orders"].length == 2
    assert "secret" not in repr(taken)


def test_a_sweep_changes_nothing(watcher: redis.Redis, client_of_watched: redis.Redis) -> None:
    client_of_watched.xadd("orders", {"a": 1})
    client_of_watched.xgroup_create("orders", "billing", "0")
    before = client_of_watched.dump("orders"), client_of_watched.info("persistence")["rdb_changes_since_last_save"]

    sweep(watcher, [b"orders", b"none"])

    after = client_of_watched.dump("orders"), client_of_watched.info("persistence")["rdb_changes_since_last_save"]
    assert before == after
    assert client_of_watched.exists("none") == 0


def test_an_interrupted_sweep_leaves_no_reply_to_the_next_caller(
    watcher: redis.Redis, client_of_watched: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [b"s:%d" % number for number in range(1000)]
    for key in keys:
        client_of_watched.xadd(key, {"a": 1})
    sweep(watcher, keys)

    class Interrupted(BaseException):
        pass

    def interrupt(*_: object) -> None:
        raise Interrupted

    with monkeypatch.context() as patch:
        patch.setattr(replies.SampleReader, "read", interrupt)
        with pytest.raises(Interrupted):
            sweep(watcher, keys)

    assert watcher.ping() is True
    assert set(sweep(watcher, keys).streams) == set(keys)


def test_both_commands_of_a_key_run_with_no_other_client_between(valkey_server: RedisServer) -> None:
    """A writer that adds and reads without pause would otherwise be caught between the two."""
    script = "redis.call('XADD', KEYS[1], '*', 'a', '1') redis.call('XREADGROUP', 'GROUP', 'g', 'c', 'COUNT', '1', 'STREAMS', KEYS[1], '>')"
    keys = [b"s:%d" % number for number in range(300)]
    with valkey_server.client() as writer, connect(parse_address(valkey_server.url)) as watcher:
        for key in keys:
            writer.xgroup_create(key, "g", "0", mkstream=True)
        with Writer(valkey_server, script, keys):
            for _ in range(30):
                for sample in sweep(watcher, keys).streams.values():
                    assert sample.groups[0].last_delivered_id == sample.last_generated_id


class Writer:
    """Runs a script on key after key in a thread, until its block ends."""

    def __init__(self, server: RedisServer, script: str, keys: list[bytes]) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(server, script, keys))

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self, server: RedisServer, script: str, keys: list[bytes]) -> None:
        with server.client() as client:
            while not self._ended.is_set():
                pipeline = client.pipeline(transaction=False)
                for key in keys:
                    pipeline.eval(script, 1, key)
                pipeline.execute()


def test_a_unix_socket_and_a_database_are_reached(valkey_server: RedisServer) -> None:
    with valkey_server.client(db=3) as client:
        client.xadd("orders", {"a": 1})

    with connect(parse_address(valkey_server.unix_url.replace("db=0", "db=3"))) as watcher:
        assert list(sweep(watcher, [b"orders"]).streams) == [b"orders"]
