"""`manage.py up` as a newcomer's shell runs it: the whole tree of processes, its faults and its ends."""

import http.cookiejar
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from dashboard.management.embedded import EmbeddedServer
from tests.management.programs import Program, newcomers_environment, program, wait_until_gone
from tests.servers import Kind, free_port, running, wait_until

UP = [sys.executable, "manage.py", "up"]
READY = r"ready +(http://127\.0\.0\.1:\d+) — sign in as operator with the password (\S+)"
# The parts of this file share one start: one worker runs them.
pytestmark = pytest.mark.xdist_group("up")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sg-") as name:
        yield Path(name) / "vär #1+%"  # a folder may be called anything


@pytest.fixture(scope="module")
def environment(folder: Path) -> dict[str, str]:
    return newcomers_environment(VAR_DIR=str(folder), PORT=str(free_port()), LOG_LEVEL="WARNING")


@pytest.fixture(scope="module")
def up(environment: dict[str, str]) -> Iterator[Program]:
    """Everything, started once for this file."""
    with program(UP, environment) as running:
        running.wait_for(READY, timeout=120)
        yield running
        running.process.terminate()
        running.ends()  # killed by the last test, it has ended already


def descendants(pid: int) -> dict[int, str]:
    """Returns the processes that a process has started, with what they run."""
    listing = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in listing.splitlines()]
    return {int(number): command for number, parent, command in rows if int(parent) == pid}


def child_of(up: Program, words: str) -> int:
    return next(pid for pid, command in descendants(up.process.pid).items() if words in command)


def failed_start(**variables: str) -> str:
    """Returns the one line with which a start that cannot work ends, at once and with status 1."""
    with tempfile.TemporaryDirectory(prefix="sg-") as name:
        environ = newcomers_environment(**{"VAR_DIR": f"{name}/var", "PORT": str(free_port()), **variables})
        done = subprocess.run(
            [*UP], env={**environ, "LOG_LEVEL": "WARNING"}, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr.strip().removeprefix("CommandError: ")


def test_the_first_start_prints_one_line_a_step_and_ends_with_how_to_sign_in(up: Program) -> None:
    steps = [line.split()[0] for line in up.lines]
    assert steps[:6] == ["database", "operator", "static", "alerts", "watching", "valkey"]
    assert "ready" in steps


def test_the_printed_password_opens_the_pages(up: Program) -> None:
    url, password = up.wait_for(READY).groups()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    with browser.open(url) as page:  # it leads to the sign-in page
        form = page.read().decode()
        where = page.url
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    assert token

    fields = {"csrfmiddlewaretoken": token[1], "username": "operator", "password": password}
    with browser.open(where, data=urllib.parse.urlencode(fields).encode()) as page:
        assert urllib.parse.urlsplit(page.url).path == "/"
        assert page.status == 200


def test_the_demo_is_registered_sampled_and_alive(up: Program, folder: Path) -> None:
    with redis.Redis.from_url(EmbeddedServer(folder / "redis").address()) as client:
        wait_until(lambda: len(list(client.scan_iter(_type="stream"))) >= 5, "the demo's streams", timeout=20)


def test_every_process_of_the_tree_runs_once(up: Program) -> None:
    wanted = ("valkey-server", "manage.py run_sampler", "manage.py run_policies", "manage.py seed_demo", "-m daphne")

    def counts() -> list[int]:
        return [sum(words in command for command in descendants(up.process.pid).values()) for words in wanted]

    # A process that was started a moment ago may not be the program yet.
    wait_until(lambda: all(counts()), "each of the processes")
    assert counts() == [1, 1, 1, 1, 1]
    assert len(descendants(up.process.pid)) == 6  # server, sampler, notifier, policies, web, demo


def test_a_second_start_is_refused_and_disturbs_nothing(up: Program, folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(UP, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert f"already runs from {folder} (process {up.process.pid})" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert up.process.poll() is None


def test_a_killed_web_server_is_named_and_comes_back(up: Program) -> None:
    url = up.wait_for(READY)[1]
    subprocess.run(["kill", "-KILL", str(child_of(up, "-m daphne"))], check=True)
    up.wait_for("web was killed by SIGKILL; starting it again in 0.5 s")

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False

    wait_until(answers, "the web server", timeout=30)


def test_the_password_is_printed_again_by_a_command_of_its_own(up: Program, environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "operator_password"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert done.stdout == f"operator {up.wait_for(READY)[2]}\n"


def test_no_secret_stands_in_a_command_line(up: Program, folder: Path) -> None:
    password = up.wait_for(READY)[2]
    secrets = [password, *re.findall(r"KEY=(.+)", (folder / "env").read_text())]

    assert not [command for command in descendants(up.process.pid).values() for secret in secrets if secret in command]


def test_killed_and_started_again_it_leaves_no_orphan_and_has_lost_nothing(
    up: Program, folder: Path, environment: dict[str, str]
) -> None:
    """The last test of this file that uses `up`: it ends it. What starts again watches a server instead of the demo."""
    own = redis.Redis.from_url(EmbeddedServer(folder / "redis").address())
    own.xadd("kept", {"n": "1"}, id="7-7")
    processes = list(descendants(up.process.pid))
    up.process.kill()
    wait_until_gone(processes)

    with running(Kind.VALKEY_9, "--requirepass", "hush") as server:
        watch = server.url.replace("redis://", "redis://:hush@")
        with program(UP, {**environment, "WATCH": watch}) as again:
            assert again.wait_for(READY, timeout=120).groups() == up.wait_for(READY).groups()
            assert again.lines[0] == "database   is up to date"
            assert f"watching   {server.url}" in again.lines
            assert "hush" not in again.output
            assert own.xrange("kept", "7-7", "7-7")
            commands = descendants(again.process.pid)
            assert not [command for command in commands.values() if "seed_demo" in command or "hush" in command]

            again.process.send_signal(signal.SIGHUP)
            assert again.ends() == 0
            assert again.lines[-1] == "stopped"
            wait_until_gone(list(commands))
    own.close()


def test_a_wrong_password_is_one_line_without_it() -> None:
    with running(Kind.REDIS_7, "--requirepass", "right") as server:
        address = server.url.replace("redis://", "redis://:hush@")

        assert failed_start(WATCH=f"{server.url.replace('redis://', 'redis://:right@')},{address}") == (
            f"WATCH: cannot use {server.url}. It refuses this user name or password."
        )


def test_a_database_that_cannot_be_used_is_one_line() -> None:
    assert failed_start(DATABASE_URL="sqlite:////dev/null/none.sqlite3").startswith("The database cannot be used: ")


@pytest.mark.skipif(shutil.which("make") is None, reason="make is the other way in")
def test_make_lists_its_targets() -> None:
    listing = subprocess.run(["make"], capture_output=True, text=True, check=True).stdout
    targets = re.findall(r"^  make (\S+)", listing, flags=re.MULTILINE)

    assert {"help", "run", "test", "check", "lock", "bench", "screenshots", "password", "format"} <= set(targets)
