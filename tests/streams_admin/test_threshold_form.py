"""The form of a threshold: typed as people say it, and looked at while it is filled in."""

from typing import Any

import msgspec
import pytest
from django.test import Client
from django.urls import reverse

from dashboard.core.names import to_slug
from dashboard.live.events import GroupColumns, SampleTaken, ServerHealth, StreamColumns
from dashboard.live.keys import sample_key
from dashboard.models import Server, Stream, Threshold
from dashboard.models.judging import ThresholdMemory
from tests.servers import RedisServer
from tests.services.ticks import NOON
from tests.streams_admin.thresholds import FORM

ADD = "/admin/dashboard/threshold/add/"
LOOK = "/admin/dashboard/threshold/look/"


@pytest.fixture
def server(db: None) -> Server:
    return Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")


def looked(client: Client, **given: Any) -> Any:
    return client.post(LOOK, {**FORM, **given}).json()


def test_times_sizes_labels_and_days_are_taken_as_typed(administrator_client: Client, server: Server) -> None:
    given: dict[str, Any] = {
        "metric": "memory_bytes",
        "warning_limit": "2 GiB",
        "warning_clear": "1 GiB",
        "hold_s": "5 min",
    }
    given |= {"labels": "team = payments\n\nlevel=2", "active_days": ["1", "4"], "key_excludes": "a*\r\n\r\nb*"}

    saved = administrator_client.post(ADD, {**FORM, **given})

    assert saved.status_code == 302, saved.context["adminform"].form.errors
    its = Threshold.objects.get()
    assert (its.warning_limit, its.warning_clear, its.hold_s, its.window_s) == (2 * 1024**3, 1024**3, 300, 0)
    assert (its.labels, its.active_days, its.key_excludes) == ({"team": "payments", "level": "2"}, 5, "a*\nb*")


def test_what_is_stored_stands_in_the_form_as_it_would_be_typed(administrator_client: Client, server: Server) -> None:
    its = Threshold.objects.create(
        name="late", metric="time_lag_s", warning_limit=300, hold_s=90, labels={"team": "x"}, active_days=5
    )

    page = administrator_client.get(reverse("admin:dashboard_threshold_change", args=[its.pk]))
    form = page.context["adminform"].form

    assert [form[name].value() for name in ("warning_limit", "hold_s", "labels", "active_days")] == [
        *("5 min", "90 s", "team=x"),
        ["1", "4"],
    ]
    assert not form.errors


def test_a_new_form_needs_no_more_than_a_name_a_metric_and_a_limit(
    administrator_client: Client, server: Server
) -> None:
    form = administrator_client.get(ADD).context["adminform"].form
    sent = {name: form[name].value() for name in form.fields} | {"name": "t", "metric": "lag", "warning_limit": "5"}

    saved = administrator_client.post(ADD, {name: value for name, value in sent.items() if value is not None})

    assert saved.status_code == 302, saved.context["adminform"].form.errors


def test_saving_a_form_as_it_stands_changes_nothing(administrator_client: Client, server: Server) -> None:
    its = Threshold.objects.create(name="late", metric="time_lag_s", warning_limit=300, critical_limit=0.1 + 300.2)
    address = reverse("admin:dashboard_threshold_change", args=[its.pk])
    form = administrator_client.get(address).context["adminform"].form
    sent = {name: form[name].value() for name in form.fields}

    saved = administrator_client.post(address, {name: value for name, value in sent.items() if value is not None})

    assert saved.status_code == 302, saved.context["adminform"].form.errors
    assert Threshold.objects.get().definition_digest == its.definition_digest


def test_what_a_browser_hid_ends_with_the_metric_that_had_it(administrator_client: Client, server: Server) -> None:
    its = Threshold.objects.create(
        name="late", metric="lag", warning_limit=300, group_pattern="b*", function="average", window_s=60
    )
    hidden: tuple[str, ...] = (
        "function",
        "window_s",
        "comparison",
        "key_pattern",
        "group_pattern",
        "stream",
        "on_no_data",
    )
    hidden += ("on_error", "on_unknown", "on_estimated")
    sent = {name: value for name, value in FORM.items() if name not in hidden} | {"metric": "server_unreachable_s"}

    saved = administrator_client.post(reverse("admin:dashboard_threshold_change", args=[its.pk]), sent)

    assert saved.status_code == 302, saved.context["adminform"].form.errors
    its.refresh_from_db()
    assert (its.metric, its.group_pattern, its.function, its.window_s) == ("server_unreachable_s", "*", "last", 0)


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"warning_limit": "5 min"}, "warning_limit", "plain number"),
        ({"metric": "time_lag_s", "warning_limit": "2 GiB"}, "warning_limit", "is a time"),
        ({"hold_s": "80 %"}, "hold_s", "is a time"),
        ({"labels": "team"}, "labels", "name=value"),
        ({"labels": "a=1\na=2"}, "labels", "twice"),
        ({"active_days": []}, "active_days", "one day"),
        ({"group_pattern": "b["}, "group_pattern", "never closed"),
    ],
)
def test_the_form_says_what_is_wrong_while_it_is_filled_in(
    administrator_client: Client, server: Server, given: dict[str, Any], field: str, words: str
) -> None:
    assert words in looked(administrator_client, **given)["problems"][field]


