"""Every number of a stream against brute force, on all servers, whatever clients and operators do to it."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.proofs.machine import machine_on
from tests.proofs.watching import Watching
from tests.proofs.wire import Wire
from tests.servers import Kind, RedisServer, running

#: PROOFS_EXAMPLES=2000 takes a longer, random run; without it the suite tries the same histories each time.
EXAMPLES = int(os.environ.get("PROOFS_EXAMPLES", "0"))
SETTINGS = settings(
    max_examples=EXAMPLES or 30,
    stateful_step_count=40,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module", params=list(Kind), ids=str)
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    with running(request.param) as started:
        yield started


def test_every_number_is_what_counting_gives_or_says_what_it_is(server: RedisServer) -> None:
    wire, watching = Wire(server), Watching(server)
    machine = machine_on(wire, watching)

    run_state_machine_as_test(machine, settings=SETTINGS)

    assert machine.tally.after.total() > 100
    watching.close()
    wire.close()
