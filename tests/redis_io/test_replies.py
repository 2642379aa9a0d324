"""Replies of other versions: fields come and go, and null is not 0."""

from typing import Any

import pytest

from dashboard.core.entry_id import EntryId
from dashboard.core.sample import GroupSample, StreamSample
from dashboard.redis_io import replies
from dashboard.redis_io.replies import SampleReader

ENTRY = [b"5-1", [b"a", b"secret"]]
V6: list[Any] = [
    *(b"length", 1, b"radix-tree-keys", 1, b"radix-tree-nodes", 2, b"last-generated-id", b"5-1"),
    *(b"groups", 1, b"first-entry", ENTRY, b"last-entry", ENTRY),
]
V7: list[Any] = [*V6, b"max-deleted-entry-id", b"0-0", b"entries-added", 1, b"recorded-first-entry-id", b"5-1"]
NEWER: list[Any] = [b"unheard-of", [1, 2], *V7, b"more", None]
GROUP_6: list[Any] = [b"name", b"g", b"consumers", 1, b"pending", 2, b"last-delivered-id", b"4-0"]
GROUP_7: list[Any] = [*GROUP_6, b"entries-read", None, b"lag", None]
GROUP_NEWER: list[Any] = [b"x", b"y", *GROUP_6, b"entries-read", 3, b"lag", 0, b"z", 0]


def sample(stream: list[Any], group: list[Any]) -> StreamSample:
    return SampleReader().read(b"orders", [group], stream)


@pytest.mark.parametrize(
    ("reply", "deleted", "added"),
    [
        pytest.param(V6, None, None, id="6.2 knows no counters"),
        pytest.param(V7, EntryId(0, 0), 1, id="7.0"),
        pytest.param(NEWER, EntryId(0, 0), 1, id="a later one"),
    ],
)
def test_a_stream_is_read_by_field_name(reply: list[Any], deleted: EntryId | None, added: int | None) -> None:
    read = sample(reply, GROUP_6)

    assert (read.length, read.first_id, read.last_id) == (1, (5, 1), (5, 1))
    assert (read.max_deleted_id, read.entries_added) == (deleted, added)
    assert "secret" not in repr(read)


@pytest.mark.parametrize(
    ("reply", "entries_read", "lag"),
    [
        pytest.param(GROUP_6, None, None, id="6.2 knows no lag"),
        pytest.param(GROUP_7, None, None, id="null"),
        pytest.param(GROUP_NEWER, 3, 0, id="zero is zero"),
    ],
)
def test_a_group_is_read_by_field_name(reply: list[Any], entries_read: int | None, lag: int | None) -> None:
    [group] = sample(V7, reply).groups

    assert group == GroupSample(b"g", 1, 2, EntryId(4, 0), entries_read, lag)


def test_one_reader_reads_replies_of_many_shapes_in_any_order() -> None:
    reader = SampleReader()
    for stream in (V7, V6, NEWER, V6, V7):
        for groups in ([GROUP_7, GROUP_6], [GROUP_NEWER], [], [GROUP_6, GROUP_7, GROUP_6]):
            assert reader.read(b"orders", groups, stream) == SampleReader().read(b"orders", groups, stream)


def test_a_forgotten_stream_is_read_anew() -> None:
    reader = SampleReader()
    first = reader.read(b"orders", [GROUP_7], V7)
    assert reader.read(b"orders", [GROUP_7], V7) is first

    reader.forget(b"orders")
    again = reader.read(b"orders", [GROUP_7], V7)
    reader.keep({b"other"})

    assert again == first
    assert again is not first
    assert reader.read(b"orders", [GROUP_7], V7) is not again


def test_ids_are_right_however_many_were_read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "_MOST_IDS", 3)
    reader = SampleReader()
    for seq in range(20):
        last = b"7-%d" % seq
        stream = [*V7[:7], last, *V7[8:12], b"last-entry", [last, [b"a", b"b"]], *V7[14:]]
        read = reader.read(b"orders", [GROUP_7], stream)

        assert (read.first_id, read.last_id, read.last_generated_id) == ((5, 1), (7, seq), (7, seq))
        assert read.groups[0].last_delivered_id == (4, 0)
