"""What is told to end ends, also where something else happens to it at the very same moment."""

import asyncio

import pytest

from dashboard.core.lease import Lease
from dashboard.live.sampling.outbox import Outbox
from tests.servers import RedisServer


@pytest.mark.parametrize("steps", range(6))
async def test_an_outbox_that_is_told_to_end_as_news_arrive_ends(steps: int, own_redis: RedisServer) -> None:
    outbox = Outbox(lambda _: True)
    task = asyncio.create_task(outbox.run())
    await asyncio.sleep(0.01)
    outbox.forget(Lease(1, 1))
    for _ in range(steps):
        await asyncio.sleep(0)

    task.cancel()

    done, _ = await asyncio.wait({task}, timeout=2)
    task.cancel()
    await asyncio.wait({task})
    await outbox.aclose()
    assert done
