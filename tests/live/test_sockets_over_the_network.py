"""The websocket as a browser meets it: a daphne process of its own, over TCP."""

import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgpack
import pytest

from dashboard.env import BASE_DIR
from dashboard.live.events import Event
from dashboard.live.publish import encode
from dashboard.live.topics import topic_of
from dashboard.management.startup import LARGEST_SOCKET_FRAME, LARGEST_SOCKET_MESSAGE
from tests.live.events import NOW, alert_opened, sample_of
from tests.live.raw_websocket import RawWebSocket, RefusedError
from tests.servers import Kind, RedisServer, free_port, running, wait_until


@dataclass
class Web:
    """A running web server, its database's file and our own Redis."""

    process: "subprocess.Popen[bytes]"
    port: int
    database: Path
    own_redis: RedisServer
    server: int
    streams: list[int]
    sessions: dict[int, str]
    people: Iterator[tuple[int, str]] = field(init=False)
    opened: list[RawWebSocket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.people = iter(self.sessions.items())

    def open(self, session_key: str, **options: Any) -> RawWebSocket:
        """A connection with the session's cookie, from our own origin."""
        origin = f"http://127.0.0.1:{self.port}"
        browser = RawWebSocket(self.port, origin=origin, cookie=f"sessionid={session_key}", **options)
        self.opened.append(browser)
        return browser

    def watch(self, session_key: str, **options: Any) -> RawWebSocket:
        """A connection that watches the server."""
        browser = self.open(session_key, **options)
        browser.say(type="watch", servers=[self.server])
        browser.say(type="settled?")
        while browser.hear()["type"] != "error":
            pass
        return browser

    def publish(self, event: Event) -> None:
        """Publishes as a sampler does, from outside of the process."""
        with self.own_redis.client() as client:
            message = msgpack.packb({"type": "event", "body": encode(event)})
            client.publish(f"streamgauge__group__{topic_of(event)}", message)

    def execute(self, sql: str, *values: Any) -> None:
        """Changes the database behind the process' back."""
        with sqlite3.connect(self.database, timeout=20) as connection:
            connection.execute(sql, values)
        connection.close()

    def memory_mb(self) -> float:
        """What the process holds in memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder, port = tmp_path_factory.mktemp("web"), free_port()
    with running(Kind.VALKEY_9) as own_redis:
        environment = {
            **os.environ,
            "VAR_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "REDIS_URL": own_redis.url,
            "ORIGINS": f"http://127.0.0.1:{port}",
            "PYTHONPATH": str(BASE_DIR),
        }
        prepare = [sys.executable, "-m", "tests.live.prepare_web"]
        prepared = subprocess.run(prepare, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=True)
        facts = json.loads(prepared.stdout.splitlines()[-1])
        limits = ["--websocket-max-message-size", LARGEST_SOCKET_MESSAGE]
        limits += ["--websocket-max-frame-size", LARGEST_SOCKET_FRAME]
        command = [sys.executable, "-m", "daphne", "-p", str(port), "-v", "0", *limits, "dashboard.asgi:application"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=log, stderr=log)
        try:
            wait_until(lambda: is_up(process, port, folder / "log"), "daphne", timeout=30)
            sessions = {int(person): key for person, key in facts["sessions"].items()}
            database = folder / "streamgauge.sqlite3"
            yield Web(process, port, database, own_redis, facts["server"], facts["streams"], sessions)
        finally:
            process.terminate()
            process.wait(timeout=20)
        said = (folder / "log").read_text()
        assert "Traceback" not in said, said


@pytest.fixture(autouse=True)
def closed_in_the_end(web: Web) -> Iterator[None]:
    yield
    while web.opened:
        web.opened.pop().close()


def is_up(process: "subprocess.Popen[bytes]", port: int, log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def test_a_viewer_gets_frames(web: Web) -> None:
    _, session_key = next(web.people)
    browser = web.watch(session_key)
    web.publish(sample_of(web.server, web.streams, tick=1))
    frame = browser.hear()

    assert (frame["type"], frame["seq"], frame["streams"]["id"]) == ("sample.taken", 1, web.streams)


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1", "https://127.0.0.1:{port}", "http://evil.example", "null", None]
)
def test_another_origin_is_refused_in_the_handshake(origin: str | None, web: Web) -> None:
    headers: dict[str, Any] = {"origin": origin.format(port=web.port)} if origin else {}

    with pytest.raises(RefusedError, match="403"):
        RawWebSocket(web.port, cookie=f"sessionid={next(iter(web.sessions.values()))}", **headers)


def test_who_is_not_signed_in_reads_the_close_code(web: Web) -> None:
    assert web.open("nonsense").closing() == 4401


def test_a_message_of_ten_megabytes_ends_its_own_connection_alone(web: Web) -> None:
    _, session_key = next(web.people)
    other, greedy = web.watch(session_key), web.watch(session_key)
    before = web.memory_mb()
    try:
        greedy.send_frame(b"x" * 10_000_000)
        code = greedy.closing()
    except OSError:  # cut off while it was sending
        code = 1006

    assert code in (1009, 1006)
    assert web.memory_mb() - before < 5
    web.publish(sample_of(web.server, web.streams, tick=2))
    assert other.hear()["at"] == NOW + 2


def test_who_floods_is_closed_and_nobody_else_notices(web: Web) -> None:
    _, session_key = next(web.people)
    other, flooding = web.watch(session_key), web.open(session_key)
    for _ in range(100):
        flooding.say(type="watch")

    assert flooding.closing() == 4429
    web.publish(sample_of(web.server, web.streams, tick=3))
    assert other.hear()["at"] == NOW + 3


def test_what_another_process_revokes_closes_the_socket_within_ten_seconds(web: Web) -> None:
    """Signed out, expired, disabled, deleted, role lost: five sockets, all at once, behind the web server's back."""
    people = [next(web.people) for _ in range(5)]
    sockets = [web.watch(session_key) for _, session_key in people]
    (_, signed_out), (_, expired), (disabled, _), (changed, _), (demoted, _) = people
    started = time.monotonic()
    web.execute("DELETE FROM django_session WHERE session_key = ?", signed_out)
    web.execute("UPDATE django_session SET expire_date = '2020-01-01 00:00:00' WHERE session_key = ?", expired)
    web.execute("UPDATE auth_user SET is_active = 0 WHERE id = ?", disabled)
    web.execute("UPDATE auth_user SET password = 'md5$x$y' WHERE id = ?", changed)
    web.execute("DELETE FROM auth_user_groups WHERE user_id = ?", demoted)

    assert [browser.closing() for browser in sockets] == [4401, 4401, 4401, 4401, 4403]
    assert time.monotonic() - started < 10


def test_a_frame_of_ten_thousand_streams_arrives(web: Web) -> None:
    _, session_key = next(web.people)
    browser = web.watch(session_key)
    web.publish(sample_of(web.server, range(1, 10_001), tick=4))

    assert len(browser.hear()["groups"]["stream"]) == 20_000


def test_a_large_message_in_many_small_frames_is_answered(web: Web) -> None:
    """daphne lets it through, since its limit is ours for what we send as well; the socket does not."""
    _, session_key = next(web.people)
    greedy = web.watch(session_key)
    before = web.memory_mb()
    greedy.send_frame(b'"' + b"x" * 16_000, final=False)
    for _ in range(99):
        greedy.send_frame(b"x" * 16_000, opcode=0, final=False)
    greedy.send_frame(b'"', opcode=0)

    assert "larger than 16384 bytes" in greedy.hear()["detail"]
    assert web.memory_mb() - before < 10


def chat(browsers: list[RawWebSocket]) -> None:
    """Says something useless, as far as somebody still listens."""
    for browser in browsers:
        with contextlib.suppress(OSError):
            browser.say(type="seen", seq=0)


@pytest.mark.slow
def test_browsers_that_read_nothing_cost_little_and_are_let_go(web: Web) -> None:
    """Ten connections take 2 MB/s between them and read none of it; five of them chat, so that they seem alive."""
    _, session_key = next(web.people)
    healthy = web.watch(session_key)
    stuck = [web.watch(session_key, receive_buffer=4096) for _ in range(10)]
    wide = list(range(1, 2001))
    before, gaps, over = web.memory_mb(), [], threading.Event()

    def listen() -> None:
        while not over.is_set():
            frame = healthy.hear()
            healthy.say(type="seen", seq=frame["seq"])
            gaps.append(time.monotonic())

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    started, most = time.monotonic(), 0.0
    for tick in range(17 * 5):
        web.publish(sample_of(web.server, wide, tick=tick, groups=0))
        if tick % 10 == 0:
            chat(stuck[:5])
        most = max(most, web.memory_mb() - before)
        time.sleep(max(0.0, started + (tick + 1) * 0.2 - time.monotonic()))
    over.set()
    web.publish(alert_opened(1, web.server))
    listener.join(timeout=10)

    assert most < 50, f"{most:.0f} MB for ten that do not read"
    assert max(after - earlier for earlier, after in pairwise(gaps)) < 2
    assert {browser.closing() for browser in stuck} <= {4408, 1006}


def test_a_redeploy_closes_every_socket_with_the_code_of_a_restart(web: Web) -> None:
    """The last test of this file: it ends the web server."""
    _, session_key = next(web.people)
    browsers = [web.watch(session_key) for _ in range(5)]

    web.process.terminate()

    assert [browser.closing() for browser in browsers] == [1012] * 5
    web.process.wait(timeout=20)
