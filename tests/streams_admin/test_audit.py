"""The audit is only ever added to, and what was altered behind its back is found."""

from collections.abc import Callable
from importlib import import_module
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.test import Client

from dashboard.models import Stream
from streams_admin import actions
from streams_admin.actions import check_again, perform
from streams_admin.audit.entry import EntryIsFinal
from streams_admin.audit.verifying import flaws
from streams_admin.models import Action, AuditEntry
from streams_admin.remedies.claim import Target, plan_claim
from tests.servers import on_one_kind
from tests.streams_admin.conftest import GROUP, KEY, deliver, everything, fill, planned
from tests.streams_admin.test_actions import at_once

pytestmark = on_one_kind
FINAL = import_module("streams_admin.migrations.0008_audit_is_final")


@pytest.fixture
def action(stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis") -> Action:
    """A claim that was done, gone on with, and done again."""
    fill(client_of_watched)
    deliver(client_of_watched, 10)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")
    plan = planned(stream, operator, plan_claim(seen, KEY, everything(), Target(b"alive")))
    done = perform(plan, operator, address="192.0.2.7")
    Action.objects.update(state="unknown")
    return check_again(Action.objects.get(pk=done.pk), operator)


def test_every_step_of_an_action_has_an_entry_and_the_chain_fits(action: Action) -> None:
    entries = list(AuditEntry.objects.all())

    assert [entry.what for entry in entries] == ["intended", "ended", "continued", "ended"]
    assert [entry.previous for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
    assert (entries[0].who, entries[0].address) == ("operator", "192.0.2.7")
    assert list(flaws()) == []
    said = StringIO()
    call_command("verify_audit", stdout=said)
    assert said.getvalue() == f"4 entries, each as it was written. The last hash: {entries[-1].hash}.\n"


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.save(),
        lambda entry: entry.delete(),
        lambda entry: AuditEntry.objects.update(who="nobody"),
        lambda entry: AuditEntry.objects.all().delete(),
    ],
)
def test_the_code_refuses_to_change_it(change: Callable[[AuditEntry], object], action: Action) -> None:
    with pytest.raises(EntryIsFinal):
        change(AuditEntry.objects.all()[0])


@pytest.mark.parametrize(
    "sql", ["UPDATE streams_admin_auditentry SET who = 'x'", "DELETE FROM streams_admin_auditentry"]
)
def test_the_database_refuses_too(sql: str, action: Action) -> None:
    FINAL.make_triggers(apps, SimpleNamespace(connection=connection, execute=connection.cursor().execute))

    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def altered(sql: str, *values: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER IF EXISTS streams_admin_auditentry_no_update")
        cursor.execute(sql, values)
    return [flaw.text for flaw in flaws()]


def test_one_altered_byte_is_found(action: Action) -> None:
    first = AuditEntry.objects.all()[0]

    found = altered("UPDATE streams_admin_auditentry SET who = 'operatos' WHERE id = %s", first.pk)

    assert found == [f"Entry {first.pk} (action {action.pk}, intended) was altered: its hash is another."]
    with pytest.raises(CommandError, match="1 flaw"):
        call_command("verify_audit", stdout=StringIO())


def test_a_missing_entry_is_found(action: Action) -> None:
    second = AuditEntry.objects.all()[1]

    found = altered("DELETE FROM streams_admin_auditentry WHERE id = %s", second.pk)

    assert found == [
        f"Entry {second.pk + 1} does not follow the one before it: an entry is missing or was moved after entry {second.pk - 1}."
    ]


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        ({"title": "Claim 2 entries"}, "its title are not those"),
        ({"why": "a reason made up later"}, "its why are not those"),
        ({"outcome": {"requested": 10, "done": 3}}, "its end or its result is not what was written down"),
        ({"state": "failed"}, "its end or its result is not what was written down"),
    ],
)
def test_an_action_that_was_altered_is_found(change: dict[str, Any], flaw: str, action: Action) -> None:
    Action.objects.update(**change)

    (found,) = flaws()

    assert flaw in found.text


def test_without_its_entry_no_action_begins(
    stream: Stream,
    operator: User,
    seen: "redis.Redis",
    client_of_watched: "redis.Redis",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 10)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")
    plan = planned(stream, operator, plan_claim(seen, KEY, everything(), Target(b"alive")))
    before = client_of_watched.dump(KEY)

    def full(*_: Any, **__: Any) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(actions, "write_entry", full)
    with pytest.raises(DatabaseError, match="disk full"):
        perform(plan, operator, address=None)

    assert client_of_watched.dump(KEY) == before
    assert not Action.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_chain(
    stream: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 10)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")
    plans = [planned(stream, operator, plan_claim(seen, KEY, everything(), Target(b"alive"))) for _ in range(6)]

    at_once([lambda plan=plan: perform(plan, operator, address=None) for plan in plans])  # type: ignore[misc]

    assert AuditEntry.objects.count() == 12
    assert list(flaws()) == []


def test_its_entries_stand_with_the_action(action: Action, operator_client: Client) -> None:
    page = operator_client.get(f"/admin/streams_admin/action/{action.pk}/change/").content.decode()

    assert all(entry.hash in page for entry in AuditEntry.objects.all())
