"""A registered stream on a real server, with groups and entries to act on."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
import redis
from django.contrib.auth.models import User
from django.utils import timezone

from dashboard.models import Server, Stream
from streams_admin.actions import perform
from streams_admin.facts import Facts, Outcome
from streams_admin.models import Action, Plan
from streams_admin.pending import PendingFilter
from streams_admin.plans import save_plan
from streams_admin.redis_io.scripts import action_client
from streams_admin.remedies.entries import Selection
from tests.servers import RedisServer

#: How long actions go on beside producers and consumers, on each server: TRAFFIC_S=60 for a minute.
TRAFFIC_S = float(os.environ.get("TRAFFIC_S", "1.5"))
KEY = b"orders"
GROUP = b"billing"


def register(server: RedisServer, key: bytes = KEY, **options: Any) -> Stream:
    """The server and the stream, in the registry."""
    row, _ = Server.objects.get_or_create(name=f"shop {server.port}", defaults={"address": server.url, **options})
    return Stream.objects.create(server=row, key=key)


def fill(client: "redis.Redis", key: bytes = KEY, count: int = 10) -> list[str]:
    """Entries 1-1, 2-1 … in the stream, with a group at its start that has read nothing."""
    pipeline = client.pipeline(transaction=False)
    for number in range(1, count + 1):
        pipeline.xadd(key, {"number": number}, id=f"{number}-1")
    pipeline.execute()
    client.xgroup_create(key, GROUP, id="0")
    return [f"{number}-1" for number in range(1, count + 1)]


def deliver(client: "redis.Redis", count: int, consumer: bytes = b"dead", key: bytes = KEY) -> None:
    """The next entries, pending for the consumer."""
    client.xreadgroup(GROUP, consumer, {key: ">"}, count=count)  # type: ignore[arg-type]  # bytes are fine


def everything(group: bytes = GROUP, **options: Any) -> Selection:
    """All pending entries of the group."""
    return Selection(matching=PendingFilter(group=group, **options))


def rows(client: "redis.Redis", key: bytes = KEY) -> dict[str, tuple[bytes, int]]:
    """Owner and deliveries of every pending entry."""
    pending: list[Any] = client.xpending_range(key, GROUP, "-", "+", 100_000)
    return {row["message_id"].decode(): (row["consumer"], row["times_delivered"]) for row in pending}


def outcome_of(action: Action) -> Outcome:
    """The outcome as the database has it."""
    action.refresh_from_db()
    return msgspec.convert(action.outcome, Outcome)


@pytest.fixture
def stream(watched_server: RedisServer, db: None, own_redis: RedisServer) -> Stream:
    """`orders`, registered; the server is empty still."""
    return register(watched_server)


@pytest.fixture
def seen(stream: Stream) -> Iterator["redis.Redis"]:
    """The client that plans and actions use."""
    with action_client(stream.server.target, bytes(stream.key)) as client:
        yield client


@pytest.fixture
def act(stream: Stream, operator: User) -> Callable[..., Action]:
    """Saves facts as a plan of the operator and carries it out."""

    def carry_out(facts: Facts, by: User = operator) -> Action:
        return perform(save_plan(stream, by, facts, now=timezone.now()), by, address="127.0.0.1")

    return carry_out


def planned(stream: Stream, operator: User, facts: Facts) -> Plan:
    """The facts as a plan of this moment."""
    return save_plan(stream, operator, facts, now=timezone.now())
