"""`manage.py run_sampler` as a process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dashboard.history import reading
from dashboard.history.metrics import Kind, Subject
from dashboard.models import Server, Stream
from tests.live.sampling import register
from tests.servers import RedisServer, wait_until

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def _sampler(database_file: Path, redis_url: str) -> Iterator["subprocess.Popen[str]"]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"sqlite:///{database_file}",
        "REDIS_URL": redis_url,
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run_sampler"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_its_history_written_and_status_0(
    database_file: Path, own_redis: RedisServer, valkey_server: RedisServer, number: signal.Signals
) -> None:
    server = register(valkey_server)
    with valkey_server.client() as client:
        client.xadd("s", {"n": 0})

    with _sampler(database_file, own_redis.url) as process:
        wait_until(lambda: Stream.objects.filter(server=server).exists(), "discovery", timeout=20)
        time.sleep(1)
        ended_at = time.time()
        process.send_signal(number)
        output, _ = process.communicate(timeout=10)

    assert process.returncode == 0
    assert output.strip() == ""
    series = reading.read(Subject(Kind.STREAM, Stream.objects.get().pk), since=time.time() - 60, until=ended_at + 5)
    assert ended_at - 0.5 < series.at[-1] <= ended_at + 0.5


def test_killed_at_once_it_leaves_a_database_that_the_next_one_goes_on_with(
    database_file: Path, own_redis: RedisServer, valkey_server: RedisServer
) -> None:
    register(valkey_server)
    with valkey_server.client() as client:
        client.xadd("s", {"n": 0})
    with _sampler(database_file, own_redis.url):
        wait_until(lambda: Stream.objects.exists(), "discovery", timeout=20)
        time.sleep(3)

    series = reading.read(Subject(Kind.STREAM, Stream.objects.get().pk), since=time.time() - 60, until=time.time())
    assert len(series.at) > 5

    with _sampler(database_file, own_redis.url):
        before = Server.objects.get().sampled_at
        wait_until(lambda: Server.objects.get().sampled_at != before, "a sample of the next one", timeout=20)


def test_a_database_without_tables_is_one_line_that_says_what_to_do(tmp_path: Path, own_redis: RedisServer) -> None:
    with _sampler(tmp_path / "empty.sqlite3", own_redis.url) as process:
        output, _ = process.communicate(timeout=20)

    assert process.returncode != 0
    assert output.strip() == "CommandError: The database lacks tables of Streamgauge; run `manage.py migrate` first."


def test_state_changes_are_one_line_each(
    database_file: Path, own_redis: RedisServer, valkey_server: RedisServer
) -> None:
    server = register(valkey_server, "cache")
    Server.objects.filter(pk=server.pk).update(address="redis://127.0.0.1:1/0")
    with _sampler(database_file, own_redis.url) as process:
        wait_until(lambda: Server.objects.get().state == "down", "the state", timeout=20)
        time.sleep(3)
        process.terminate()
        output, _ = process.communicate(timeout=10)

    assert output.splitlines() == [
        "INFO dashboard.live.sampling.watcher: Server cache is down: It refuses connections: nothing listens at this address."
    ]
