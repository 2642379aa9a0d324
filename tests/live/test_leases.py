"""Leases in our Redis: one holder, renewed in one step, kept through the loss of everything that our Redis knew."""

import time
from collections.abc import AsyncIterator

import pytest

from dashboard.core.lease import Lease
from dashboard.live.keys import SAMPLERS, fence_key, lease_key
from dashboard.live.sampling import leases as module
from dashboard.live.sampling.leases import Leases
from tests.servers import RedisServer


@pytest.fixture
async def pair(own_redis: RedisServer) -> AsyncIterator[tuple[Leases, Leases]]:
    """Two samplers of the servers 1, 2 and 3."""
    ours = Leases(), Leases()
    for one in ours:
        one.wanted = {1: 0, 2: 0, 3: 0}
        await one.renew(able=True)
    yield ours
    for one in ours:
        await one.aclose()


async def _hold(one: Leases, *servers: int) -> list[Lease]:
    taken = await one.take(servers)
    for lease in taken:
        one.adopt(lease)
    return taken


async def test_a_server_is_taken_once(pair: tuple[Leases, Leases]) -> None:
    first, second = pair

    assert await _hold(first, 1, 2) == [Lease(1, 1), Lease(2, 1)]
    assert await _hold(second, 2, 3) == [Lease(3, 1)]

    await second.renew(able=True)
    outlook = second.outlook()
    assert outlook
    assert outlook.holders == {1: first.me, 2: first.me, 3: second.me}
    assert outlook.living == {first.me, second.me}


async def test_what_is_given_back_is_free_at_once_and_not_taken_back_by_the_giver(pair: tuple[Leases, Leases]) -> None:
    first, second = pair
    [lease] = await _hold(first, 1)

    await first.give([lease])

    assert await first.take([1]) == []
    assert not first.holds(lease)
    assert await second.take([1]) == [Lease(1, 2)]


async def test_a_token_is_higher_than_the_databases_where_our_redis_has_lost_its_count(
    pair: tuple[Leases, Leases],
) -> None:
    first, _ = pair
    first.wanted = {1: 41}

    assert await first.take([1]) == [Lease(1, 42)]


async def test_a_redis_that_has_lost_everything_is_told_anew_by_the_holder_while_others_wait(
    pair: tuple[Leases, Leases], own_redis: RedisServer
) -> None:
    first, second = pair
    [lease] = await _hold(first, 1)
    with own_redis.client() as client:
        client.flushall()

    await second.renew(able=True)
    assert await second.take([1, 2]) == []
    assert await first.renew(able=True) == []

    assert first.certain(lease)
    with own_redis.client() as client:
        assert (client.get(lease_key(1)), client.get(fence_key(1))) == (first.me.encode(), b"1")


async def test_whoever_has_the_higher_token_keeps_the_server(
    pair: tuple[Leases, Leases], own_redis: RedisServer
) -> None:
    first, second = pair
    [old] = await _hold(first, 1)
    with own_redis.client() as client:
        client.delete(lease_key(1))  # as when it expired
    [new] = await _hold(second, 1)

    assert await first.renew(able=True) == [old]
    assert await second.renew(able=True) == []

    assert not first.holds(old)
    assert second.certain(new)


async def test_a_lease_that_expired_and_that_nobody_took_goes_on_with_its_token(
    pair: tuple[Leases, Leases], own_redis: RedisServer
) -> None:
    first, _ = pair
    [lease] = await _hold(first, 1)
    with own_redis.client() as client:
        client.delete(lease_key(1), SAMPLERS)

    assert await first.renew(able=True) == []
    assert first.certain(lease)


async def test_a_sampler_that_was_stopped_past_its_lease_trusts_it_only_once_it_has_asked(
    pair: tuple[Leases, Leases], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = pair
    [lease] = await _hold(first, 1)
    assert first.trusted(lease)
    later = module.clock() + module.LEASE_S
    monkeypatch.setattr(module, "clock", lambda: later)

    assert not first.certain(lease)
    assert not first.trusted(lease)
    await first.renew(able=True)
    assert first.trusted(lease)


async def test_without_our_redis_nothing_is_taken_and_what_is_held_is_trusted(
    pair: tuple[Leases, Leases], own_redis: RedisServer
) -> None:
    first, _ = pair
    [lease] = await _hold(first, 1)
    own_redis.pause()
    try:
        began = time.monotonic()
        assert await first.renew(able=True) == []
        assert await first.take([2]) == []
        assert time.monotonic() - began < 5

        assert first.outlook() is None
        assert first.alone
        assert first.trusted(lease)
    finally:
        own_redis.resume()


async def test_who_cannot_take_servers_is_not_counted(pair: tuple[Leases, Leases]) -> None:
    first, second = pair
    await first.renew(able=False)
    await second.renew(able=True)

    outlook = second.outlook()
    assert outlook
    assert outlook.living == {second.me}


async def test_all_leases_are_renewed_in_one_call(pair: tuple[Leases, Leases], own_redis: RedisServer) -> None:
    first, _ = pair
    await _hold(first, 1, 2, 3)
    with own_redis.client() as client:
        client.config_resetstat()
        for _ in range(3):
            await first.renew(able=True)

        assert client.info("commandstats")["cmdstat_evalsha"]["calls"] == 3
