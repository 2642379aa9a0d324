"""A backup holds all of a stream, and a stream that is rebuilt from it is equal to it: on every kind of server."""

import io
from typing import Any

import pytest
import redis

from streams_admin.backup.comparing import compare, compare_entries
from streams_admin.backup.format import Damaged
from streams_admin.backup.rebuilding import catch_up, merge
from streams_admin.backup.taking import take
from streams_admin.beside import key_beside
from streams_admin.redis_io.scripts import Aborted
from streams_admin.redis_io.whole import exchange_streams, read_server, read_whole
from tests.servers import on_one_kind
from tests.streams_admin.backup.conftest import KEY, backed_up, lived_in, reader, restored


def _everything(client: "redis.Redis", key: bytes) -> dict[str, Any]:
    """All that a server tells of a stream but what depends on the clock and on its memory."""
    told: dict[Any, Any] = client.xinfo_stream(key)
    kept = {name: value for name, value in told.items() if "radix" not in str(name)}
    groups: list[Any] = client.xinfo_groups(key)
    rows = {group["name"]: client.xpending_range(key, group["name"], "-", "+", 1000) for group in groups}
    for pending in rows.values():
        for row in pending:
            row["time_since_delivered"] = round(int(row["time_since_delivered"]), -4)
    consumers = {group["name"]: {row["name"] for row in client.xinfo_consumers(key, group["name"])} for group in groups}
    entries: Any = client.xrange(key)
    return {"stream": kept, "groups": groups, "pending": rows, "consumers": consumers, "entries": entries}


def test_a_restored_stream_is_the_one_that_was_backed_up(acting: "redis.Redis") -> None:
    lived_in(acting)
    content, taken = backed_up(acting)
    before = _everything(acting, KEY)
    acting.delete(KEY)

    restored(acting, content, KEY)

    found = compare(acting, reader(content), KEY)
    assert (found.examples, found.equal) == ([], True)
    assert (found.entries, found.groups, found.pending) == (36, 3, 21)
    assert found.ghosts == 2, "1-1 and 2-2 were trimmed while they were pending"
    assert (taken.counts.entries, taken.counts.groups, taken.counts.pending, taken.removed) == (36, 3, 21, 0)
    after = _everything(acting, KEY)
    assert after["entries"] == before["entries"]
    assert after["consumers"] == before["consumers"]
    assert after["stream"] == before["stream"]
    for name, rows in before["pending"].items():
        assert after["pending"][name] == [row for row in rows if row["message_id"] not in {b"1-1", b"2-2"}]
    assert acting.ttl(KEY) == -1, "what is in its place stays"
    assert acting.keys("*") == [KEY]


def test_a_stream_with_groups_and_no_entry_is_restored(acting: "redis.Redis") -> None:
    acting.xadd(KEY, {"a": "b"}, id="9-9")
    acting.xgroup_create(KEY, b"billing", id="9-9")
    acting.xdel(KEY, "9-9")
    content, _ = backed_up(acting)
    before = _everything(acting, KEY)
    acting.delete(KEY)
    restored(acting, content, KEY)
    assert _everything(acting, KEY) == before


def test_a_stream_without_anything_is_restored(acting: "redis.Redis") -> None:
    acting.xadd(KEY, {"a": "b"}, id="9-9")
    acting.xdel(KEY, "9-9")
    content, _ = backed_up(acting)
    before = _everything(acting, KEY)
    acting.delete(KEY)
    restored(acting, content, KEY)
    assert _everything(acting, KEY) == before


def test_entries_that_were_trimmed_are_put_back_into_a_stream_that_lives_on(acting: "redis.Redis") -> None:
    lived_in(acting)
    content, _ = backed_up(acting)
    acting.xtrim(KEY, minid="25", approximate=False)
    acting.xadd(KEY, {"new": "one"}, id="50-1")
    acting.xreadgroup(b"billing", b"w-3", {KEY: ">"}, count=3)  # type: ignore[arg-type]
    acting.xack(KEY, b"billing", "25-1")
    before = _everything(acting, KEY)
    server = read_server(acting)

    merged = merge(acting, reader(content), b"orders:rebuilt", KEY, lambda _: None)
    acting.xadd(KEY, {"added": "while it was merged"}, id="51-1")
    catch_up(acting, b"orders:rebuilt", KEY, merged)
    acting.xadd(KEY, {"added": "just before"}, id="52-1")
    exchange_streams(
        acting,
        b"orders:rebuilt",
        KEY,
        run_id=server.run_id,
        taken=merged.taken,
        last_taken=merged.last_taken.decode(),
        bare=not server.counts,
        groups=[group.name for group in read_whole(acting, KEY).groups],
    )

    assert (merged.added, merged.there, merged.differing) == (22, 14, 0)
    assert compare_entries(acting, reader(content), KEY).missing == 0
    after = _everything(acting, KEY)
    assert [row[0] for row in after["entries"]][-4:] == [b"39-0", b"50-1", b"51-1", b"52-1"]
    assert after["consumers"] == before["consumers"]
    ghosts = {b"1-1", b"2-2"}
    for name, rows in before["pending"].items():
        kept = [row for row in rows if row["message_id"] not in ghosts]
        assert after["pending"][name] == kept, (
            "groups keep their pending entries; those whose entry is back are ghosts no more"
        )
    assert [group["last-delivered-id"] for group in after["groups"]] == [
        group["last-delivered-id"] for group in before["groups"]
    ]
    assert acting.ttl(KEY) == -1
    assert acting.keys("*") == [KEY]


