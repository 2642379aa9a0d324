"""Roles are bounded to servers, environments and keys; and where a server wants it, somebody else has to look at a plan."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.contrib.auth.models import Group, Permission, User
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.models import Server, Stream
from streams_admin.access.asking import NotYours, approve, ask, decline, withdraw
from streams_admin.access.bound import may
from streams_admin.actions import perform
from streams_admin.models import Action, Approval, AuditEntry, Bound, Kind, Plan, Policy
from streams_admin.policies.rounds import run_due
from tests.conftest import PASSWORD
from tests.servers import on_one_kind
from tests.streams_admin.conftest import GROUP, KEY, planned
from tests.streams_admin.test_actions import PLANS, pending_ten

pytestmark = [pytest.mark.django_db(transaction=True), on_one_kind]
TRIM = "streams_admin.trim_stream"


@pytest.fixture
def second(operator: User) -> User:
    """Another operator."""
    person = User.objects.create_user("second", password=PASSWORD, is_staff=True)
    person.groups.set(operator.groups.all())
    return person


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def bound(role: str = "Operator", servers: Any = (), **fields: str) -> None:
    Bound.objects.create(role=Group.objects.get(name=role), **fields).servers.set(servers)


# Bounds


@pytest.mark.parametrize(
    ("bounds", "holds"),
    [
        ([], True),
        ([{"key_pattern": "orders"}], True),
        ([{"key_pattern": "ord*"}], True),
        ([{"key_pattern": "payments:*"}], False),
        ([{"key_pattern": "payments:*"}, {"key_pattern": "o?ders"}], True),
        ([{"environment": "staging"}], True),
        ([{"environment": "prod*"}], False),
        ([{"environment": "staging", "key_pattern": "payments:*"}], False),
    ],
)
def test_a_role_may_act_within_its_bounds(
    bounds: list[dict[str, str]], holds: bool, stream: Stream, operator: User
) -> None:
    Server.objects.update(environment="staging")
    stream = Stream.objects.select_related("server").get(pk=stream.pk)
    for fields in bounds:
        bound(**fields)
    assert may(operator, TRIM, stream) is holds


def test_chosen_servers_bound_a_role_and_bytes_that_are_no_text_are_keys_too(stream: Stream, operator: User) -> None:
    other = Server.objects.create(name="other", address="redis://127.0.0.1:1/0")
    bound(servers=[other])
    assert not may(operator, TRIM, stream)
    odd = Stream.objects.create(server=other, key=b"\xff\n orders")
    assert may(operator, TRIM, odd)
    Bound.objects.update(key_pattern="*orders")
    assert may(operator, TRIM, odd)
    Bound.objects.update(key_pattern="orders")
    assert not may(operator, TRIM, odd)


def test_a_right_of_ones_own_and_another_role_hold_beyond_the_bounds_of_one(stream: Stream, operator: User) -> None:
    bound(key_pattern="payments:*")
    assert not may(operator, TRIM, stream)
    operator.user_permissions.add(Permission.objects.get(codename="trim_stream"))
    assert may(operator, TRIM, stream)
    operator.user_permissions.clear()
    operator.groups.add(Group.objects.get(name="Administrator"))
    assert may(operator, TRIM, stream)
    User.objects.filter(pk=operator.pk).update(is_active=False)
    assert not may(operator, TRIM, stream)


def test_outside_the_bounds_every_way_is_shut_and_the_stream_stays_as_it_is(
    stream: Stream, operator: User, operator_client: Client, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    pending_ten(client_of_watched)
    plan = planned(stream, operator, PLANS[Kind.CLAIM](seen))
    done = perform(planned(stream, operator, PLANS[Kind.CREATE_CONSUMER](seen)), operator, address=None)
    bound(key_pattern="payments:*")
    before = client_of_watched.dump(KEY)

    page = operator_client.get(reverse("admin:dashboard_stream_recover", args=[stream.pk])).content.decode()
    assert "You lack the permission streams_admin.trim_stream here." in page
    posts = [
        (plan.get_absolute_url(), {}),
        (reverse("admin:dashboard_stream_trim", args=[stream.pk]), {"mode": "length", "keep": "1", "beyond": "on"}),
        (reverse("admin:dashboard_stream_ask", args=[stream.pk, "append_entry"]), {"fields_text": "a=b"}),
        (reverse("admin:streams_admin_action_undo", args=[done.pk]), {}),
        (reverse("admin:streams_admin_action_check", args=[done.pk]), {}),
        (reverse("admin:streams_admin_action_cancel", args=[done.pk]), {}),
    ]
    assert [operator_client.post(address, data).status_code for address, data in posts] == [403] * len(posts)
    refused = perform(plan, operator, address=None)
    assert (refused.state, "no permission" in refused.reason) == ("refused", True)
    assert client_of_watched.dump(KEY) == before


def test_an_administrator_bounds_a_role_and_sees_what_it_holds(
    stream: Stream, operator: User, administrator_client: Client
) -> None:
    role = Group.objects.get(name="Operator")
    data = {"role": str(role.pk), "environment": "*", "key_pattern": "ord["}
    refused = administrator_client.post(reverse("admin:streams_admin_bound_add"), data).content.decode()
    assert "the [ is never closed" in refused
    administrator_client.post(reverse("admin:streams_admin_bound_add"), data | {"key_pattern": "ord*"})
    for page in (
        reverse("admin:streams_admin_bound_changelist"),
        reverse("admin:streams_admin_bound_change", args=[Bound.objects.get().pk]),
    ):
        assert "1 stream: orders" in administrator_client.get(page).content.decode()


# A second pair of eyes


@pytest.fixture
def strict(stream: Stream) -> Stream:
    """On a server where another operator approves what destroys."""
    Server.objects.update(approval="destroying")
    stream.server.refresh_from_db()
    return stream


def trim_plan(stream: Stream, operator: User, seen: "redis.Redis", client: "redis.Redis") -> Plan:
    pending_ten(client)
    return planned(stream, operator, PLANS[Kind.TRIM](seen))


def test_one_asks_and_another_approves_by_their_pages_and_both_stand_in_the_audit(
    strict: Stream, operator: User, second: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    plan = trim_plan(strict, operator, seen, client_of_watched)
    address, mine, theirs = plan.get_absolute_url(), signed_in(operator), signed_in(second)
    assert "Ask for approval" in mine.get(address).content.decode()

    page = mine.post(address, {"key": "orders"}, follow=True).content.decode()
    assert "waits for another operator" in page
    assert "Withdraw" in page
    assert client_of_watched.xlen(KEY) == 10
    assert "Approve and carry out" not in page
    mine.post(address, {"answer": "approve"})
    assert client_of_watched.xlen(KEY) == 10, "nobody approves their own"

    listed = theirs.get(reverse("admin:streams_admin_approval_changelist")).content.decode()
    assert address in listed
    assert "Approve and carry out" in theirs.get(address).content.decode()
    result = theirs.post(address, {"answer": "approve", "comment": "go"}, follow=True).content.decode()
    assert "Approved by second" in result
    assert client_of_watched.xlen(KEY) == 4
    action = Action.objects.get()
    assert (action.state, action.operator, action.approved_by) == ("done", operator, "second")
    assert AuditEntry.objects.earliest("pk").who == "operator, approved by second"
    theirs.post(address, {"answer": "approve"})
    assert Action.objects.count() == 1


def test_without_an_approval_nothing_is_carried_out_whatever_is_sent(
    strict: Stream, operator: User, second: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    plan = trim_plan(strict, operator, seen, client_of_watched)
    assert perform(plan, operator, address=None).reason == "On this server somebody else has to approve this first."
    approval = ask(plan, operator, why="", now=timezone.now())
    assert perform(plan, second, address=None).state == "refused"
    approve(approval, second, comment="", now=timezone.now())
    assert perform(plan, second, address=None).state == "refused", "it is the asker’s plan that was approved"
    second.groups.clear()
    assert perform(plan, operator, address=None).reason == "Whoever approved this has no right to any more."
    assert client_of_watched.xlen(KEY) == 10


def test_who_may_not_answer_is_told_why(
    strict: Stream, operator: User, second: User, viewer: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    approval = ask(trim_plan(strict, operator, seen, client_of_watched), operator, why="", now=timezone.now())
    with pytest.raises(NotYours, match="Somebody else"):
        approve(approval, operator, comment="", now=timezone.now())
    with pytest.raises(NotYours, match=r"needs streams_admin\.approve_actions"):
        approve(approval, viewer, comment="", now=timezone.now())
    with pytest.raises(NotYours, match="Only whoever asked"):
        withdraw(approval, second, now=timezone.now())
    with pytest.raises(NotYours, match="does not wait"):
        approve(approval, second, comment="", now=timezone.now() + timedelta(hours=1, seconds=1))
    bound(key_pattern="payments:*")
    with pytest.raises(NotYours, match="on this stream"):
        approve(approval, second, comment="", now=timezone.now())


@pytest.mark.parametrize("end", ["declined", "withdrawn"])
def test_what_is_declined_or_withdrawn_stays_undone(
    end: str, strict: Stream, operator: User, second: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    plan = trim_plan(strict, operator, seen, client_of_watched)
    mine, theirs = signed_in(operator), signed_in(second)
    mine.post(plan.get_absolute_url(), {"key": "orders"})
    if end == "declined":
        assert (
            "Say why not" in theirs.post(plan.get_absolute_url(), {"answer": "decline"}, follow=True).content.decode()
        )
        theirs.post(plan.get_absolute_url(), {"answer": "decline", "comment": "not at noon"})
        assert "not at noon" in mine.get(plan.get_absolute_url()).content.decode()
    else:
        mine.post(plan.get_absolute_url(), {"answer": "withdraw"})
    assert Approval.objects.get().state == end
    theirs.post(plan.get_absolute_url(), {"answer": "approve"})
    assert perform(plan, operator, address=None).state == "refused"
    assert client_of_watched.xlen(KEY) == 10


def test_of_ten_answers_at_once_one_counts(
    strict: Stream, operator: User, second: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    approval = ask(trim_plan(strict, operator, seen, client_of_watched), operator, why="", now=timezone.now())
    won, start = list[str](), threading.Barrier(10)

    def answer(number: int) -> None:
        one, way = Approval.objects.get(pk=approval.pk), approve if number % 2 else decline
        start.wait()
        try:
            won.append(way(one, second, comment="x", now=timezone.now()).state)
        except NotYours:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=answer, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [Approval.objects.get().state]


def test_what_destroys_nothing_needs_nobody_else_unless_everything_does(
    strict: Stream, operator: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    pending_ten(client_of_watched)
    assert perform(planned(strict, operator, PLANS[Kind.CLAIM](seen)), operator, address=None).state == "done"
    Server.objects.update(approval="always")
    plan = planned(strict, operator, PLANS[Kind.CREATE_CONSUMER](seen))
    assert perform(plan, operator, address=None).state == "refused"
    export = perform(planned(strict, operator, PLANS[Kind.EXPORT](seen)), operator, address=None)
    assert export.state == "done", "it changes nothing"


def test_a_policy_does_not_go_around_it(strict: Stream, operator: User, client_of_watched: "redis.Redis") -> None:
    pending_ten(client_of_watched)
    client_of_watched.xack(KEY, GROUP, *[f"{number}-1" for number in range(1, 11)])
    Policy.objects.create(name="nights", does="retain", keep_length=1, key_pattern="orders", enabled=True)
    run_due()
    assert client_of_watched.xlen(KEY) == 10
    assert "somebody else has to approve" in Policy.objects.get().trouble


def test_a_request_outlives_its_five_minutes_and_plans_that_were_answered_are_kept(
    strict: Stream, operator: User, second: User, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> None:
    plan = trim_plan(strict, operator, seen, client_of_watched)
    approval = ask(plan, operator, why="", now=timezone.now())
    assert ask(plan, operator, why="", now=timezone.now()).pk == approval.pk
    plan.refresh_from_db()
    assert not plan.expired(timezone.now() + timedelta(minutes=59))
    decline(approval, second, comment="no", now=timezone.now())
    Plan.objects.update(expires_at=timezone.now() - timedelta(days=3))
    planned(strict, operator, PLANS[Kind.CLAIM](seen))
    assert Approval.objects.filter(pk=approval.pk).exists()


def test_the_bar_tells_those_who_may_approve_and_nobody_else(
    stream: Stream, operator: User, second: User, viewer: User, client_of_watched: "redis.Redis", seen: "redis.Redis"
) -> None:
    Server.objects.update(approval="always")
    pending_ten(client_of_watched)
    plan = planned(stream, operator, PLANS[Kind.CLAIM](seen))

    def told(person: User) -> bool:
        page = signed_in(person).get(reverse("actions")).content.decode()
        assert ("1 waits for your approval" in page) == ("1 plan of another operator waits" in page)
        return "1 waits for your approval" in page

    assert not told(second)
    approval = ask(plan, operator, why="", now=timezone.now())
    assert [told(person) for person in (operator, second, viewer)] == [False, True, False]
    bound(key_pattern="payments:*")
    assert not told(second), "who may not act on the stream may not approve it"
    Bound.objects.all().delete()
    approve(approval, second, comment="", now=timezone.now())
    assert not told(second)
