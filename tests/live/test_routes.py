"""Where each key of a cluster is asked for."""

from dashboard.core.sample import Elsewhere
from dashboard.live.sampling.routes import PATIENCE, Routes
from dashboard.redis_io.cluster_map import ClusterMap, Shard, key_slot

A, B, C = ("a", 1), ("b", 1), ("c", 1)
KEY, OTHER = b"orders", b"users"
MASTERS = {0: A, 1: B}


def mapped(epoch: int, owner_of_key: tuple[str, int]) -> ClusterMap:
    """All slots at A but the key's own."""
    slot = key_slot(KEY)
    rest = ((0, slot - 1), (slot + 1, 16383))
    if owner_of_key == A:
        return ClusterMap(epoch=epoch, shards=(Shard(A, (), ((0, 16383),)),))
    return ClusterMap(epoch=epoch, shards=(Shard(A, (), rest), Shard(owner_of_key, (), ((slot, slot),))))


def routes(known: ClusterMap) -> Routes:
    made = Routes()
    made.follow(known, newer=True)
    return made


def test_keys_go_by_the_map_in_their_order() -> None:
    assert routes(mapped(1, A)).shares((OTHER, KEY), MASTERS) == {0: (OTHER, KEY)}
    assert routes(mapped(1, B)).shares((OTHER, KEY), MASTERS) == {0: (OTHER,), 1: (KEY,)}


def test_a_key_that_moved_is_asked_for_at_its_new_node_until_a_newer_map_is_right() -> None:
    made = routes(mapped(1, A))
    assert made.note({KEY: Elsewhere(B, asking=False)})

    assert made.shares((OTHER, KEY), MASTERS) == {0: (OTHER,), 1: (KEY,)}
    assert made.asking((KEY,)) == frozenset()
    made.follow(mapped(1, A), newer=False)  # another node that has not heard of it
    assert made.shares((OTHER, KEY), MASTERS) == {0: (OTHER,), 1: (KEY,)}
    made.follow(mapped(2, A), newer=True)  # it has moved back
    assert made.shares((OTHER, KEY), MASTERS) == {0: (OTHER, KEY)}


def test_a_key_on_its_way_is_asked_for_with_asking_until_it_is_there() -> None:
    made = routes(mapped(1, A))
    made.note({KEY: Elsewhere(B, asking=True)})

    assert made.shares((OTHER, KEY), MASTERS) == {0: (OTHER,), 1: (KEY,)}
    assert made.asking((KEY,)) == {KEY}
    made.follow(mapped(2, A), newer=True)  # another slot has moved meanwhile
    assert made.asking((KEY,)) == {KEY}
    made.follow(mapped(3, B), newer=True)
    assert made.asking((KEY,)) == frozenset()
    assert made.shares((OTHER, KEY), MASTERS) == {0: (OTHER,), 1: (KEY,)}


def test_a_node_without_slots_is_a_guest_while_keys_are_asked_for_there() -> None:
    made = routes(mapped(1, A))
    made.note({KEY: Elsewhere(C, asking=True)})
    assert list(made.guests()) == [C]

    made.note({KEY: Elsewhere(A, asking=False)})  # the move was called off
    assert list(made.guests()) == []
    assert made.shares((KEY,), MASTERS) == {0: (KEY,)}


def test_a_key_that_is_sent_from_node_to_node_is_a_problem_after_a_while() -> None:
    made, there = routes(mapped(1, A)), {KEY: Elsewhere(B, asking=False)}

    for _ in range(PATIENCE):
        assert made.is_moving(KEY, there)
        made.note(there)
    assert not made.is_moving(KEY, there)
    made.note({})
    assert made.is_moving(KEY, there)


def test_a_slot_of_nobody_is_said_to_be_one() -> None:
    slot = key_slot(KEY)
    made = routes(ClusterMap(epoch=1, shards=(Shard(A, (), ((0, slot - 1),)),)))

    assert not made.known(KEY)
    assert made.shares((KEY,), MASTERS) == {}
