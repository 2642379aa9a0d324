"""The operator's pages, from the address to the plan and its result."""

import html
import re
from typing import Any

import pytest
import redis
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.core.names import to_slug
from dashboard.models import Stream
from streams_admin import pending
from streams_admin.actions import perform
from streams_admin.models import Action, Plan
from streams_admin.remedies.trim_plan import TrimMode, plan_trim
from tests.servers import Kind, RedisServer, on_one_kind, running
from tests.streams_admin.conftest import GROUP, KEY, deliver, fill, planned, register, rows

HOSTILE = b"<script>alert(1)</script>'\"\n\xff\xe2\x80\xae{{ 7|add:7 }} ; FLUSHALL"


def pending_url(stream: Stream) -> str:
    return reverse("admin:dashboard_stream_pending", args=[stream.pk])


def trim_url(stream: Stream) -> str:
    return reverse("admin:dashboard_stream_trim", args=[stream.pk])


def claim(browser: Client, stream: Stream, **data: Any) -> Any:
    fields = {"group": to_slug(GROUP), "verb": "claim", "target": to_slug(b"alive"), **data}
    return browser.post(pending_url(stream), fields)


def address(answer: Any) -> str:
    """Where a redirect leads."""
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.url)


def test_a_claim_goes_from_the_list_over_the_plan_to_the_result(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 4)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")

    listed = operator_client.get(pending_url(stream))
    plan = address(claim(operator_client, stream, id=["1-1", "3-1"]))
    receipt = operator_client.get(plan)
    operator_client.post(plan)
    result = operator_client.get(plan).content.decode()

    assert listed.content.decode().count('name="id"') == 4
    assert "Claim 2 entries for alive" in receipt.content.decode()
    assert "XCLAIM orders billing alive 0 3-1 JUSTID" in receipt.content.decode()
    assert rows(client_of_watched)["3-1"] == (b"alive", 1)
    assert rows(client_of_watched)["2-1"] == (b"dead", 1)
    assert re.search(r"<dd>2</dd>\s*<dt>claimed</dt>", result)
    assert f"Audit row {Action.objects.get().pk}" in result


def test_a_trim_goes_from_the_form_over_the_typed_key_to_the_result(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 6)
    client_of_watched.xack(KEY, GROUP, *[f"{n}-1" for n in range(1, 5)])

    form = operator_client.get(trim_url(stream)).content.decode()
    plan = trimmed_to(operator_client, stream, 3)
    receipt = operator_client.get(plan).content.decode()
    unconfirmed = operator_client.post(plan, {"key": "order"})
    operator_client.post(plan, {"key": "orders"})

    assert "holds the rest" in form
    assert "billing will never be given 1 entry that it has not read." in receipt
    assert "billing has not acknowledged 2 of these" in receipt
    assert unconfirmed.status_code == 400
    assert "Type it exactly as it stands above." in unconfirmed.content.decode()
    assert client_of_watched.xlen(KEY) == 3
    assert "removed" in operator_client.get(plan).content.decode()


def trimmed_to(browser: Client, stream: Stream, keep: int) -> str:
    """The address of a plan."""
    return address(browser.post(trim_url(stream), {"mode": "length", "keep": str(keep), "unit": "h", "beyond": "on"}))


@pytest.mark.django_db(transaction=True)
def test_five_thousand_pending_entries_are_one_claim(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, count=5000)
    deliver(client_of_watched, 5000)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")

    first = operator_client.get(pending_url(stream), {"size": "100"}).content.decode()
    following = re.findall(r'href="\?([^"]*after=[^"]*)"', first)[0].replace("&amp;", "&")
    second = operator_client.get(f"{pending_url(stream)}?{following}").content.decode()
    plan = address(claim(operator_client, stream, everything="1"))
    operator_client.post(plan)

    assert first.count('name="id"') == second.count('name="id"') == 100
    assert 'value="101-1"' in second
    assert {owner for owner, _ in rows(client_of_watched).values()} == {b"alive"}


