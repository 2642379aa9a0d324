"""The demo gives every page something to show, survives what a server does, and ends when it is told."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
import redis
from django.core.management import CommandError, call_command

from dashboard.core.deriver import Deriver
from dashboard.models import Alert, Server, Stream, Threshold
from dashboard.redis_io.connect import connect
from dashboard.redis_io.sweep import sweep
from dashboard.services.alerting import Judge
from streams_admin.demo.thresholds import set_thresholds
from streams_admin.demo.traffic import HOSTILE_GROUP, HOSTILE_KEY, ORDERS, Traffic
from tests.servers import Kind, RedisServer, running, wait_until
from tests.services.ticks import NOON

ROOT = Path(__file__).parents[2]
STEP_S = 0.5


class Shop:
    """The demo's traffic, with time that passes as fast as it can."""

    def __init__(self, server: RedisServer) -> None:
        self.client = connect(Server(address=server.url).target, timeout_s=5)
        self.traffic = Traffic(self.client, Random(1))
        self.traffic.prepare()
        self.elapsed = 0.0

    def run(self, seconds: float) -> None:
        until = self.elapsed + seconds
        while self.elapsed < until:
            self.traffic.step(self.elapsed, STEP_S)
            self.elapsed += STEP_S

    def group(self, key: bytes, name: bytes) -> dict[str, Any]:
        groups: Any = self.client.xinfo_groups(key)
        return next(dict(group) for group in groups if group["name"] == name)

    def pending(self, key: bytes, group: bytes, consumer: bytes) -> list[Any]:
        return list(self.client.xpending_range(key, group, "-", "+", 100, consumername=consumer))


@pytest.fixture
def shop(valkey_server: RedisServer) -> Iterator[Shop]:
    shop = Shop(valkey_server)
    yield shop
    shop.client.close()


@pytest.fixture
def shop_anywhere(watched_server: RedisServer) -> Iterator[Shop]:
    shop = Shop(watched_server)
    yield shop
    shop.client.close()


def test_every_page_has_something_to_show(shop_anywhere: Shop, watched_server: RedisServer) -> None:
    shop = shop_anywhere
    shop.run(60)

    client = shop.client
    keys = {b"payments", b"clicks", b"emails", b"audit", b"thumbnails", b"telemetry", b"nightly-report", HOSTILE_KEY}
    assert set(client.keys()) == keys | set(ORDERS)
    assert len(shop.pending(b"emails", b"mailer", b"mailer-3")) == 30
    assert max(row["times_delivered"] for row in shop.pending(b"thumbnails", b"resizer", b"resizer-1")) >= 4
    assert client.xinfo_groups(b"audit") == []
    assert client.xlen(b"nightly-report") == Traffic.FIRST_EVENTS
    assert all(shop.group(key, b"fulfilment")["last-delivered-id"] != b"0-0" for key in ORDERS)
    assert shop.group(HOSTILE_KEY, HOSTILE_GROUP)["last-delivered-id"] != b"0-0"
    if watched_server.kind.counts:
        assert shop.group(b"payments", b"billing")["lag"] > 500


def test_a_stream_is_trimmed_before_its_group_has_read_it(shop: Shop) -> None:
    shop.run(55)

    stream: Any = shop.client.xinfo_stream(b"telemetry")
    delivered = shop.group(b"telemetry", b"archiver")["last-delivered-id"]
    first = stream["first-entry"][0]
    assert [int(part) for part in delivered.split(b"-")] < [int(part) for part in first.split(b"-")]


def test_the_slow_group_catches_up(shop: Shop) -> None:
    shop.run(150)

    assert shop.group(b"payments", b"billing")["lag"] < 20


def test_streams_stay_bounded(shop: Shop) -> None:
    for producer in shop.traffic.producers:
        producer.keep = min(producer.keep, 300)

    shop.run(120)

    keys: Any = shop.client.keys()
    assert max(shop.client.xlen(key) for key in keys) <= 500


def test_what_an_operator_repaired_breaks_again_some_minutes_later(shop: Shop) -> None:
    shop.run(10)
    poison = max(shop.pending(b"thumbnails", b"resizer", b"resizer-1"), key=lambda row: row["times_delivered"])
    shop.client.xack(b"thumbnails", b"resizer", poison["message_id"])
    dead = [row["message_id"] for row in shop.pending(b"emails", b"mailer", b"mailer-3")]
    shop.client.xclaim(b"emails", b"mailer", b"mailer-1", 0, dead)

    shop.run(120)
    soon = len(shop.pending(b"emails", b"mailer", b"mailer-3")), len(shop.pending(b"emails", b"mailer", b"mailer-1"))
    shop.run(120)

    assert soon[0] == 0
    assert soon[1] < 10, "what was claimed is processed by its new consumer"
    assert len(shop.pending(b"emails", b"mailer", b"mailer-3")) == 30
    assert any(row["times_delivered"] >= 3 for row in shop.pending(b"thumbnails", b"resizer", b"resizer-1"))


