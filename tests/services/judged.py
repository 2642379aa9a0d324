"""A history that is judged in one go, and again by processes that are killed at random instants; both must say the same.

`python -m tests.services.judged [--kills 1000] [--postgresql]`; with PostgreSQL every other kill ends the connections only.
"""

import argparse
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import InterfaceError, OperationalError, connection, connections  # noqa: E402

from dashboard.core.lease import Lease  # noqa: E402
from dashboard.core.metrics import ServerTick  # noqa: E402
from dashboard.core.sample import ProblemKind, ServerProblem, ServerState  # noqa: E402
from dashboard.models import Alert, AlertEvent, Server, Stream, Threshold  # noqa: E402
from dashboard.services import fencing  # noqa: E402
from dashboard.services.alerting import Judge  # noqa: E402
from tests.databases import postgresql_database, switched  # noqa: E402
from tests.postgresql import PostgreSQL  # noqa: E402
from tests.services.ticks import a_group, a_problem, a_stream, a_tick, at  # noqa: E402

TICKS_A_KILL = 4
HAD_NO_DATABASE = 2
KEYS = [b"orders", b"billing", b"mail", b"audit"]
LAGS = [0, 5, 15, 15, 25, 35, 35, None]


def tick_of(second: int) -> ServerTick | ServerProblem:
    """What was sampled in that second: lags that stay for a while, streams that vanish, a server that is down."""
    if second // 9 % 13 == 12:
        return ServerProblem(ServerState.DOWN, "Connection refused.")
    streams = []
    for number, key in enumerate(KEYS):
        chance = random.Random(f"{second // (3 + number)} {number}")
        if chance.random() < 0.03:
            streams.append(a_problem(key, ProblemKind.VANISHED))
        else:
            groups = (a_group(b"one", chance.choice(LAGS)), a_group(b"two", chance.choice(LAGS)))
            streams.append(a_stream(key, *groups, length=chance.choice([1, 1, 1, 9])))
    return a_tick(*streams)


def prepare() -> int:
    """A server with its streams and thresholds of all kinds; its number."""
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")
    for key in KEYS:
        Stream.objects.create(server=server, key=key, tags="a, b")
    ladder = {"metric": "lag", "notice_limit": 10, "warning_limit": 20, "critical_limit": 30}
    Threshold.objects.create(name="at once", **ladder)
    Threshold.objects.create(name="held", **ladder, hold_s=4, keep_open_s=5, warning_clear=12, critical_clear=22)
    Threshold.objects.create(name="long", metric="length", warning_limit=5, hold_s=2, keep_open_s=1)
    Threshold.objects.create(name="average", metric="lag", warning_limit=18, function="average", window_s=20)
    Threshold.objects.create(name="change", metric="length", warning_limit=3, function="delta", window_s=12)
    Threshold.objects.create(name="most", metric="lag", warning_limit=20, function="most", window_s=9, hold_s=2)
    Threshold.objects.create(name="down", metric="server_unreachable_s", warning_limit=3, critical_limit=6)
    return server.pk


def judge(server_id: int, begun: Path, last: int) -> None:
    """Judges on from the first second of which it is not certain that it was written."""
    server = Server.objects.get(pk=server_id)
    lease = Lease(server_id, server.fence + 1)
    fencing.claim(lease, "a", at(0))
    ids = {bytes(stream.key): stream.pk for stream in server.streams.all()}
    judging = Judge(server_id, guard=partial(fencing.fenced, lease))
    second = int(begun.read_text() or 0)
    file = os.open(begun, os.O_WRONLY)
    while second < last or judging.judged_at != at(last - 1):
        second = min(second, last - 1)
        judging.judge(tick_of(second), stream_ids=ids, now=at(second))
        if judging.judged_at is None:
            continue  # it could not even read what to judge by
        second += 1
        if judging.judged_at == at(second - 1):
            os.pwrite(file, b"%08d" % second, 0)
    os.close(file)


