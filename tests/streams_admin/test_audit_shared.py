"""The audit for others: searched, exported, and as a stream of events; and what is late of it named by /readyz."""

import csv
import io
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone

from dashboard.models import Beat, Stream
from streams_admin.actions import perform
from streams_admin.audit import event_log
from streams_admin.audit.exporting import COLUMNS
from streams_admin.management.commands import run_policies
from streams_admin.models import Action, AuditEntry, Kind, Policy
from tests.servers import Kind as ServerKind
from tests.servers import RedisServer, on_one_kind, running
from tests.streams_admin.conftest import planned
from tests.streams_admin.test_actions import PLANS, pending_ten

pytestmark = [pytest.mark.django_db(transaction=True), on_one_kind]


@pytest.fixture
def two(stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis") -> list[Action]:
    """A claim, and a trim with a reason."""
    pending_ten(client_of_watched)
    claim = perform(planned(stream, operator, PLANS[Kind.CLAIM](seen)), operator, address="192.0.2.7")
    trim = perform(planned(stream, operator, PLANS[Kind.TRIM](seen)), operator, address=None, why="=cmd()")
    return [claim, trim]


def read(answer: Any) -> str:
    async def whole() -> str:
        return "".join([part.decode() async for part in answer.streaming_content])

    return async_to_sync(whole)()


# Search and export


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["trim", "claim"]),
        ("kind=trim", ["trim"]),
        ("who=operat", ["trim", "claim"]),
        ("who=nobody", []),
        ("state=done&kind=claim", ["claim"]),
        ("key=orders", ["trim", "claim"]),
        ("key=order", []),
        ("server=shop", ["trim", "claim"]),
        ("text=XCLAIM", ["claim"]),
        ("text=cmd", ["trim"]),
        ("since=2020-01-01&until=2020-01-02", []),
        ("since=2020-01-01", ["trim", "claim"]),
        ("since=yesterday", ["trim", "claim"]),
    ],
)
def test_actions_are_found_by_what_the_address_asks(
    query: str, found: list[str], two: list[Action], operator_client: Client
) -> None:
    page = operator_client.get(f"/actions/?{query}")
    assert [action.kind for action, *_ in page.context["rows"]] == found
    exported = read(operator_client.get(f"/actions/export.jsonl?{query}"))
    assert [json.loads(line)["kind"] for line in exported.splitlines()] == found


def test_an_export_holds_each_action_with_its_place_in_the_chain(two: list[Action], operator_client: Client) -> None:
    claim, trim = two
    rows = list(csv.DictReader(io.StringIO(read(operator_client.get("/actions/export.csv")))))
    assert tuple(rows[0]) == COLUMNS
    assert [int(row["number"]) for row in rows] == [trim.pk, claim.pk]
    assert rows[0]["hash"] == AuditEntry.objects.filter(action=trim).latest("pk").hash
    assert (rows[1]["address"], rows[1]["done"], rows[1]["key_hex"]) == ("192.0.2.7", "10", b"orders".hex())
    assert rows[0]["why"] == "'=cmd()", "no formula"
    line = json.loads(read(operator_client.get("/actions/export.jsonl")).splitlines()[0])
    assert (line["why"], line["outcome"]["done"]) == ("=cmd()", 6)


def test_ten_thousand_actions_are_exported_by_few_questions(
    two: list[Action], operator_client: Client, django_assert_max_num_queries: Any
) -> None:
    base = two[0]
    base.plan = None
    copies = []
    for _ in range(10_000):
        copy = Action.objects.model(
            **{field.attname: getattr(base, field.attname) for field in Action._meta.concrete_fields}
        )
        copy.pk = None
        copies.append(copy)
    Action.objects.bulk_create(copies, batch_size=1000)
    with django_assert_max_num_queries(12):
        answer = operator_client.get("/actions/export.jsonl")
        assert len(read(answer).splitlines()) == 10_002


# The event log


@pytest.fixture
def log(settings: Any) -> Iterator[RedisServer]:
    """A Redis of its own for the event log."""
    with running(ServerKind.VALKEY_9) as server:
        settings.AUDIT_STREAM, settings.AUDIT_STREAM_REDIS, settings.AUDIT_STREAM_LENGTH = "audit", server.url, 1000
        yield server


def logged(server: RedisServer) -> list[int]:
    with server.client() as client:
        found: Any = client.xrange("audit")
        return [int(fields[b"entry"]) for _, fields in found]


def numbers() -> list[int]:
    return list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True))


def test_every_entry_is_in_the_stream_once_in_order_whoever_writes(log: RedisServer, two: list[Action]) -> None:
    def write() -> None:
        try:
            event_log.write_due()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert logged(log) == numbers()
    assert event_log.write_due() == 0
    with log.client() as client:
        first: Any = client.xrange("audit", count=1)
    entry = AuditEntry.objects.earliest("pk")
    fields = first[0][1]
    assert (fields[b"hash"].decode(), fields[b"what"], fields[b"who"]) == (entry.hash, b"intended", b"operator")
    assert (fields[b"kind"], fields[b"key"], fields[b"title"]) == (b"claim", b"orders", b"Claim 10 entries for alive")


def test_what_happened_while_it_was_away_follows_and_no_action_waits_for_it(
    log: RedisServer, two: list[Action], caplog: pytest.LogCaptureFixture
) -> None:
    log.kill()
    run_policies._look(threading.Event())
    run_policies._look(threading.Event())
    assert caplog.text.count("event log waits") == 1
    assert event_log.behind(timezone.now()) == "the audit's event log cannot be reached"
    log.start()
    run_policies._look(threading.Event())
    assert logged(log) == numbers()


def test_without_a_setting_nothing_is_written(two: list[Action], settings: Any) -> None:
    assert not event_log.is_wanted()
    assert event_log.behind(timezone.now()) == ""


# What is late


def test_readyz_names_policies_that_nobody_runs_and_a_log_that_is_behind(
    log: RedisServer, two: list[Action], client: Client
) -> None:
    def said() -> tuple[str, str]:
        found = client.get("/readyz").json()
        return found["policies"], found["audit_log"]

    assert said() == ("ok", "ok"), "no policy is switched on"
    Policy.objects.create(name="nights", does="retain", keep_length=1, key_pattern="nothing", enabled=True)
    assert said()[0] == "nothing runs policies: it never started"
    run_policies._look(threading.Event())
    assert said() == ("ok", "ok")
    Beat.objects.update(at=timezone.now() - timedelta(minutes=3))
    assert said()[0] == "policies were last run 180 s ago"
    with log.client() as written:
        written.delete("audit")
    later = timezone.now() + timedelta(minutes=2)
    assert "behind since 12" in event_log.behind(later)


def test_the_chain_still_holds(two: list[Action], log: RedisServer) -> None:
    event_log.write_due()
    call_command("verify_audit", stdout=io.StringIO())
