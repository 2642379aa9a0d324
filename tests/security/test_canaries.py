"""A secret and a payload that must stay where they are: neither is found on any page, in any answer, log, audit or dump."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.test import Client

from tests.security import matrix
from tests.security.world import KEY, World, build, routes
from tests.servers import RedisServer
from tests.streams_admin.conftest import GROUP

SECRET = "c4nary-of-a-secret"
PAYLOAD = "c4nary-of-a-payload"
#: Where payloads are shown, to those who may see them.
SHOWING = ("/entries/", "/peek/")


@pytest.fixture
def world(db: None, own_redis: RedisServer, valkey_server: RedisServer) -> Iterator[World]:
    found = build(valkey_server, own_redis)
    with valkey_server.client() as client:
        client.execute_command("ACL", "SETUSER", "gauge", "on", f">{SECRET}", "~*", "&*", "+@all")
        client.xadd(KEY, {"note": PAYLOAD}, id="6-1")
        client.xreadgroup(GROUP.decode(), "worker", {KEY: ">"})
    server, receiver = found.server, found.told["/receiver/"]
    server.username = server.acting_username = "gauge"
    server.password = server.acting_password = server.sentinel_password = SECRET
    server.save()
    receiver.secret = SECRET  # type: ignore[attr-defined]
    receiver.save()
    yield found
    with valkey_server.client() as client:
        client.execute_command("ACL", "DELUSER", "gauge")


def bodies(client: Client, world: World) -> Iterator[tuple[str, str]]:
    """Each address with what it answers, to reading and to an empty form."""
    for route in routes():
        for ask in (client.get, client.post):
            answer: Any = ask(world.path_of(route))
            body = async_to_sync(whole)(answer.streaming_content) if answer.streaming else answer.content
            yield route, body.decode(errors="replace") + repr(dict(answer.headers))


async def whole(chunks: Any) -> bytes:
    """All that is streamed."""
    if hasattr(chunks, "__aiter__"):
        return b"".join([chunk async for chunk in chunks])
    return b"".join(chunks)


def dumped() -> str:
    """Everything in the database, as an administrator may write it to a file."""
    out = StringIO()
    call_command("dumpdata", stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("role", [role for role in matrix.ROLES if role != "anonymous"])
def test_no_secret_is_told_and_a_payload_only_where_payloads_are_shown_to_those_who_may_see_them(
    role: str, world: World, request: pytest.FixtureRequest, caplog: Any, own_redis: RedisServer
) -> None:
    caplog.set_level("DEBUG")
    client: Client = request.getfixturevalue(f"{role}_client")
    client.raise_request_exception = False
    secrets, payloads = set(), set()
    for route, body in bodies(client, world):
        secrets |= {route} if SECRET in body else set()
        payloads |= {route} if PAYLOAD in body else set()

    assert secrets == set()
    assert bool(payloads) == (role in {"operator", "administrator"})
    assert {route for route in payloads if not any(part in route for part in SHOWING)} == set()
    with own_redis.client() as ours:
        kept = [ours.get(key) for key in ours.keys("*") if ours.type(key) == b"string"]
    for told in (caplog.text, dumped(), repr(kept)):
        assert SECRET not in told
        assert PAYLOAD not in told
