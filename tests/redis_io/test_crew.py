"""Several nodes at once: who hangs holds up nobody."""

import threading
import time

from dashboard.redis_io.crew import Crew


def test_everybody_is_heard_in_one_round() -> None:
    crew: Crew[str, int] = Crew("test")

    assert crew.round({"a": lambda: 1, "b": lambda: 2}, grace_s=5) == {"a": 1, "b": 2}
    assert crew.round({"a": lambda: 3}, grace_s=5) == {"a": 3}


def test_a_failure_is_an_outcome_of_its_own() -> None:
    crew: Crew[str, int] = Crew("test")

    outcomes = crew.round({"a": lambda: 1, "b": lambda: 1 // 0}, grace_s=5)

    assert outcomes["a"] == 1
    assert isinstance(outcomes["b"], ZeroDivisionError)


def test_who_is_late_is_heard_later_and_not_asked_twice() -> None:
    crew: Crew[str, int] = Crew("test")
    go_on = threading.Event()
    calls = []

    def late() -> int:
        calls.append(1)
        go_on.wait(10)
        return 2

    assert crew.round({"a": lambda: 1, "b": late}, grace_s=0.05) == {"a": 1}
    assert crew.busy("b")
    began = time.monotonic()
    assert crew.round({"a": lambda: 1, "b": late}, grace_s=5) == {"a": 1}
    assert time.monotonic() - began < 2  # b was not waited for
    go_on.set()
    while crew.busy("b"):
        if outcomes := crew.round({}, grace_s=0):
            assert outcomes == {"b": 2}
    assert len(calls) == 1


def test_who_failed_last_time_is_not_waited_for_unless_there_is_nobody_else() -> None:
    crew: Crew[str, int] = Crew("test")
    go_on = threading.Event()

    def hang() -> int:
        go_on.wait(10)
        raise TimeoutError

    def fail() -> int:
        raise TimeoutError

    crew.round({"a": lambda: 1, "b": fail}, grace_s=5)
    began = time.monotonic()
    assert crew.round({"a": lambda: 1, "b": hang}, grace_s=5) == {"a": 1}
    assert time.monotonic() - began < 2
    go_on.set()
    assert isinstance(crew.round({}, grace_s=5)["b"], TimeoutError)
    assert crew.round({"b": lambda: 2}, grace_s=5) == {"b": 2}


def test_a_member_that_is_dismissed_puts_its_things_away_when_it_is_done() -> None:
    crew: Crew[str, int] = Crew("test")
    go_on, away = threading.Event(), threading.Event()

    def hang() -> int:
        go_on.wait(10)
        return 1

    crew.round({"a": lambda: 1, "b": hang}, grace_s=0)
    crew.dismiss(["a", "b", "never there"], lambda key: away.set() if key == "b" else None)

    assert not crew.busy("b")
    assert not away.is_set()
    go_on.set()
    assert away.wait(10)
