"""Keeping history beside a sampler, in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dashboard.history import store
from dashboard.history.journal import rows_of
from dashboard.history.models import HistoryBlock, JournalEntry
from dashboard.live.keeper import Keeper
from dashboard.models import Server
from tests.history.samples import NOON, tick
from tests.management.programs import wait_until_gone
from tests.servers import RedisServer, wait_until

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = (
    "import django; django.setup()\n"
    "from dashboard.management.commands import run_sampler; run_sampler.KEEP_AFTER_S = 0\n"
    "from django.core.management import execute_from_command_line\n"
    "execute_from_command_line(['manage.py', 'run_sampler'])"
)


def remember_minutes_ago(server: Server, stream: int) -> None:
    store.write(list(rows_of(tick(time.time() - 300 - NOON, {stream: 5}, server=server.pk))))


@pytest.mark.django_db
def test_a_keeper_rolls_up_what_its_sampler_holds_and_leaves_the_others_to_theirs() -> None:
    ours, others = (
        Server.objects.create(name=name, address=f"redis://{name}:6379/0", sampler=name) for name in ("ours", "others")
    )
    remember_minutes_ago(ours, 1)
    remember_minutes_ago(others, 1000)

    Keeper("ours").look()

    assert set(JournalEntry.objects.values_list("server_id", flat=True)) == {others.pk}
    assert set(HistoryBlock.objects.values_list("subject", flat=True)) == {ours.pk, 1}


def test_history_is_kept_beside_the_sampler_by_a_process_that_does_not_outlive_it(
    database_file: Path, own_redis: RedisServer, valkey_server: RedisServer
) -> None:
    server = Server.objects.create(name="shop", address=valkey_server.url)
    remember_minutes_ago(server, 1)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"sqlite:///{database_file}",
        "REDIS_URL": own_redis.url,
    }
    process = subprocess.Popen([sys.executable, "-c", AT_ONCE], cwd=ROOT, env=environment)
    try:
        wait_until(lambda: HistoryBlock.objects.exists(), "what the keeper has rolled up", timeout=40)
        keepers = kept_by(process.pid)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()

    assert len(keepers) == 1
    wait_until_gone(keepers)


def kept_by(parent: int) -> list[int]:
    listing = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in listing.stdout.splitlines()]
    return [int(pid) for pid, its, command in rows if int(its) == parent and "keep_history" in command]