def test_all_that_match_means_the_filter_and_not_the_page(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched, count=300)
    deliver(client_of_watched, 200, b"dead")
    deliver(client_of_watched, 100, b"slow")
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")

    plan = address(claim(operator_client, stream, everything="1", consumer=to_slug(b"slow")))
    operator_client.post(plan)

    owners = [owner for owner, _ in rows(client_of_watched).values()]
    assert (owners.count(b"dead"), owners.count(b"slow"), owners.count(b"alive")) == (200, 0, 100)


def test_a_new_consumer_is_typed_and_confirmed(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 2)

    plan = address(claim(operator_client, stream, id=["1-1"], target="", new_consumer="w-9"))
    unconfirmed = operator_client.post(plan)
    operator_client.post(plan, {"create": "on"})

    assert unconfirmed.status_code == 400
    assert "Tick this to create the consumer." in unconfirmed.content.decode()
    assert rows(client_of_watched)["1-1"] == (b"w-9", 1)


@on_one_kind
@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({}, "Select at least one entry"),
        ({"id": "1-1", "target": ""}, "Choose a consumer of the group, or type"),
        ({"id": "1-1", "new_consumer": "w-9"}, "Choose a consumer of the group, or type"),
        ({"id": "1-1", "target": "", "new_consumer": "alive"}, "exists already"),
        ({"id": "1-1", "target": to_slug(b"nobody")}, "Select a valid choice"),
        ({"id": "1; FLUSHALL"}, "An entry id looks like"),
        ({"id": "99-1"}, "None of these entries is pending any more"),
        ({"id": "1-1", "target": to_slug(b"dead")}, "pending for that consumer already"),
        ({"id": "1-1", "idle_s": "-3"}, "greater than or equal to 0"),
        ({"id": "1-1", "deliveries": "many"}, "whole number"),
        ({"id": "1-1", "verb": "destroy"}, "not one of the available choices"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_input_is_said_at_the_field_and_nothing_is_lost(
    data: dict[str, str], error: str, operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 4)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")

    answer = claim(operator_client, stream, **data)

    page = answer.content.decode()
    assert answer.status_code == 400
    assert error in page
    assert not Plan.objects.exists()
    if data.get("id") == "1-1" and "idle_s" not in data and "deliveries" not in data:
        assert re.search(r'value="1-1"[^>]*checked', page)


@on_one_kind
@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"mode": "length"}, "Say how many entries stay"),
        ({"mode": "length", "keep": "-1"}, "greater than or equal to 0"),
        ({"mode": "length", "keep": "all"}, "whole number"),
        ({"mode": "length", "keep": "10"}, "nothing above 10 to remove"),
        ({"mode": "age"}, "Say how old"),
        ({"mode": "age", "age": "2", "unit": "weeks"}, "weeks is not one of the available choices"),
        ({"mode": "age", "age": "2", "unit": "h"}, "are no clock times"),
        ({"mode": "all"}, "all is not one of the available choices"),
        ({"mode": "safe"}, "a group still needs the oldest entry"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_trim_that_makes_no_sense_is_said_at_the_field(
    data: dict[str, str], error: str, operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)

    answer = operator_client.post(trim_url(stream), data)

    assert answer.status_code == 400
    assert error in answer.content.decode()


def test_twenty_posts_of_one_plan_show_one_result(
    operator_client: Client, administrator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    plan = trimmed_to(operator_client, stream, 4)

    operator_client.post(plan, {"key": "orders"})
    late = administrator_client.post(plan, {"key": "orders"}, follow=True).content.decode()

    assert "Already done by operator." in late
    assert re.search(r"<dd>6</dd>\s*<dt>removed</dt>", late)
    assert Action.objects.count() == 1


def test_a_plan_runs_out(operator_client: Client, stream: Stream, client_of_watched: "redis.Redis") -> None:
    fill(client_of_watched)
    plan = trimmed_to(operator_client, stream, 4)
    Plan.objects.update(expires_at="2026-01-01T00:00:00Z")

    shown = operator_client.get(plan).content.decode()
    answer = operator_client.post(plan, {"key": "orders"}, follow=True).content.decode()

    assert "This plan is too old" in shown
    assert "Trim 6 entries</button>" not in shown
    assert "older than five minutes" in answer
    assert client_of_watched.xlen(KEY) == 10


def test_what_changed_under_an_open_page_is_told(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 4)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")
    plan = address(claim(operator_client, stream, id=["1-1"]))
    client_of_watched.xgroup_destroy(KEY, GROUP)

    carried_out = operator_client.post(plan, follow=True).content.decode()
    reposted = claim(operator_client, stream, id=["1-1"])
    listed = operator_client.get(pending_url(stream), {"group": to_slug(GROUP)}).content.decode()
    client_of_watched.delete(KEY)
    client_of_watched.set(KEY, "a string")
    retyped = operator_client.get(pending_url(stream))

    assert "The group is gone." in carried_out
    assert reposted.status_code == 400
    assert "This stream has no groups" in listed
    assert retyped.status_code == 503
    assert "The key holds something else than a stream now." in retyped.content.decode()


def test_a_server_that_is_down_is_said_on_the_page(operator_client: Client, own_redis: RedisServer) -> None:
    with running(Kind.VALKEY_9) as server:
        stream = register(server)

    for url in (pending_url(stream), trim_url(stream)):
        answer = operator_client.get(url)

        assert answer.status_code == 503
        assert "It refuses connections" in answer.content.decode()


@on_one_kind
def test_among_consumers_that_are_too_many_to_list_an_address_still_names_one(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "MOST_CONSUMERS", 1)
    fill(client_of_watched)
    deliver(client_of_watched, 2, b"first")
    deliver(client_of_watched, 2, b"\xff second")
    page = operator_client.get(pending_url(stream), {"consumer": to_slug(b"\xff second")})
    assert page.status_code == 200
    assert [row.id for row in page.context["rows"]] == ["3-1", "4-1"]
    assert operator_client.get(pending_url(stream), {"consumer": "!"}).status_code == 400


def test_hostile_names_are_text_on_every_page(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    hostile = register_key(stream, HOSTILE)
    for number in range(1, 9):
        client_of_watched.xadd(HOSTILE, {"a": "b"}, id=f"{number}-1")
    client_of_watched.xgroup_create(HOSTILE, HOSTILE, "0")
    client_of_watched.xreadgroup(HOSTILE, HOSTILE, {HOSTILE: ">"}, count=8)  # type: ignore[arg-type]
    pages = [operator_client.get(pending_url(hostile)), operator_client.get(trim_url(hostile))]

    fields = {
        "group": to_slug(HOSTILE),
        "verb": "claim",
        "everything": "1",
        "new_consumer": "<img src=x onerror=alert(1)>",
    }
    claimed = address(operator_client.post(pending_url(hostile), fields))
    pages += [operator_client.get(claimed), operator_client.post(claimed, {"create": "on"}, follow=True)]
    trimmed = trimmed_to(operator_client, hostile, 3)
    receipt = operator_client.get(trimmed)
    typed = html.unescape(re.findall(r'receipt__key">(.*?)</code>', receipt.content.decode())[0])
    pages += [receipt, operator_client.post(trimmed, {"key": typed}, follow=True)]
    pages.append(operator_client.get(reverse("actions")))
    pages += [
        operator_client.get(reverse("admin:streams_admin_action_change", args=[row.pk])) for row in Action.objects.all()
    ]
    pages += [
        operator_client.get(reverse(f"admin:{name}_changelist"))
        for name in ("dashboard_stream", "streams_admin_action")
    ]
    pages.append(operator_client.get(reverse("admin:dashboard_stream_change", args=[hostile.pk])))

    assert client_of_watched.xlen(HOSTILE) == 3
    assert {row.state for row in Action.objects.all()} == {"done"}
    for page in pages:
        assert page.status_code == 200
        text = page.content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "\u202e" not in text


def register_key(stream: Stream, key: bytes) -> Stream:
    """Another stream of the same server."""
    return Stream.objects.create(server=stream.server, key=key)


PAGES = ["pending", "trim", "plan", "check", "actions"]


def request(browser: Client, page: str, method: str, stream: Stream, plan: Plan, action: Action) -> int:
    url = {
        "pending": pending_url(stream),
        "trim": trim_url(stream),
        "plan": plan.get_absolute_url(),
        "check": reverse("admin:streams_admin_action_check", args=[action.pk]),
        "actions": reverse("actions"),
    }[page]
    return int(browser.generic(method, url).status_code)


@pytest.fixture
def plan_and_action(
    operator: User, stream: Stream, seen: "redis.Redis", client_of_watched: "redis.Redis"
) -> tuple[Plan, Action]:
    fill(client_of_watched)
    deliver(client_of_watched, 8)
    used = planned(stream, operator, plan_trim(seen, KEY, TrimMode.LENGTH, 9, beyond=True))
    action = perform(used, operator, address=None)
    return planned(stream, operator, plan_trim(seen, KEY, TrimMode.LENGTH, 4, beyond=True)), action


@on_one_kind
@pytest.mark.parametrize("page", PAGES)
def test_who_may_open_which_page(
    page: str, stream: Stream, plan_and_action: tuple[Plan, Action], request_as: dict[str, Client]
) -> None:
    answers = {
        (who, method): request(browser, page, method, stream, *plan_and_action)
        for who, browser in request_as.items()
        for method in ("GET", "POST", "PUT", "DELETE")
    }

    for method in ("PUT", "DELETE"):
        assert answers["operator", method] == 405
    assert answers["anonymous", "GET"] == answers["anonymous", "POST"] == 302
    assert answers["staff without rights", "GET"] in (403, 405)
    assert answers["staff without rights", "POST"] in (403, 405)
    assert answers["viewer", "GET"] == {"actions": 200, "check": 405}.get(page, 403)
    assert answers["viewer", "POST"] == {"actions": 405}.get(page, 403)
    assert answers["operator", "GET"] == {"check": 405}.get(page, 200)


@pytest.fixture
def request_as(viewer_client: Client, operator_client: Client, db: None) -> dict[str, Client]:
    """Browsers, by who is signed in."""
    staff = Client()
    staff.force_login(
        User.objects.create_user("staff", is_staff=True), backend="django.contrib.auth.backends.ModelBackend"
    )
    return {"anonymous": Client(), "staff without rights": staff, "viewer": viewer_client, "operator": operator_client}


def test_no_get_changes_anything(
    operator_client: Client, stream: Stream, plan_and_action: tuple[Plan, Action], client_of_watched: "redis.Redis"
) -> None:
    before = (client_of_watched.xlen(KEY), rows(client_of_watched), Plan.objects.count(), Action.objects.count())

    for page in PAGES:
        request(operator_client, page, "GET", stream, *plan_and_action)

    assert before == (
        client_of_watched.xlen(KEY),
        rows(client_of_watched),
        Plan.objects.count(),
        Action.objects.count(),
    )


def test_each_deed_needs_its_own_right_on_the_page_too(
    operator_client: Client, operator: User, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 4)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")
    plan = address(claim(operator_client, stream, id=["1-1"]))
    operators = Group.objects.get(name="Operator")
    operators.permissions.remove(Permission.objects.get(codename="claim_entries"))

    assert claim(operator_client, stream, id=["1-1"]).status_code == 403
    assert operator_client.get(plan).status_code == 403
    assert operator_client.post(plan).status_code == 403
    assert claim(operator_client, stream, id=["1-1"], verb="acknowledge").status_code == 302


def test_another_sites_form_is_refused(operator_client: Client, stream: Stream, operator: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")

    assert strict.post(trim_url(stream), {"mode": "safe"}).status_code == 403
    assert (
        operator_client.post(trim_url(stream), {"mode": "safe"}, headers={"sec-fetch-site": "cross-site"}).status_code
        == 403
    )


def test_a_read_only_server_says_so_before_and_refuses_after(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    stream.server.read_only = True
    stream.server.save()

    form = operator_client.get(trim_url(stream)).content.decode()
    answer = operator_client.post(
        trimmed_to(operator_client, stream, 4), {"key": "orders"}, follow=True
    ).content.decode()

    assert "is registered as read-only" in form
    assert "This server is registered as read-only: nothing may be changed on it." in answer
    assert client_of_watched.xlen(KEY) == 10


def test_an_unknown_end_is_settled_with_a_click(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    plan = trimmed_to(operator_client, stream, 4)
    operator_client.post(plan, {"key": "orders"})
    Action.objects.update(state="unknown", reason="It did not answer within the time limit.")

    listed = operator_client.get(reverse("actions")).content.decode()
    audit = operator_client.get(reverse("admin:streams_admin_action_change", args=[Action.objects.get().pk]))
    shown = operator_client.get(plan).content.decode()
    check = re.findall(r'action="([^"]*check/)"', shown)[0]
    answer = operator_client.post(check, follow=True)

    assert f'<a href="{plan}">settle</a>' in listed
    assert f'<a href="{plan}">What came of it</a>' in audit.content.decode()
    assert "It did not answer" in shown
    assert answer.redirect_chain[-1][0] == plan
    assert Action.objects.get().state == "done"


def test_the_list_of_actions_shows_newest_first_and_pages(
    viewer_client: Client, stream: Stream, operator: User
) -> None:
    assert "Nothing has been done yet" in viewer_client.get(reverse("actions")).content.decode()
    for number in range(60):
        Action.objects.create(
            kind="trim",
            state="done",
            server=stream.server,
            server_name="shop",
            stream=stream,
            key=KEY,
            operator=operator,
            operator_name="operator",
            title=f"Trim {number} entries",
            started_at=timezone.now(),
        )

    first = viewer_client.get(reverse("actions")).content.decode()
    last = viewer_client.get(reverse("actions"), {"page": "2"}).content.decode()

    assert first.index("Trim 59 entries") < first.index("Trim 58 entries")
    assert "Trim 9 entries" in last
    assert "Trim 59 entries" not in last


@on_one_kind
def test_on_production_an_action_wants_a_reason_and_the_audit_keeps_it(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    stream.server.environment = "Production"
    stream.server.save()
    fill(client_of_watched)
    deliver(client_of_watched, 10)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")
    plan = address(claim(operator_client, stream, everything="1"))

    refused = operator_client.post(plan)
    assert refused.status_code == 400
    assert "say what it is for" in refused.content.decode()
    assert not Action.objects.exists()

    operator_client.post(plan, {"why": "worker 3 is dead"})
    assert Action.objects.get().why == "worker 3 is dead"


@on_one_kind
def test_a_claim_is_taken_back_by_clicks(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 10)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")
    plan = address(claim(operator_client, stream, everything="1"))
    operator_client.post(plan)
    action = Action.objects.get()

    undoing: Any = operator_client.post(reverse("admin:streams_admin_action_undo", args=[action.pk]))
    assert "Give 10 entries back" in operator_client.get(undoing.url).content.decode()
    operator_client.post(undoing.url)

    assert {owner for owner, _ in rows(client_of_watched).values()} == {b"dead"}
    assert action.undone_by.get().state == "done"
    assert f"action {action.undone_by.get().pk}, done" in operator_client.get(plan).content.decode()
