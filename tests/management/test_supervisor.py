"""The supervisor, over real processes and every way of dying."""

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator

import pytest

from dashboard.management.supervisor import TETHER, Backoff, describe_exit, printable
from tests.management.programs import Program, is_running, program, wait_until_gone
from tests.servers import wait_until

WAITS = 'echo "pid $$"; exec sleep 60'
STUBBORN = 'trap "" TERM; echo "pid $$"; while :; do sleep 0.1; done'
TETHERS = ["pipe", *(["signal"] if sys.platform == "linux" else [])]


@contextlib.contextmanager
def tree(tether: str = TETHER, **commands: str) -> Iterator[Program]:
    argv = [sys.executable, "-m", "tests.management.tree", tether, json.dumps(commands)]
    with program(argv) as supervisor:
        supervisor.wait_for("started")
        yield supervisor


def test_a_child_that_dies_is_named_and_started_again() -> None:
    with tree(sampler=WAITS) as supervisor:
        (first,) = supervisor.wait_for_pids(1)
        os.kill(first, signal.SIGKILL)

        first, second = supervisor.wait_for_pids(2)

        supervisor.wait_for(
            r"^sampler was killed by SIGKILL; starting it again in 0.05 s$|\nsampler was killed by SIGKILL"
        )
        assert is_running(second)


def test_the_pause_grows_while_a_child_keeps_dying() -> None:
    with tree(web="exit 3") as supervisor:
        supervisor.wait_for("0.4 s\n.*0.4 s")

        pauses = [line.split()[-2] for line in supervisor.lines if line.startswith("web ended with status 3")]
        assert pauses[:5] == ["0.05", "0.1", "0.2", "0.4", "0.4"]


@pytest.mark.parametrize(
    ("previous", "ran_for", "pause"),
    [(None, 0.1, 1.0), (1.0, 0.1, 2.0), (8.0, 0.1, 10.0), (10.0, 59.9, 10.0), (10.0, 60.0, 1.0)],
    ids=["first death", "second death", "never above the longest", "not yet well", "well again"],
)
def test_a_pause_is_doubled_until_the_child_runs_well(previous: float | None, ran_for: float, pause: float) -> None:
    assert Backoff(first=1.0, longest=10.0, well_after=60.0).pause(previous, ran_for=ran_for) == pause


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_asked_stop_ends_every_child_and_succeeds(number: signal.Signals) -> None:
    with tree(web=WAITS, sampler=WAITS) as supervisor:
        pids = supervisor.wait_for_pids(2)
        supervisor.process.send_signal(number)

        assert supervisor.ends() == 0
        assert not any(map(is_running, pids))
        assert supervisor.lines[-1] == "stopped"


@pytest.mark.parametrize("tether", TETHERS)
def test_killing_the_supervisor_leaves_no_orphan(tether: str) -> None:
    with tree(tether, web=WAITS, stubborn=STUBBORN) as supervisor:
        pids = supervisor.wait_for_pids(2)
        supervisor.process.kill()

        wait_until_gone(pids)


@pytest.mark.parametrize("tether", TETHERS)
def test_children_die_in_silence_with_either_tether(tether: str) -> None:
    with tree(tether, web=WAITS) as supervisor:
        pids = supervisor.wait_for_pids(1)
        supervisor.process.terminate()

        assert supervisor.ends() == 0
        wait_until_gone(pids)
        assert "again" not in supervisor.output


def test_a_child_that_ignores_sigterm_is_killed_after_the_grace() -> None:
    with tree(web=STUBBORN) as supervisor:
        pids = supervisor.wait_for_pids(1)
        supervisor.process.terminate()

        assert supervisor.ends() == 0
        assert not any(map(is_running, pids))


def test_what_a_child_started_ends_with_it() -> None:
    with tree(web=f"sh -c '{WAITS}' & {WAITS}") as supervisor:
        pids = supervisor.wait_for_pids(2)
        supervisor.process.terminate()

        assert supervisor.ends() == 0
        wait_until_gone(pids)


def test_what_a_dead_child_started_does_not_stay() -> None:
    with tree(web=f"sh -c '{WAITS}' & sleep 0.3") as supervisor:
        pids = supervisor.wait_for_pids(2)

        wait_until_gone(pids[:1])


def test_the_server_that_others_need_stops_last() -> None:
    slow = 'trap "echo slow ends; exit" TERM; echo "pid $$"; while :; do sleep 0.05; done'
    last = 'trap "echo last ends; exit" TERM; echo "pid $$"; while :; do sleep 0.05; done'
    with tree(last=last, slow=slow) as supervisor:
        supervisor.wait_for_pids(2)
        supervisor.process.terminate()

        assert supervisor.ends() == 0
        said = [line for line in supervisor.lines if line.endswith("ends")]
        assert said == ["slow     | slow ends", "last     | last ends"]


def test_nohup_keeps_it_running_when_the_terminal_closes() -> None:
    argv = [sys.executable, "-m", "tests.management.tree", TETHER, json.dumps({"web": WAITS})]
    with program(["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *argv]) as supervisor:
        (pid,) = supervisor.wait_for_pids(1)
        supervisor.process.send_signal(signal.SIGHUP)
        os.kill(pid, signal.SIGKILL)  # it goes on supervising

        supervisor.wait_for_pids(2)
        supervisor.process.terminate()
        assert supervisor.ends() == 0


def test_a_program_that_does_not_exist_is_named_without_a_traceback() -> None:
    with tree(web="exec /nonexistent/program") as supervisor:
        supervisor.wait_for("web ended with status 127")

        assert "Traceback" not in supervisor.output


def test_a_second_ctrl_c_ends_the_patience() -> None:
    with tree(web=STUBBORN) as supervisor:
        pids = supervisor.wait_for_pids(1)
        supervisor.process.send_signal(signal.SIGINT)
        supervisor.wait_for("stopping")
        supervisor.process.send_signal(signal.SIGINT)

        wait_until(lambda: not is_running(pids[0]), "the stubborn child's end", timeout=0.9)
        assert supervisor.ends() == 0


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b"plain\r\n", "plain"),
        ("£ ≥ ü".encode(), "£ ≥ ü"),
        (b"\x1b[2Jgone", r"\x1b[2Jgone"),
        (b"caf\xe9\x00", r"caf\xe9\x00"),
        ("\u202eleft".encode(), r"\u202eleft"),
    ],
    ids=["line end", "utf-8", "escape sequence", "not utf-8", "direction"],
)
def test_a_line_of_output_cannot_steer_the_terminal(line: bytes, shown: str) -> None:
    assert printable(line) == shown


def test_output_without_line_ends_is_shown_in_pieces_and_costs_no_memory() -> None:
    with tree(web="head -c 3000000 /dev/zero | tr '\\0' x; sleep 60") as supervisor:
        supervisor.wait_for(r"web      \| x{4096}")

        assert max(map(len, supervisor.lines)) < 5000


@pytest.mark.parametrize(
    ("status", "words"),
    [(0, "ended with status 0"), (-9, "was killed by SIGKILL"), (-250, "was killed by signal 250")],
)
def test_an_exit_status_is_put_into_words(status: int, words: str) -> None:
    assert describe_exit(status) == words
