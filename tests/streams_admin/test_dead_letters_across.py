"""Dead letters in another slot of a cluster: copied once, acknowledged then, and in neither place at no time."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from redis.crc import key_slot

from dashboard.models import Stream
from dashboard.services.registry import register_address
from streams_admin.actions import check_again, perform
from streams_admin.models import Action
from streams_admin.redis_io.appending import Appender
from streams_admin.redis_io.scripts import Unanswered, action_client
from streams_admin.remedies import dead_letter
from streams_admin.remedies.across import DeadLetterFacts, other_slot
from streams_admin.remedies.dead_letter import plan_dead_letter
from tests.deployments import Cluster
from tests.servers import Kind, RedisServer
from tests.streams_admin.conftest import GROUP, KEY, deliver, everything, fill, outcome_of, planned, rows

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("shared_cluster", [Kind.VALKEY_9], indirect=True, ids=str),
]
DEAD = b"elsewhere"


@pytest.fixture
def stream(shared_cluster: Cluster, own_redis: RedisServer, db: None) -> Stream:
    assert key_slot(KEY) != key_slot(DEAD)
    server = register_address(shared_cluster.url, name="shop")
    for key in (KEY, DEAD):
        with action_client(server.acting_target, key) as client:
            client.delete(key)
    return Stream.objects.create(server=server, key=KEY)


def plan_of(stream: Stream) -> DeadLetterFacts:
    target = stream.server.acting_target
    with action_client(target, KEY) as client, other_slot(stream.server, KEY, DEAD) as elsewhere:
        assert elsewhere is not None
        return plan_dead_letter(client, KEY, everything(), DEAD, reason="poison", elsewhere=elsewhere)


def copies(stream: Stream) -> list[bytes]:
    with action_client(stream.server.acting_target, DEAD) as client:
        found: Any = client.xrange(DEAD)
        return [fields[b"streamgauge:id"] for _, fields in found]


def pending(stream: Stream) -> list[str]:
    with action_client(stream.server.acting_target, KEY) as client:
        return list(rows(client))


def test_they_go_there_and_what_was_touched_stays(stream: Stream, operator: User) -> None:
    with action_client(stream.server.acting_target, KEY) as client:
        fill(client, count=250)
        deliver(client, 250)
        facts = plan_of(stream)
        client.xclaim(KEY, GROUP, "dead", 0, ["7-1"])
        client.xack(KEY, GROUP, "8-1")
        client.xdel(KEY, "9-1")
    action = perform(planned(stream, operator, facts), operator, address=None)
    outcome = outcome_of(action)
    assert (action.state, outcome.done, outcome.skipped) == ("done", 247, {"busy": 2, "ghost": 1})
    assert len(copies(stream)) == len(set(copies(stream))) == 247
    assert pending(stream) == ["7-1", "9-1"]


@pytest.mark.parametrize("when", ["before the copies", "after the copies"])
def test_what_ended_in_between_is_gone_on_with_and_copied_once(
    when: str, stream: Stream, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with action_client(stream.server.acting_target, KEY) as client:
        fill(client, count=250)
        deliver(client, 250)
    facts, append = plan_of(stream), Appender.append

    def silent(self: Appender, batch: Any, **options: Any) -> None:
        if not batch or when == "after the copies":
            append(self, batch, **options)
        if batch:
            raise Unanswered("No answer.")

    with monkeypatch.context() as patched:
        patched.setattr(Appender, "append", silent)
        action = perform(planned(stream, operator, facts), operator, address=None)
    assert action.state == "unknown"
    assert len(pending(stream)) == 250
    assert len(copies(stream)) == (100 if when == "after the copies" else 0)

    check_again(action, operator)

    assert (Action.objects.get().state, outcome_of(action).done) == ("done", 250)
    assert len(copies(stream)) == len(set(copies(stream))) == 250
    assert pending(stream) == []


@pytest.mark.parametrize("second", [40, 70, 100])
def test_batches_of_another_size_copy_nothing_again(
    second: int, stream: Stream, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with action_client(stream.server.acting_target, KEY) as client:
        fill(client, count=250)
        deliver(client, 250)
    facts, append = plan_of(stream), Appender.append

    def silent(self: Appender, batch: Any, **options: Any) -> None:
        append(self, batch, **options)
        if batch:
            raise Unanswered("No answer.")

    with monkeypatch.context() as patched:
        patched.setattr(Appender, "append", silent)
        patched.setattr(dead_letter, "page_size", lambda *_, **__: 60)
        action = perform(planned(stream, operator, facts), operator, address=None)
    assert len(copies(stream)) == 60
    monkeypatch.setattr(dead_letter, "page_size", lambda *_, **__: second)

    check_again(action, operator)

    assert (action.state, outcome_of(action).done) == ("done", 250)
    assert len(copies(stream)) == len(set(copies(stream))) == 250
    assert pending(stream) == []