def killed(server_id: int, folder: Path, kills: int, seed: int) -> int:
    """Judges by process after process until all is judged; returns how many were killed, or lost their connection."""
    chance, begun, done = random.Random(seed), folder / "begun", 0
    begun.write_text("00000000")
    while True:
        connections.close_all()
        child = os.fork()
        if child == 0:
            _judge_and_exit(server_id, begun, kills * TICKS_A_KILL)
        for is_cut in [connection.vendor == "postgresql"] * chance.randrange(3) + [False]:
            _wait(begun, chance.randrange(2 * TICKS_A_KILL - 1))
            time.sleep(chance.uniform(0, 0.008))
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                break
            done += 1
            if is_cut:
                _cut()
        else:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            continue
        if status == 0:
            return done
        if os.waitstatus_to_exitcode(status) != HAD_NO_DATABASE:
            raise RuntimeError("A judge ended by itself.")


def _wait(begun: Path, ticks: int) -> None:
    """Until so many more ticks were judged, however busy the machine is; not for long, for the judge may have ended."""
    first, until = int(begun.read_text()), time.monotonic() + 1
    while int(begun.read_text()) < first + ticks and time.monotonic() < until:
        time.sleep(0.001)


def _judge_and_exit(server_id: int, begun: Path, last: int) -> None:
    code = 1
    try:
        judge(server_id, begun, last)
        code = 0
    except (OperationalError, InterfaceError):  # before it judged anything: its connection was ended at once
        code = HAD_NO_DATABASE
    except BaseException:
        traceback.print_exc()
    os._exit(code)


def _cut() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


def outcome(server_id: int) -> list[tuple[object, ...]]:
    """All that happened, without the numbers of rows."""
    names = ("kind", "at", "severity", "value", "text", "alert__title", "alert__threshold__name", "alert__labels")
    facts = ("alert__opened_at", "alert__began_at", "alert__resolved_at", "alert__worst_severity", "alert__state")
    rows = AlertEvent.objects.filter(alert__server=server_id).order_by().values_list(*names, *facts)
    return sorted(((*row,) for row in rows), key=repr)


@contextlib.contextmanager
def database(folder: Path, server: PostgreSQL | None) -> Iterator[None]:
    """An empty, migrated database."""
    if server:
        with postgresql_database(server):
            yield
        return
    options = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"}
    name = str(folder / "database.sqlite3")
    with switched({**connections.settings["default"], "NAME": name, "OPTIONS": options}):
        call_command("migrate", verbosity=0)
        yield


def compared(folder: Path, kills: int, seed: int) -> bool:
    """Whether both say the same; prints what was compared."""
    (folder / "unbroken").write_text("")
    one = prepare()
    judge(one, folder / "unbroken", kills * TICKS_A_KILL)
    Server.objects.update(name="another")
    Threshold.objects.update(enabled=False)
    other = prepare()
    done = killed(other, folder, kills, seed)
    unbroken, broken = outcome(one), outcome(other)
    lost, more = [row for row in unbroken if row not in broken], [row for row in broken if row not in unbroken]
    alerts = Alert.objects.filter(server=other).count()
    print(f"{done} kills, {len(broken)} events of {alerts} alerts; lost {len(lost)}, too many {len(more)}")  # noqa: T201
    if broken != unbroken:
        print(f"seed {seed}", *lost[:5], "too many:", *more[:5], sep="\n")  # noqa: T201
    return broken == unbroken


def main() -> None:
    """Compares in the database of DATABASE_URL, empty and migrated, or in one of its own; the status is 1 where both differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if "DATABASE_URL" not in os.environ:
            server = stack.enter_context(contextlib.closing(PostgreSQL())) if options.postgresql else None
            stack.enter_context(database(folder, server))
        is_same = compared(folder, options.kills, options.seed)
    sys.exit(not is_same)


if __name__ == "__main__":
    main()
