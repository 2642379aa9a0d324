"""Inhibitions in the admin: both sides in matchers, previewed on the alerts that are open now."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.models import Alert, Inhibition, Server

ADD = "/admin/dashboard/inhibition/add/"
PREVIEW = "/admin/dashboard/inhibition/preview/"
FORM: dict[str, Any] = {
    "name": "A server that is down explains its streams",
    "enabled": "on",
    "sources_name": ["metric", ""],
    "sources_op": ["=", "="],
    "sources_value": ["server_unreachable_s", ""],
    "targets_name": ["stream"],
    "targets_op": ["~"],
    "targets_value": ["orders*"],
    "equal": ["server"],
    "equal_own": "team, region",
}


@pytest.fixture
def alerts(db: None) -> None:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")
    for number, labels in enumerate([{"metric": "server_unreachable_s"}, {"stream": "orders:1"}, {"stream": "pay"}]):
        Alert.objects.create(
            server=server, subject_digest=str(number), title=f"alert {number} <script>", severity="critical",
            metric=labels.get("metric", "lag"), limit=1, opened_at=timezone.now(), labels={"server": "shop", **labels},
        )  # fmt: skip


def test_an_administrator_makes_one(administrator_client: Client) -> None:
    assert administrator_client.post(ADD, FORM).status_code == 302

    made = Inhibition.objects.get()
    assert made.sources == [{"name": "metric", "op": "=", "value": "server_unreachable_s"}]
    assert made.targets == [{"name": "stream", "op": "~", "value": "orders*"}]
    assert made.equal == ["server", "team", "region"]


def test_a_preview_names_what_each_side_fits_now(administrator_client: Client, alerts: None) -> None:
    form = {**FORM, "equal_own": ""}
    sections = administrator_client.post(PREVIEW, form, headers={"Accept": "application/json"}).json()["sections"]
    shown = administrator_client.post(PREVIEW, FORM).content.decode()

    assert [[item["text"] for item in section["items"]] for section in sections] == [
        ["alert 0 <script>"],
        ["alert 1 <script>"],
        ["alert 1 <script>"],
    ]
    assert sections[2]["text"] == "It mutes 1 alert."
    assert sections[0]["text"] == "They fit 1 of 3 open alerts."
    assert "alert 0 <script>" not in shown


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"sources_name": [""], "sources_op": ["="], "sources_value": ["x"]}, "Matcher 1 has no label"),
        ({"equal_own": "no name"}, "“no name” is no name of a label"),
        ({"targets_name": [""], "targets_op": ["="], "targets_value": [""]}, "This field is required"),
    ],
    ids=["no label", "no name", "nothing to mute"],
)
def test_what_is_wrong_is_told_in_words(administrator_client: Client, given: dict[str, Any], words: str) -> None:
    assert words in administrator_client.post(ADD, {**FORM, **given}).content.decode()
    assert words in str(
        administrator_client.post(PREVIEW, {**FORM, **given}, headers={"Accept": "application/json"}).json()
    )


def test_another_server_mutes_nothing(administrator_client: Client, alerts: None) -> None:
    Alert.objects.filter(title__startswith="alert 0").update(
        labels={"server": "other", "metric": "server_unreachable_s"}
    )

    sections = administrator_client.post(PREVIEW, FORM, headers={"Accept": "application/json"}).json()["sections"]

    assert sections[2]["text"] == "It mutes 0 alerts."


def test_an_operator_may_look_and_not_preview(operator_client: Client, alerts: None) -> None:
    inhibition = Inhibition.objects.create(name="n", sources=[], targets=[])

    assert operator_client.get(f"/admin/dashboard/inhibition/{inhibition.pk}/change/").status_code == 200
    assert operator_client.post(PREVIEW, FORM).status_code == 403