def test_a_form_that_has_only_begun_is_not_scolded(administrator_client: Client, server: Server) -> None:
    found = administrator_client.post(LOOK, {"metric": ""}).json()

    assert "metric" not in found["problems"]
    assert "matches" not in found


def test_the_form_says_what_it_understood_and_what_it_matches(administrator_client: Client, server: Server) -> None:
    for number in range(3):
        Stream.objects.create(
            server=server, key=b"orders:%d" % number, tags="shop, eu", title="First" if not number else ""
        )
    Stream.objects.create(server=server, key=b"audit")
    given = {"metric": "length", "tag": "eu", "key_excludes": "*:2", "hold_s": "1h30m", "name": ""}

    found = looked(administrator_client, **given)

    assert found["understood"] == {"hold_s": "1\u202fh 30\u202fmin", "warning_limit": "1\u202f000"}
    assert found["matches"] == {"level": "ok", "text": "It matches 2 streams now: First, orders:1."}


def test_what_matches_nothing_or_everything_is_a_warning(
    administrator_client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams_admin.admin.threshold.words.MANY", 2)
    Stream.objects.bulk_create(Stream(server=server, key=key, key_digest=key.hex()) for key in (b"a", b"b"))

    nothing = looked(administrator_client, metric="length", key_pattern="x*")["matches"]
    everything = looked(administrator_client, metric="length")["matches"]

    assert (nothing["level"], nothing["text"].partition(".")[0]) == ("warning", "It matches nothing now")
    assert (everything["level"], everything["text"]) == ("warning", "It matches everything: 2 streams.")


@pytest.mark.parametrize(("role", "status"), [("operator_client", 403), ("viewer_client", 403), ("client", 302)])
def test_looking_needs_the_right_to_edit(request: pytest.FixtureRequest, db: None, role: str, status: int) -> None:
    assert request.getfixturevalue(role).post(LOOK, FORM).status_code == status


def test_the_list_switches_off_even_what_is_wrong_otherwise(administrator_client: Client, server: Server) -> None:
    its = Threshold.objects.create(name="odd", metric="lag", warning_limit=-5, zone="Mars")
    ThresholdMemory.objects.create(threshold=its, server=server, digest="", at=NOON, pending=3)
    listed = administrator_client.get("/admin/dashboard/threshold/")
    sent = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": str(its.pk), "_save": "Save"}

    administrator_client.post("/admin/dashboard/threshold/", sent)

    assert "3 pending" in listed.content.decode()
    its.refresh_from_db()
    assert not its.enabled


@pytest.mark.parametrize(
    ("given", "matches", "worst"),
    [
        ({}, "2 groups · 1 stream now: billing · orders, audit · orders.", "Worst now: 40, billing · orders."),
        ({"comparison": "below"}, "2 groups · 1 stream now: audit · orders, billing · orders.", "Worst now: 3, audit"),
        ({"group_excludes": "b*"}, "1 group · 1 stream now: audit · orders.", "Worst now: 3"),
        (
            {"metric": "consumer_pending"},
            "7 consumers · 2 groups · 1 stream now: billing · orders, audit · orders.",
            "",
        ),
        ({"metric": "consumer_pending", "consumer_pattern": "w*"}, "matches 2 groups · 1 stream now", ""),
        ({"metric": "server_memory_percent"}, "1 server now: shop.", "Worst now: 25\u202f%, shop."),
    ],
    ids=str,
)
def test_the_latest_samples_say_which_groups_there_are_and_which_is_worst(
    administrator_client: Client,
    server: Server,
    own_redis: RedisServer,
    given: dict[str, str],
    matches: str,
    worst: str,
) -> None:
    stream = Stream.objects.create(server=server, key=b"orders")
    groups = GroupColumns(
        stream=[stream.pk] * 2, slug=[to_slug(b"billing"), to_slug(b"audit")], lag=[40, 3], consumers=[5, 2]
    )
    health = ServerHealth(used_memory_bytes=25, max_memory_bytes=100)
    sample = SampleTaken(
        server=server.pk, at=0, taken_at=0, interval=1, streams=StreamColumns(), groups=groups, health=health
    )
    with own_redis.client() as client:
        client.lpush(sample_key(server.pk), msgspec.msgpack.encode(sample))

    found = looked(administrator_client, **given)

    assert matches in found["matches"]["text"]
    assert found["worst"].startswith(worst) if worst else not found["worst"]
