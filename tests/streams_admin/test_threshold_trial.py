"""A threshold is tried on the past from its form, before it is saved."""

import time
from typing import Any

import pytest
from django.test import Client

from dashboard.models import Server, Stream
from tests.history.samples import remember
from tests.streams_admin.thresholds import FORM

TRY = "/admin/dashboard/threshold/try/"


@pytest.fixture
def stream(db: None) -> Stream:
    """A stream whose length was 5, and for a minute 5,000, some minutes ago."""
    stream = Stream.objects.create(server=Server.objects.create(name="shop", address="redis://127.0.0.1:1/0"), key=b"s")
    now = time.time()
    for back in range(600, 200, -2):
        remember(stream, now - back, length=5000 if 300 < back <= 360 else 5)
    return stream


def tried(client: Client, **given: Any) -> Any:
    return client.post(TRY, {**FORM, "metric": "length", "_range": "3600", **given}).json()


def test_a_form_is_tried_step_by_step(administrator_client: Client, stream: Stream) -> None:
    plan = tried(administrator_client)
    found = tried(administrator_client, _ids=str(stream.pk), _now=str(plan["now"]))
    drawn = tried(administrator_client, _ids=str(stream.pk), _group="", _now=str(plan["now"]))

    assert (plan["ids"], plan["looked"], plan["notes"]) == ([stream.pk], "Looked at 1 stream.", [])
    assert [limit["words"] for limit in plan["limits"]] == ["warning above 1\u202f000"]
    (alert,) = found["alerts"]
    assert (alert["name"], alert["severity"], alert["worst"]) == ("s", "warning", "5\u202f000")
    assert 50 <= alert["until"] - alert["since"] <= 62
    assert found["left"] == []
    assert 600 <= plan["now"] - found["begins"] < 700
    assert max(drawn["most"]) == 5000


def test_a_range_of_a_week_says_how_coarse_it_is(administrator_client: Client, stream: Stream) -> None:
    plan = tried(administrator_client, _range="604800", hold_s="5 s")
    notes = [note["text"] for note in plan["notes"]]

    assert any("in steps of 1\u202fmin" in note for note in notes)
    assert any("A hold of 5\u202fs is shorter" in note for note in notes)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"metric": "drain_s"}, "History does not keep"),
        ({"warning_limit": "", "name": ""}, "Correct this first: Warning: Give at least one limit."),
        ({"key_pattern": "x["}, "Correct this first: Key pattern: In this pattern the [ is never closed"),
    ],
)
def test_what_cannot_be_tried_says_why(
    administrator_client: Client, stream: Stream, given: dict[str, str], words: str
) -> None:
    assert words in tried(administrator_client, **given)["problems"]


@pytest.mark.parametrize("given", ["0", "nonsense", "1,2,3", "9" * 30, ""])
def test_only_what_is_in_scope_is_looked_at(administrator_client: Client, stream: Stream, given: str) -> None:
    other = Stream.objects.create(server=stream.server, key=b"other")

    answer = tried(administrator_client, _ids=f"{given},{other.pk}", key_pattern="s", _now="nan", _range="7")

    assert answer["left"] == []
    assert {alert["name"] for alert in answer["alerts"]} <= {"s"}


@pytest.mark.parametrize(("role", "status"), [("operator_client", 403), ("client", 302)])
def test_trying_needs_the_right_to_edit(request: pytest.FixtureRequest, db: None, role: str, status: int) -> None:
    assert request.getfixturevalue(role).post(TRY, FORM).status_code == status
