"""What a load balancer and a watchdog are told, with no session and no names."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from dashboard.models import Beat, Server
from tests.servers import RedisServer
from tests.services.alarms import a_receiver, open_alerts

pytestmark = pytest.mark.django_db


def say(server: Server, *, ago: float) -> None:
    """Says what the server's sampler says, `ago` seconds ago."""
    Server.objects.filter(pk=server.pk).update(held_at=timezone.now() - timedelta(seconds=ago))


@pytest.fixture
def server(db: None, own_redis: RedisServer) -> Server:
    return Server.objects.create(name="secret name", address="redis://secret.example:1/0")


def test_a_process_that_is_up_says_ok(client: Client) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


def test_ready_with_a_sampler_that_lives(client: Client, server: Server, own_redis: RedisServer) -> None:
    say(server, ago=1)

    response = client.get("/readyz")

    assert response.status_code == 200
    parts = ("database", "redis", "sampler", "judging", "routing", "notifier", "heartbeats", "policies", "audit_log")
    assert response.json() == {"ready": True, **dict.fromkeys(parts, "ok")}


def test_ready_without_a_sampler_where_nothing_is_watched(client: Client, own_redis: RedisServer) -> None:
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize(("ago", "reason"), [(None, "never started"), (60.0, "last heard of 60 s ago")])
def test_a_dead_sampler_is_told(
    ago: float | None, reason: str, client: Client, server: Server, own_redis: RedisServer
) -> None:
    if ago is not None:
        say(server, ago=ago)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert reason in response.json()["sampler"]
    assert b"secret" not in response.content


LATE = {
    "judging": "1 of 1 servers are not judged in time",
    "routing": "an alert waits to be routed since 60 s",
    "notifier": "a notifier was last heard of 60 s ago",
    "heartbeats": "1 heartbeats are late",
}


@pytest.mark.parametrize("part", LATE)
def test_what_is_late_between_a_sample_and_a_message_is_told(
    part: str, client: Client, server: Server, own_redis: RedisServer
) -> None:
    now, a_minute_ago = timezone.now(), timezone.now() - timedelta(seconds=60)
    Server.objects.update(state="up", held_at=now, judged_at=a_minute_ago if part == "judging" else now)
    Beat.objects.create(name=Beat.NOTIFIER, at=a_minute_ago if part == "notifier" else now)
    a_receiver("secret name")
    beat_at = now - timedelta(seconds=200 if part == "heartbeats" else 1)
    a_receiver("secret beat", kind="heartbeat", beat_at=beat_at)
    if part == "routing":
        open_alerts(["secret"], server=server, when=a_minute_ago)

    response = client.get("/readyz")

    late = {name: words for name, words in response.json().items() if words not in ("ok", True, False)}
    assert [*late] == [part]
    assert late[part].startswith(LATE[part])
    # A heartbeat that does not arrive is no reason to take this process out of service.
    assert response.status_code == (200 if part == "heartbeats" else 503)
    assert b"secret" not in response.content


def test_a_notifier_is_missed_only_where_somebody_is_to_be_told(
    client: Client, server: Server, own_redis: RedisServer
) -> None:
    say(server, ago=1)
    nobody = client.get("/readyz").json()
    a_receiver("somebody")

    assert nobody["notifier"] == "ok"
    assert client.get("/readyz").json()["notifier"] == "no notifier runs: it never started"


def test_servers_that_nobody_samples_are_told_by_number(client: Client, server: Server, own_redis: RedisServer) -> None:
    other = Server.objects.create(name="another name", address="redis://secret.example:2/0")
    Server.objects.create(name="switched off", address="redis://secret.example:3/0", enabled=False)
    say(server, ago=1)
    say(other, ago=30)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["sampler"] == f"no sampler has 1 of 2 servers (numbers {other.pk})"


def test_a_redis_that_is_away_is_told(client: Client, server: Server, settings: Any) -> None:
    settings.REDIS_URL = "redis://user:hidden@127.0.0.1:1/0"

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["redis"] == "our Redis does not answer"
    assert response.json()["sampler"] == "unknown"
    assert b"hidden" not in response.content
    assert b"127.0.0.1" not in response.content


def test_a_database_that_is_away_is_told(client: Client, own_redis: RedisServer) -> None:
    def gone(execute: Any, sql: str, *rest: Any) -> None:
        raise OperationalError("could not connect to secret.example")

    with connection.execute_wrapper(gone):
        response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["database"] == "the database does not answer"
    assert b"secret" not in response.content


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_only_read(path: str, client: Client, own_redis: RedisServer) -> None:
    assert client.post(path).status_code == 405
    assert "no-store" in client.get(path)["Cache-Control"]