@on_one_kind
@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        (lambda client: client.xdel(KEY, "33-0"), "stream-changed"),
        (lambda client: client.xgroup_create(KEY, "another", "$"), "groups-changed"),
        (lambda client: client.delete(KEY), "no-stream"),
    ],
)
def test_a_stream_that_changed_while_it_was_merged_is_left_alone(
    acting: "redis.Redis", meanwhile: Any, why: str
) -> None:
    lived_in(acting)
    content, _ = backed_up(acting)
    acting.xtrim(KEY, minid="25", approximate=False)
    server, names = read_server(acting), [group.name for group in read_whole(acting, KEY).groups]
    merged = merge(acting, reader(content), b"orders:rebuilt", KEY, lambda _: None)
    meanwhile(acting)
    before = acting.dump(KEY)
    with pytest.raises(Aborted) as refused:
        exchange_streams(
            acting,
            b"orders:rebuilt",
            KEY,
            run_id=server.run_id,
            taken=merged.taken,
            last_taken=merged.last_taken.decode(),
            bare=False,
            groups=names,
        )
    assert refused.value.why == why
    assert acting.dump(KEY) == before
    assert 0 < acting.ttl(b"orders:rebuilt") <= 86_400, "what nobody put in its place goes by itself"


@on_one_kind
def test_what_is_added_read_and_trimmed_during_a_backup_stays_out_or_is_told(acting: "redis.Redis") -> None:
    for number in range(1, 5001):
        acting.xadd(KEY, {"n": number}, id=f"{number}-1")
    acting.xgroup_create(KEY, b"billing", id="0")
    acting.xreadgroup(b"billing", b"w-1", {KEY: ">"}, count=10)  # type: ignore[arg-type]
    file, seen = io.BytesIO(), list[Any]()

    def live_on(counts: Any) -> None:
        if not seen:
            acting.xadd(KEY, {"n": "late"}, id="6000-1")
            acting.xtrim(KEY, minid="4000", approximate=False)
            acting.xreadgroup(b"billing", b"w-1", {KEY: ">"}, count=5)  # type: ignore[arg-type]
        seen.append(counts)

    taken = take(acting, KEY, file, server="shop", step=live_on)
    content = file.getvalue()
    assert taken.removed == 5000 - taken.counts.entries > 0
    assert taken.counts.pending == 10, "what the group was given later is delivered again after a restore"
    acting.delete(KEY)
    restored(acting, content, KEY)
    found = compare(acting, reader(content), KEY)
    assert (found.missing, found.unequal, found.ghosts) == (0, 0, 0)


@on_one_kind
def test_a_rebuilt_stream_is_gone_on_with_where_it_ended(acting: "redis.Redis") -> None:
    lived_in(acting)
    content, _ = backed_up(acting)
    acting.delete(KEY)
    acting.xadd(b"orders:rebuilt", {"number": 3, b"\xff\x00 raw": bytes(range(3))}, id="3-0")
    restored(acting, content, KEY)
    assert compare(acting, reader(content), KEY).equal


@on_one_kind
@pytest.mark.parametrize("place", [0, 15, 40, 200, -9, -1])
def test_a_file_that_was_changed_or_cut_is_refused_in_words(acting: "redis.Redis", place: int) -> None:
    lived_in(acting)
    content, _ = backed_up(acting)
    changed = bytearray(content)
    changed[place] ^= 0x55
    for damaged in (bytes(changed), content[:place]):
        with pytest.raises(Damaged):
            for _ in reader(damaged).records():
                pass


@on_one_kind
def test_a_comparison_says_what_is_not_as_in_the_backup(acting: "redis.Redis") -> None:
    lived_in(acting)
    content, _ = backed_up(acting)
    acting.xdel(KEY, "20-2")
    acting.xack(KEY, b"billing", "10-1")
    acting.xgroup_setid(KEY, b"new", "3-0")
    found = compare(acting, reader(content), KEY)
    assert (found.missing, found.unequal) == (1, 3)
    assert any("10-1 is not pending" in example for example in found.examples)
    assert any("b'new' stands at 3-0" in example for example in found.examples)


def test_a_stream_is_rebuilt_in_the_slot_of_its_place() -> None:
    from redis.crc import key_slot

    for key in (b"orders", b"{shop}:orders", b"a{b}c{d}"):
        assert key_slot(key_beside(key, "token", is_cluster=True)) == key_slot(key)
    assert key_beside(b"orders", "token", is_cluster=False).startswith(b"orders:")
    with pytest.raises(ValueError, match="No other key"):
        key_beside(b"a}b", "token", is_cluster=True)
