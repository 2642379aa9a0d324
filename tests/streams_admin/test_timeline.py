"""Actions on the time axis: each with its audit row, in the time that is asked for."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from dashboard.models import Server, Stream
from streams_admin.models import Action

NOON = 1_795_000_000.0
pytestmark = pytest.mark.django_db


@pytest.fixture
def stream() -> Stream:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:6379/0")
    return Stream.objects.create(server=server, key=b"orders\xff")


def act(stream: Stream, at: float) -> Action:
    return Action.objects.create(
        kind="claim",
        state="done",
        server=stream.server,
        server_name="shop",
        stream=stream,
        key=bytes(stream.key),
        group=b"billing",
        title="Claim 3 entries",
        operator_name="ada",
        started_at=datetime.fromtimestamp(NOON + at, tz=UTC),
    )


def test_a_streams_actions_are_told_with_their_audit_row(operator_client: Client, stream: Stream) -> None:
    act(stream, -1)
    within = act(stream, 10)
    act(stream, 101)
    act(Stream.objects.create(server=stream.server, key=b"other"), 10)

    body = operator_client.get(f"/streams/{stream.pk}/actions/?since={NOON}&until={NOON + 100}").json()

    assert body["actions"] == [
        {
            "action": within.pk,
            "stream": stream.pk,
            "key": "orders\\xff",
            "group": "billing",
            "kind": "claim",
            "state": "done",
            "title": "Claim 3 entries",
            "operator": "ada",
            "at": NOON + 10,
            "url": f"/admin/streams_admin/action/{within.pk}/change/",
        }
    ]


def test_a_viewer_is_led_to_the_list_and_a_server_has_the_actions_of_all_its_streams(
    viewer_client: Client, stream: Stream
) -> None:
    act(stream, 10)
    act(Stream.objects.create(server=stream.server, key=b"other"), 20)

    body = viewer_client.get(f"/servers/{stream.server_id}/actions/?since={NOON}&until={NOON + 100}").json()

    assert [(row["at"], row["url"]) for row in body["actions"]] == [(NOON + 10, "/actions/"), (NOON + 20, "/actions/")]


@pytest.mark.parametrize("query", ["", "?since=x", "?since=nan", "?since=5&until=4"])
def test_a_time_that_is_none_is_refused_in_words(query: str, viewer_client: Client, stream: Stream) -> None:
    response = viewer_client.get(f"/streams/{stream.pk}/actions/{query}")

    assert (response.status_code, "since" in response.json()["problem"]["title"]) == (400, True)
