"""Policies: they do what they said they would, within their bounds, and say so in the audit."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.db import transaction
from django.test import Client
from django.utils import timezone

from dashboard.models import Alert, AlertEvent, Stream
from dashboard.services.rulebook import Rulebook
from streams_admin.models import Action, Policy
from streams_admin.policies.intents import intents_of
from streams_admin.policies.rounds import run_due, start_again
from tests.servers import on_one_kind, wait_until
from tests.streams_admin.conftest import GROUP, KEY, deliver, fill, rows

pytestmark = on_one_kind

Made = Callable[..., Policy]


@pytest.fixture
def policy(stream: Stream) -> Made:
    """Makes a policy on orders*, switched on."""

    def make(does: Policy.Does = Policy.Does.CLAIM, **fields: Any) -> Policy:
        made = Policy(**{"name": "night", "does": does, "enabled": True, "key_pattern": "orders*", **fields})
        made.full_clean()
        made.save()
        return made

    return make


@pytest.fixture
def idle(stream: Stream, client_of_watched: "redis.Redis") -> None:
    """Ten entries, pending with `dead` for an hour; `alive` has acted just now, and has none."""
    ids = fill(client_of_watched)
    deliver(client_of_watched, 10)
    client_of_watched.xclaim(KEY, GROUP, "dead", 0, ids, idle=3_600_000, justid=True)  # type: ignore[arg-type]
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")


def test_idle_entries_go_to_the_live_consumer_with_the_fewest(
    policy: Made, idle: None, client_of_watched: "redis.Redis"
) -> None:
    client_of_watched.xadd(KEY, {"number": 11}, id="11-1")
    deliver(client_of_watched, 1, b"busy")
    mine = policy(idle_s=600)

    assert run_due() == 1

    owners = [owner for owner, _ in rows(client_of_watched).values()]
    assert (owners.count(b"alive"), owners.count(b"busy")) == (10, 1)
    action = Action.objects.get()
    assert (action.state, action.policy, action.operator_name) == ("done", "night", "policy night")
    assert action.operator is None
    mine.refresh_from_db()
    assert (mine.trouble, mine.stopped_at) == ("", None)


def test_without_a_live_consumer_nobody_gets_them_and_the_policy_says_so(
    policy: Made, idle: None, client_of_watched: "redis.Redis"
) -> None:
    client_of_watched.xgroup_delconsumer(KEY, GROUP, "alive")
    mine = policy(idle_s=1)
    wait_until(lambda: client_of_watched.xinfo_consumers(KEY, GROUP)[0]["idle"] > 1000, "a second without reading")

    run_due()

    mine.refresh_from_db()
    assert mine.trouble == "orders: No consumer of the group has acted lately."
    assert not Action.objects.exists()


def test_a_dry_run_says_what_a_run_does_and_changes_nothing(
    policy: Made, stream: Stream, idle: None, client_of_watched: "redis.Redis"
) -> None:
    mine = policy(idle_s=600)

    said = [(intent.title, intent.entries) for intent in intents_of(mine, stream)]

    assert said == [("Claim 10 entries for alive", 10)]
    assert {owner for owner, _ in rows(client_of_watched).values()} == {b"dead"}
    run_due()
    assert Action.objects.get().title == said[0][0]


def test_old_entries_go_and_what_a_group_needs_stays(
    policy: Made, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    ids = fill(client_of_watched)
    deliver(client_of_watched, 10)
    client_of_watched.xack(KEY, GROUP, *ids[:4])
    policy(Policy.Does.RETAIN, keep_length=2)

    run_due()

    entries: Any = client_of_watched.xrange(KEY)
    # Two were to be kept; the group has not acknowledged six.
    assert [entry_id.decode() for entry_id, _ in entries] == ids[4:]


def test_what_would_exceed_its_bounds_is_not_done_stops_it_and_opens_one_alert(
    policy: Made, idle: None, client_of_watched: "redis.Redis"
) -> None:
    mine = policy(idle_s=600, most_per_run=9, every_s=5)

    run_due()
    run_due(lambda: timezone.now() + timedelta(minutes=1))

    assert {owner for owner, _ in rows(client_of_watched).values()} == {b"dead"}
    assert not Action.objects.exists()
    alert = Alert.objects.get()
    assert (alert.severity, alert.raised_by, alert.limit, alert.last_value) == ("critical", "policy night", 9, 10)
    assert alert.title == "Policy night stopped on orders: Claim 10 entries for alive: more than the 9 that one run may"
    assert list(AlertEvent.objects.values_list("kind", "routed_at")) == [("opened", None)]

    Policy.objects.update(most_per_run=10)
    start_again(mine, timezone.now())
    run_due()

    alert.refresh_from_db()
    assert (alert.state, alert.resolution) == ("resolved", "The policy was started again.")
    assert {owner for owner, _ in rows(client_of_watched).values()} == {b"alive"}


def test_its_bound_of_an_hour_counts_what_it_did_on_all_streams(
    policy: Made, idle: None, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    mine = policy(idle_s=600, most_per_hour=15, every_s=5)
    run_due()
    client_of_watched.xclaim(KEY, GROUP, "dead", 0, list(rows(client_of_watched)), idle=3_600_000, justid=True)

    run_due(lambda: timezone.now() + timedelta(minutes=1))

    mine.refresh_from_db()
    assert "10 were done within the hour, and it may do 15" in mine.stopped_why
    assert Action.objects.count() == 1


def test_judging_leaves_the_alert_of_a_policy_alone(policy: Made, idle: None, stream: Stream) -> None:
    policy(idle_s=600, most_per_run=9)
    run_due()

    orphans = Rulebook(stream.server_id, transaction.atomic).read(timezone.now(), waiting=())

    assert orphans == []
    assert Alert.objects.open().count() == 1


def test_two_runners_have_one_turn_between_them(policy: Made, idle: None) -> None:
    policy(idle_s=600)
    before = list(Policy.objects.due(timezone.now()))

    first, second = run_due(), run_due()

    assert (len(before), first, second) == (1, 1, 0)


def test_a_read_only_server_refuses_policies_too(policy: Made, idle: None, stream: Stream) -> None:
    type(stream.server).objects.update(read_only=True)
    mine = policy(idle_s=600)

    run_due()

    mine.refresh_from_db()
    assert Action.objects.get().state == "refused"
    assert "read-only" in mine.trouble


def test_a_server_that_is_down_hides_no_other(policy: Made, idle: None, stream: Stream) -> None:
    down = type(stream.server).objects.create(name="down", address="redis://127.0.0.1:1/0")
    Stream.objects.create(server=down, key=b"orders:2")
    mine = policy(idle_s=600)

    run_due()

    mine.refresh_from_db()
    assert mine.trouble == "orders:2: It refuses connections: nothing listens at this address."
    assert Action.objects.get().state == "done"


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({"does": "claim"}, "idle_s", "Say this: claim idle entries."),
        ({"does": "retain"}, "keep_length", "one of the two"),
        ({"does": "claim", "idle_s": "5 kB"}, "idle_s", "time"),
        ({"does": "retain", "keep_length": "5", "keep_s": "5"}, "keep_length", "one of the two"),
        ({"does": "retain", "keep_length": "5", "key_pattern": "a[b"}, "key_pattern", "never closed"),
    ],
)
def test_what_is_missing_is_said_at_its_field(
    fields: dict[str, str], field: str, text: str, stream: Stream, administrator_client: Client
) -> None:
    data = {"name": "n", "key_pattern": "*", "every_s": "60", "most_per_run": "1", "most_per_hour": "1", **fields}

    page = administrator_client.post("/admin/streams_admin/policy/add/", data)

    assert text in " ".join(page.context["adminform"].form.errors[field])


def test_the_form_says_what_it_would_do_before_anything_is_saved(
    idle: None, stream: Stream, administrator_client: Client, client_of_watched: "redis.Redis"
) -> None:
    data = {
        "name": "n",
        "does": "claim",
        "key_pattern": "ord*",
        "group_pattern": "*",
        "idle_s": "1 min",
        "every_s": "60",
        "most_per_run": "5",
        "most_per_hour": "1000",
    }

    answer = administrator_client.post(
        "/admin/streams_admin/policy/preview/", data, headers={"Accept": "application/json"}
    )

    (section,) = json.loads(answer.content)["sections"]
    assert section["title"] == "It would act on 10 entries"
    assert section["items"][0]["text"] == "orders: Claim 10 entries for alive"
    assert section["items"][0]["word"] == "would stop it"
    assert not Policy.objects.exists()
    assert {owner for owner, _ in rows(client_of_watched).values()} == {b"dead"}


def test_an_operator_sees_policies_and_sets_none(policy: Made, operator_client: Client) -> None:
    mine = policy(idle_s=600)

    assert operator_client.get("/admin/streams_admin/policy/").status_code == 200
    assert operator_client.get("/admin/streams_admin/policy/add/").status_code == 403
    assert operator_client.post(f"/admin/streams_admin/policy/{mine.pk}/change/", {"enabled": ""}).status_code == 403