def test_deleted_groups_and_streams_come_back(shop: Shop) -> None:
    shop.run(5)
    shop.client.xgroup_destroy(b"payments", b"billing")
    shop.client.delete(b"clicks")

    shop.run(130)

    assert shop.group(b"payments", b"billing")["consumers"] == 2
    assert shop.group(b"clicks", b"analytics")["entries-read"] > 0


def test_a_key_that_became_a_string_stops_only_itself(shop: Shop) -> None:
    shop.client.set(b"clicks", "no stream")
    before = shop.client.xlen(b"payments")

    shop.run(130)

    assert shop.client.get(b"clicks") == b"no stream"
    assert shop.client.xlen(b"payments") > before


def test_a_second_start_goes_on_where_the_first_ended(shop: Shop, valkey_server: RedisServer) -> None:
    shop.run(5)
    before = shop.client.xlen(b"payments")

    again = Shop(valkey_server)
    again.run(20)
    again.client.close()

    assert before < shop.client.xlen(b"payments") < before + 400
    assert len(shop.pending(b"emails", b"mailer", b"mailer-3")) == 30


def test_its_alert_opens_within_two_minutes_and_resolves(valkey_server: RedisServer, db: None) -> None:
    server = Server.objects.create(name="demo", address=valkey_server.url)
    set_thresholds(valkey_server.url)
    shop, deriver, judge = Shop(valkey_server), Deriver(), Judge(server.pk)
    keys = [b"payments", b"emails", b"clicks"]
    ids = {key: Stream.objects.create(server=server, key=key).pk for key in keys}
    changes = []
    for second in range(150):
        shop.run(1)
        tick = deriver.take(sweep(shop.client, keys), info=None, memory={}, interval_s=1.0)
        now = NOON + timedelta(seconds=second)
        changes += [
            (change.alert.title, change.change == "opened", second)
            for change in judge.judge(tick, stream_ids=ids, now=now)
        ]
    shop.client.close()

    billing = [(opened, second) for title, opened, second in changes if title.startswith("lag of billing on payments")]
    assert [opened for opened, _ in billing] == [True, False]
    assert billing[0][1] < 60
    assert [alert.title.partition(":")[0] for alert in Alert.objects.open()] == ["pending of mailer on emails above 25"]


def test_thresholds_are_set_once(db: None) -> None:
    assert set_thresholds("redis://127.0.0.1:7") is None
    Server.objects.create(name="demo", address="redis://127.0.0.1:7/0")

    assert [set_thresholds("redis://127.0.0.1:7") for _ in range(2)] == [True, False]
    assert Threshold.objects.count() == 3
    for threshold in Threshold.objects.all():
        threshold.full_clean()


def test_once_lays_everything_out_and_ends(watched_server: RedisServer) -> None:
    said = StringIO()

    call_command("seed_demo", url=watched_server.url, once=True, stdout=said)

    assert "laid out" in said.getvalue()
    with watched_server.client() as client:
        assert client.dbsize() == 12
        assert client.xpending(b"emails", b"mailer")["pending"] >= 30


@pytest.mark.parametrize(
    ("url", "words"), [("nonsense", "starts with redis://"), ("redis://127.0.0.1:1", "nothing listens")]
)
def test_a_bad_address_is_one_clear_line(url: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("seed_demo", url=url, once=True)


def test_it_goes_on_after_a_restart_of_the_server_and_ends_when_told(tmp_path: Path) -> None:
    surroundings = {**os.environ, "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    surroundings.pop("DATABASE_URL", None)
    surroundings["PYTHONUNBUFFERED"] = "1"
    with running(Kind.VALKEY_9) as server:
        command = [sys.executable, "manage.py", "seed_demo", "--url", server.unix_url]
        process = subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, text=True)
        try:
            wait_until(lambda: _has_traffic(server), "traffic", timeout=30)
            server.kill()
            lines = iter(process.stdout or [])
            assert any("demo traffic pauses" in line for line in lines)
            server.start()
            wait_until(lambda: _has_traffic(server), "traffic after the restart", timeout=30)
            process.terminate()
            said, _ = process.communicate(timeout=10)
        finally:
            process.kill()

    assert process.returncode == 0
    assert "pauses" not in said, "an outage is told once"


def _has_traffic(server: RedisServer) -> bool:
    with server.client() as client:
        try:
            return bool(client.xlen(b"payments") > Traffic.FIRST_EVENTS)
        except redis.ConnectionError:
            return False
