"""Actions: who may, what the audit row says, and that each plan acts once."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import redis
from asgiref.sync import async_to_sync, sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth.models import Group, Permission, User
from django.db import connection, connections
from django.utils import timezone

from dashboard.live.events import ActionFinished
from dashboard.live.publish import decode
from dashboard.live.topics import NEWS_TOPIC
from dashboard.models import Stream
from streams_admin.actions import AlreadyDone, Refused, check_again, perform
from streams_admin.backup import shelf
from streams_admin.backup.taking import take
from streams_admin.facts import Facts, Outcome, encode
from streams_admin.models import PERMISSIONS, Action, Backup, Kind, Plan
from streams_admin.redis_io import scripts
from streams_admin.redis_io.scripts import action_client
from streams_admin.remedies.acknowledge import plan_acknowledge
from streams_admin.remedies.acknowledge_delete import plan_acknowledge_delete
from streams_admin.remedies.append_entry import plan_append_entry
from streams_admin.remedies.claim import Claim, Target, plan_claim
from streams_admin.remedies.create_consumer import plan_create_consumer
from streams_admin.remedies.create_group import plan_create_group
from streams_admin.remedies.dead_letter import plan_dead_letter
from streams_admin.remedies.delete_entries import plan_delete_entries
from streams_admin.remedies.delete_stream import plan_delete_stream
from streams_admin.remedies.destroy_group import plan_destroy_group
from streams_admin.remedies.export import plan_export
from streams_admin.remedies.positions import Place, Where
from streams_admin.remedies.purge_ghosts import plan_purge_ghosts
from streams_admin.remedies.remove_consumer import plan_remove_consumer
from streams_admin.remedies.replay_plan import Wanted, plan_replay
from streams_admin.remedies.reset_idle import plan_reset_idle
from streams_admin.remedies.restore_plan import described_by_itself, plan_restore
from streams_admin.remedies.set_group_id import plan_repair_group, plan_set_group_id
from streams_admin.remedies.trim import Trim
from streams_admin.remedies.trim_plan import TrimMode, plan_trim
from streams_admin.run import Run
from tests.servers import Kind as ServerKind
from tests.servers import RedisServer, on_one_kind, running, wait_until
from tests.streams_admin.conftest import (
    GROUP,
    KEY,
    deliver,
    everything,
    fill,
    outcome_of,
    planned,
    register,
    rows,
)
from tests.streams_admin.lossy import Lossy, lossy

ADDRESS = "192.0.2.7"


def pending_ten(client: "redis.Redis", count: int = 10) -> None:
    fill(client, count=count)
    deliver(client, count)
    client.xgroup_createconsumer(KEY, GROUP, "alive")


PLANS: dict[Kind, Callable[["redis.Redis"], Facts]] = {
    Kind.CLAIM: lambda client: plan_claim(client, KEY, everything(), Target(b"alive")),
    Kind.ACKNOWLEDGE: lambda client: plan_acknowledge(client, KEY, everything()),
    Kind.GIVE_BACK: lambda client: claimed_before(client),
    Kind.RESET_IDLE: lambda client: plan_reset_idle(client, KEY, everything()),
    Kind.ACKNOWLEDGE_DELETE: lambda client: plan_acknowledge_delete(client, KEY, everything()),
    Kind.TRIM: lambda client: plan_trim(client, KEY, TrimMode.LENGTH, 4, beyond=True),
    Kind.REMOVE_CONSUMER: lambda client: plan_remove_consumer(client, KEY, GROUP, b"dead", b"alive"),
    Kind.DEAD_LETTER: lambda client: plan_dead_letter(client, KEY, everything(), b"dead", reason=""),
    Kind.PURGE_GHOSTS: lambda client: with_a_ghost(client),
    Kind.CREATE_GROUP: lambda client: plan_create_group(client, KEY, b"second", Where(Place.BEGINNING)),
    Kind.SET_GROUP_ID: lambda client: plan_set_group_id(client, KEY, GROUP, Where(Place.ID, after_id="5-1")),
    Kind.REPAIR_GROUP: lambda client: plan_repair_group(client, KEY, GROUP),
    Kind.DESTROY_GROUP: lambda client: plan_destroy_group(client, KEY, GROUP),
    Kind.CREATE_CONSUMER: lambda client: plan_create_consumer(client, KEY, GROUP, b"new"),
    Kind.APPEND_ENTRY: lambda client: plan_append_entry(client, KEY, ((b"number", b"\xff"),)),
    Kind.DELETE_ENTRIES: lambda client: plan_delete_entries(client, KEY, ["1-1", "2-1"], needed_too=True),
    Kind.DELETE_STREAM: lambda client: plan_delete_stream(client, KEY),
    Kind.REPLAY: lambda client: replayed(client, KEY, KEY),
    Kind.EXPORT: lambda client: plan_export(client, KEY, server="shop"),
    Kind.RESTORE: lambda client: trimmed_after_a_backup(client),
}
EFFECT: dict[Kind, Callable[["redis.Redis"], bool]] = {
    Kind.CLAIM: lambda client: set(rows(client).values()) == {(b"alive", 1)},
    Kind.ACKNOWLEDGE: lambda client: rows(client) == {},
    Kind.GIVE_BACK: lambda client: set(rows(client).values()) == {(b"dead", 1)},
    Kind.RESET_IDLE: lambda client: set(rows(client).values()) == {(b"dead", 1)},
    Kind.ACKNOWLEDGE_DELETE: lambda client: rows(client) == {} and client.xlen(KEY) == 0,
    Kind.TRIM: lambda client: client.xlen(KEY) == 4,
    Kind.REMOVE_CONSUMER: lambda client: {row["name"] for row in client.xinfo_consumers(KEY, GROUP)} == {b"alive"},
    Kind.DEAD_LETTER: lambda client: rows(client) == {} and client.xlen(b"dead") == 300,
    Kind.PURGE_GHOSTS: lambda client: len(rows(client)) == 299,
    Kind.CREATE_GROUP: lambda client: groups(client) == {GROUP: b"300-1", b"second": b"0-0"},
    Kind.SET_GROUP_ID: lambda client: groups(client) == {GROUP: b"5-1"},
    Kind.REPAIR_GROUP: lambda client: groups(client) == {GROUP: b"300-1"},
    Kind.DESTROY_GROUP: lambda client: groups(client) == {},
    Kind.CREATE_CONSUMER: lambda client: client.xinfo_groups(KEY)[0]["consumers"] == 3,
    Kind.APPEND_ENTRY: lambda client: client.xlen(KEY) == 301,
    Kind.DELETE_ENTRIES: lambda client: client.xlen(KEY) == 298,
    Kind.DELETE_STREAM: lambda client: client.exists(KEY) == 0,
    Kind.REPLAY: lambda client: client.xlen(KEY) == 600,
    Kind.EXPORT: lambda client: Backup.objects.get().entries == 300,
    Kind.RESTORE: lambda client: client.xlen(KEY) == 300 and client.keys("*") == [KEY],
}


def with_a_ghost(client: "redis.Redis") -> Facts:
    client.xdel(KEY, "1-1")
    return plan_purge_ghosts(client, KEY, GROUP)


def claimed_before(client: "redis.Redis") -> Facts:
    facts = plan_claim(client, KEY, everything(), Target(b"alive"))
    run = Run(Action(outcome=encode(Outcome(requested=len(facts.entries)))), again=False)
    Claim().carry_out(client, facts, run)
    back = Claim().undo(client, facts, run.outcome)
    assert back is not None
    return back


def replayed(client: "redis.Redis", key: bytes, target: bytes, **options: Any) -> Facts:
    """Entries of one stream added to another, as fast as it goes."""
    wanted = Wanted(**{name: options.pop(name) for name in Wanted.__struct_fields__ if name in options})
    ways = {"per_second": 10_000, "strips": True, "removes": False, "is_cluster": False, **options}
    return plan_replay(client, client, key, wanted, target=target, **ways)


def trimmed_after_a_backup(client: "redis.Redis") -> Facts:
    """Entries that are missing: those that a group has acknowledged, trimmed after a backup."""
    facts = plan_export(client, KEY, server="shop")
    with shelf.being_written(shelf.path_of(facts.file)) as file:
        take(client, KEY, file, server="shop", step=lambda _: None)
    client.xack(KEY, GROUP, "1-1", "2-1")
    client.xtrim(KEY, minid="3-1", approximate=False)
    return plan_restore(client, KEY, described_by_itself(facts.file), is_cluster=False)


def groups(client: "redis.Redis") -> dict[bytes, bytes]:
    return {group["name"]: group["last-delivered-id"] for group in client.xinfo_groups(KEY)}


def any_plan(kind: Kind, client: "redis.Redis", stream: Stream, operator: User) -> Plan:
    if kind is Kind.DELETE_STREAM:
        operator.groups.add(Group.objects.get(name="Administrator"))
    return planned(stream, operator, PLANS[kind](client))


def untouched(client: "redis.Redis", count: int = 10) -> bool:
    return client.xlen(KEY) == count and list(rows(client).values()) == [(b"dead", 1)] * count


def test_the_audit_row_says_who_did_what_from_where_and_what_came_of_it(
    stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    pending_ten(client_of_watched)
    plan = any_plan(Kind.CLAIM, seen, stream, operator)
    client_of_watched.xack(KEY, GROUP, "1-1")
    client_of_watched.xclaim(KEY, GROUP, "other", 0, ["2-1"], justid=True)

    action = perform(plan, operator, address=ADDRESS)

    outcome = outcome_of(action)
    assert (action.state, action.kind, action.reason) == ("done", "claim", "")
    assert (action.operator, action.operator_name, action.address) == (operator, "operator", ADDRESS)
    assert (action.server, action.stream, bytes(action.key), bytes(action.group)) == (stream.server, stream, KEY, GROUP)
    assert (outcome.requested, outcome.done, outcome.gone, outcome.skipped) == (10, 8, 1, {"moved": 1})
    assert outcome.not_done[0].detail == "other"
    assert action.commands.splitlines()[0] == "XCLAIM orders billing alive 0 1-1 JUSTID"
    assert action.finished_at is not None
    plan.refresh_from_db()
    assert action.facts == plan.facts


def test_it_outlives_its_server_its_operator_and_its_plan(
    stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    pending_ten(client_of_watched)
    action = perform(any_plan(Kind.TRIM, seen, stream, operator), operator, address=None)

    stream.server.delete()
    operator.delete()

    action = Action.objects.get()
    assert (action.operator, action.server, action.stream, action.plan) == (None, None, None, None)
    assert (action.operator_name, bytes(action.key), action.title) == ("operator", KEY, "Trim 6 entries")


@on_one_kind
@pytest.mark.parametrize("kind", list(PLANS))
def test_without_its_permission_each_action_refuses(
    kind: Kind, stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    pending_ten(client_of_watched)
    plan = any_plan(kind, seen, stream, operator)
    assert operator.has_perm(PERMISSIONS[kind])  # remembered by this object, and taken away from under it
    codename = PERMISSIONS[kind].partition(".")[2]
    for role in Group.objects.all():
        role.permissions.remove(Permission.objects.get(codename=codename))
    before = client_of_watched.dump(KEY)

    action = perform(plan, operator, address=ADDRESS)

    assert action.state == "refused"
    assert PERMISSIONS[kind] in action.reason
    assert client_of_watched.dump(KEY) == before


def deactivate(stream: Stream, operator: User, plan: Plan) -> None:
    User.objects.filter(pk=operator.pk).update(is_active=False)


def close(stream: Stream, operator: User, plan: Plan) -> None:
    type(stream.server).objects.filter(pk=stream.server_id).update(read_only=True)


def expire(stream: Stream, operator: User, plan: Plan) -> None:
    plan.expires_at = timezone.now() - timedelta(seconds=1)
    plan.save()


@on_one_kind
@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        *((kind, deactivate, "no permission") for kind in PLANS),
        *((kind, close, "read-only") for kind in PLANS if kind is not Kind.EXPORT),  # which changes nothing
        *((kind, expire, "older than five minutes") for kind in PLANS),
    ],
)
def test_a_refusal_is_recorded_and_writes_nothing(
    kind: Kind,
    change: Callable[[Stream, User, Plan], None],
    reason: str,
    stream: Stream,
    operator: User,
    seen: "redis.Redis",
    client_of_watched: "redis.Redis",
) -> None:
    pending_ten(client_of_watched)
    plan = any_plan(kind, seen, stream, operator)
    change(stream, operator, plan)
    before = client_of_watched.dump(KEY)

    action = perform(plan, operator, address=ADDRESS)

    assert (action.state, action.plan) == ("refused", None)
    assert reason in Action.objects.get().reason
    assert client_of_watched.dump(KEY) == before


@on_one_kind
def test_a_read_only_installation_refuses_everybody_on_every_server(
    stream: Stream, administrator: User, seen: "redis.Redis", client_of_watched: "redis.Redis", settings: Any
) -> None:
    pending_ten(client_of_watched)
    plan = any_plan(Kind.CLAIM, seen, stream, administrator)
    settings.READ_ONLY = True

    action = perform(plan, administrator, address=None)

    assert (action.state, "READ_ONLY" in action.reason) == ("refused", True)
    assert untouched(client_of_watched)


def test_a_superuser_does_not_pass_a_read_only_server(
    stream: Stream, administrator: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    administrator.is_superuser = True
    administrator.save()
    pending_ten(client_of_watched)
    plan = any_plan(Kind.TRIM, seen, stream, administrator)
    close(stream, administrator, plan)

    assert perform(plan, administrator, address=None).state == "refused"


def test_a_refusal_does_not_use_up_the_plan(
    stream: Stream, operator: User, viewer: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    pending_ten(client_of_watched)
    plan = any_plan(Kind.CLAIM, seen, stream, operator)

    refused = perform(plan, viewer, address=None)
    done = perform(plan, operator, address=None)

    assert (refused.state, done.state) == ("refused", "done")


def test_the_row_stands_in_the_database_before_the_first_write_and_tells_of_a_crash(
    stream: Stream,
    operator: User,
    seen: "redis.Redis",
    client_of_watched: "redis.Redis",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pending_ten(client_of_watched)
    plan = any_plan(Kind.TRIM, seen, stream, operator)

    def crash(*_: Any) -> None:
        assert Action.objects.get().state == "started"
        raise KeyboardInterrupt

    monkeypatch.setattr(Trim, "carry_out", crash)
    with pytest.raises(KeyboardInterrupt):
        perform(plan, operator, address=None)

    action = Action.objects.get()
    assert (action.state, action.reason) == ("interrupted", "Interrupted by KeyboardInterrupt: check again.")
    assert untouched(client_of_watched)


def test_one_left_started_is_read_as_interrupted_and_can_be_settled(
    stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    pending_ten(client_of_watched)
    action = perform(any_plan(Kind.CLAIM, seen, stream, operator), operator, address=None)
    long_ago = timezone.now() - timedelta(minutes=2)
    Action.objects.update(state="started", heard_at=long_ago, finished_at=None)  # as a killed process leaves it
    action.refresh_from_db()

    shown = action.state_at(timezone.now())
    settled = check_again(action, operator)

    assert shown == "interrupted"
    assert (settled.state, outcome_of(settled).done) == ("done", 10)
    assert set(rows(client_of_watched).values()) == {(b"alive", 1)}


ACT = """
import sys, django
django.setup()
from streams_admin.actions import perform
from streams_admin.models import Plan
plan = Plan.objects.get(pk=int(sys.argv[1]))
perform(plan, plan.operator, address=None)
"""


@pytest.mark.django_db(transaction=True)
def test_a_process_killed_in_the_middle_leaves_a_row_that_can_be_settled(
    network: Lossy, operator: User, own_redis: RedisServer, client_of_watched: "redis.Redis"
) -> None:
    stream = register(network.server)
    stream.server.address = network.url
    stream.server.save()
    pending_ten(client_of_watched)
    with action_client(stream.server.target, bytes(stream.key)) as seen:
        plan = any_plan(Kind.CLAIM, seen, stream, operator)
    network.lose = "requests"
    database = f"sqlite:///{connection.settings_dict['NAME']}"
    process = subprocess.Popen([sys.executable, "-c", ACT, str(plan.pk)], env={**os.environ, "DATABASE_URL": database})
    wait_until(Action.objects.exists, "the audit row", timeout=30)
    process.kill()
    process.wait()
    network.lose = "nothing"
    action = Action.objects.get()

    assert (action.state, untouched(client_of_watched)) == ("started", True)
    assert action.state_at(timezone.now() + Action.PATIENCE) == "interrupted"
    Action.objects.update(heard_at=timezone.now() - 2 * Action.PATIENCE)
    assert check_again(action, operator).state == "done"
    assert EFFECT[Kind.CLAIM](client_of_watched)


def test_plans_that_nobody_used_are_forgotten_and_used_ones_kept(
    stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    pending_ten(client_of_watched)
    used, unused = (any_plan(Kind.CLAIM, seen, stream, operator) for _ in range(2))
    perform(used, operator, address=None)
    Plan.objects.update(expires_at=timezone.now() - timedelta(days=2))

    fresh = planned(stream, operator, plan_trim(seen, KEY, TrimMode.LENGTH, 4, beyond=True))

    assert set(Plan.objects.values_list("pk", flat=True)) == {used.pk, fresh.pk}
    assert unused.pk not in {used.pk, fresh.pk}


def test_no_audit_row_no_write(
    stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    pending_ten(client_of_watched)
    plan = any_plan(Kind.TRIM, seen, stream, operator)

    with connection.execute_wrapper(_no_inserts), pytest.raises(RuntimeError, match="disk full"):
        perform(plan, operator, address=None)

    assert untouched(client_of_watched)


def _no_inserts(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if sql.startswith("INSERT INTO") and "streams_admin_action" in sql:
        raise RuntimeError("disk full")
    return execute(sql, params, many, context)


def test_it_ends_as_an_event(
    stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    pending_ten(client_of_watched)
    plan = any_plan(Kind.CLAIM, seen, stream, operator)

    async def listen_while_acting() -> ActionFinished:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(NEWS_TOPIC, channel)
        await sync_to_async(perform)(plan, operator, address=None)
        event = decode((await layer.receive(channel))["body"])
        assert isinstance(event, ActionFinished)
        return event

    event = async_to_sync(listen_while_acting)()

    assert (event.kind, event.state, event.operator) == ("claim", "done", "operator")
    assert (event.server, event.stream, event.title) == (stream.server_id, stream.pk, "Claim 10 entries for alive")


def test_an_action_stays_done_where_our_own_redis_is_gone(
    stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis", settings: Any
) -> None:
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [{"address": "redis://127.0.0.1:1/0"}]},
        }
    }
    pending_ten(client_of_watched)

    assert perform(any_plan(Kind.CLAIM, seen, stream, operator), operator, address=None).state == "done"


def test_a_stale_plan_is_refused_with_its_reason(
    stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    pending_ten(client_of_watched)
    plan = any_plan(Kind.TRIM, seen, stream, operator)
    client_of_watched.xgroup_create(KEY, "new", "0")

    action = perform(plan, operator, address=None)

    assert (action.state, action.reason) == ("refused", "The groups are not those of the preview.")
    assert untouched(client_of_watched)


def test_many_pending_entries_go_in_batches(
    stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, count=5000)
    deliver(client_of_watched, 5000)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")

    action = perform(any_plan(Kind.CLAIM, seen, stream, operator), operator, address=None)

    assert (action.state, outcome_of(action).done) == ("done", 5000)
    assert set(rows(client_of_watched).values()) == {(b"alive", 1)}


@pytest.fixture
def network(watched_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lossy]:
    """A network that can lose requests or replies, and a client that waits half a second for them."""
    monkeypatch.setattr(scripts, "TIMEOUT_S", 0.3)
    with lossy(watched_server) as network:
        yield network


@on_one_kind  # the scripts themselves are tried on all
@pytest.mark.parametrize("lose", ["requests", "replies"])
@pytest.mark.parametrize("kind", list(PLANS))
def test_no_answer_is_an_unknown_end_and_checking_again_settles_it_to_one_effect(
    kind: Kind, lose: str, network: Lossy, operator: User, own_redis: RedisServer, client_of_watched: "redis.Redis"
) -> None:
    stream = register(network.server)
    stream.server.address = network.url
    stream.server.save()
    pending_ten(client_of_watched, 300)
    with action_client(stream.server.target, bytes(stream.key)) as seen:
        plan = any_plan(kind, seen, stream, operator)
    before = client_of_watched.dump(KEY)
    network.lose = lose
    action = perform(plan, operator, address=None)
    written = client_of_watched.dump(KEY) != before
    network.lose = "nothing"

    assert action.state == "unknown"
    assert "check again" in action.reason
    # A replay makes its marker first; the other two have nothing to write.
    assert written == (lose == "replies" and kind not in {Kind.REPLAY, Kind.REPAIR_GROUP, Kind.EXPORT})
    settled = check_again(action, operator)

    outcome = outcome_of(settled)
    assert settled.state == "done"
    assert outcome.done + outcome.gone + outcome.in_doubt == outcome.requested > 0
    assert outcome.checks[0][0] == "operator"
    assert EFFECT[kind](client_of_watched)
    with pytest.raises(AlreadyDone):
        check_again(settled, operator)


def test_checking_again_needs_the_right_to_act(
    network: Lossy, operator: User, viewer: User, own_redis: RedisServer, client_of_watched: "redis.Redis"
) -> None:
    stream = register(network.server)
    pending_ten(client_of_watched)
    with action_client(stream.server.target, bytes(stream.key)) as seen:
        action = perform(any_plan(Kind.CLAIM, seen, stream, operator), operator, address=None)
    Action.objects.update(state="unknown")

    with pytest.raises(Refused, match="no permission"):
        check_again(action, viewer)


def test_a_server_that_cannot_be_reached_is_a_failure_and_no_mystery(
    operator: User, own_redis: RedisServer, db: None
) -> None:
    with running(ServerKind.VALKEY_9) as server:
        stream = register(server)
        with server.client() as client, action_client(stream.server.target, bytes(stream.key)) as seen:
            pending_ten(client)
            plan = any_plan(Kind.CLAIM, seen, stream, operator)

    action = perform(plan, operator, address=None)

    assert (action.state, action.reason) == ("failed", "It refuses connections: nothing listens at this address.")


def test_a_server_restarted_since_the_preview_is_not_touched(operator: User, own_redis: RedisServer, db: None) -> None:
    with running(ServerKind.REDIS_7) as server:
        stream = register(server)
        with server.client() as client, action_client(stream.server.target, bytes(stream.key)) as seen:
            pending_ten(client)
            plan = any_plan(Kind.TRIM, seen, stream, operator)
        server.kill()
        server.start()
        with server.client() as client:
            pending_ten(client)
            action = perform(plan, operator, address=None)

            assert (action.state, action.reason[:37]) == ("refused", "Another server answers at this addres")
            assert untouched(client)


def test_a_replica_takes_no_action(operator: User, own_redis: RedisServer, db: None) -> None:
    with running(ServerKind.VALKEY_9) as master, running(ServerKind.VALKEY_9) as replica:
        with master.client() as client:
            pending_ten(client)
        stream = register(replica)
        with replica.client() as client, action_client(stream.server.target, bytes(stream.key)) as seen:
            client.replicaof("127.0.0.1", str(master.port))
            wait_until(lambda: client.exists(KEY) == 1, "the replica's copy", timeout=20)
            plan = any_plan(Kind.CLAIM, seen, stream, operator)

            action = perform(plan, operator, address=None)

            assert (action.state, action.reason) == ("failed", "It is a read-only replica; write to its master.")


# People at once: each thread has a connection of its own to a database that others write to.


def at_once(work: list[Callable[[], Any]]) -> list[Any]:
    """Runs everything at the same moment; returns results and exceptions in order."""
    barrier = threading.Barrier(len(work))

    def run(one: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return one()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as pool:
        return [future.result() for future in [pool.submit(run, one) for one in work]]


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_on_one_plan_are_one_execution(
    stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    pending_ten(client_of_watched)
    plan = any_plan(Kind.CLAIM, seen, stream, operator)

    results = at_once([lambda: perform(plan, operator, address=None)] * 20)

    done = [result for result in results if isinstance(result, Action)]
    late = [result for result in results if isinstance(result, AlreadyDone)]
    assert (len(done), len(late)) == (1, 19)
    assert {str(result) for result in late} <= {"Already done by operator.", "Being done by operator."}
    assert Action.objects.count() == 1
    assert set(rows(client_of_watched).values()) == {(b"alive", 1)}


@pytest.mark.django_db(transaction=True)
def test_of_two_operators_exactly_one_gets_each_entry_and_the_other_hears_who(
    stream: Stream, operator: User, administrator: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, count=2000)
    deliver(client_of_watched, 2000)
    for name in ("ann", "bob"):
        client_of_watched.xgroup_createconsumer(KEY, GROUP, name)
    plans = [
        planned(stream, person, plan_claim(seen, KEY, everything(), Target(name)))
        for person, name in ((operator, b"ann"), (administrator, b"bob"))
    ]

    ann, bob = at_once(
        [
            lambda: perform(plans[0], operator, address=None),
            lambda: perform(plans[1], administrator, address=None),
        ]
    )

    owners = [owner for owner, _ in rows(client_of_watched).values()]
    of_ann, of_bob = outcome_of(ann), outcome_of(bob)
    assert (of_ann.done, of_bob.done) == (owners.count(b"ann"), owners.count(b"bob"))
    assert of_ann.done + of_bob.done == 2000
    assert of_ann.skipped.get("moved", 0) == of_bob.done
    assert {item.detail for item in of_ann.not_done} <= {"bob"}
    assert {item.detail for item in of_bob.not_done} <= {"ann"}


@pytest.mark.django_db(transaction=True)
def test_checking_again_runs_once_however_many_ask(
    stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    pending_ten(client_of_watched)
    action = perform(any_plan(Kind.CLAIM, seen, stream, operator), operator, address=None)
    Action.objects.update(state="unknown")

    results = at_once([lambda: check_again(Action.objects.get(pk=action.pk), operator)] * 8)

    assert sum(isinstance(result, Action) for result in results) == 1
    assert sum(isinstance(result, AlreadyDone) for result in results) == 7
