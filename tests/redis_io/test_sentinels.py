"""Whom the Sentinels name, and what they say when something is wrong."""

import contextlib
import time

import msgspec
import pytest

from dashboard.core.sample import ServerState
from dashboard.core.target import Target, parse_address
from dashboard.redis_io.connect import explain
from dashboard.redis_io.faults import Explained
from dashboard.redis_io.roles import Role, read_standing
from dashboard.redis_io.sentinels import Advice, Sentinels
from tests.deployments import MASTER, Watched
from tests.servers import RedisServer, free_port


def ask(target: Target) -> Advice:
    with contextlib.closing(Sentinels(target)) as sentinels:
        return sentinels.ask()


def refusal(address: str) -> Explained:
    with pytest.raises(Explained) as caught:
        ask(parse_address(address))
    return caught.value


def test_they_name_the_master_and_its_replicas_and_say_how_many_they_are(shared_watched: Watched) -> None:
    advice = ask(parse_address(shared_watched.url))

    assert advice.word.master == ("127.0.0.1", shared_watched.master.port)
    assert [(replica.seed[1], replica.in_step, replica.failed) for replica in advice.word.replicas] == [
        (shared_watched.replicas[0].port, True, False)
    ]
    deployment = advice.deployment
    assert (deployment.sentinels, deployment.sentinels_answering, deployment.quorum) == (3, 3, 2)
    assert deployment.has_quorum is True
    assert deployment.trouble == ""


def test_nodes_say_what_they_are_also_to_a_user_who_may_not_ask_for_the_role(shared_watched: Watched) -> None:
    master, replica = shared_watched.master, shared_watched.replicas[0]
    for node, role, in_step in ((master, Role.MASTER, None), (replica, Role.REPLICA, True)):
        with node.client(protocol=2) as client:
            assert read_standing(client).role is role
            assert read_standing(client).in_step is in_step
            client.execute_command("ACL", "SETUSER", "narrow", "on", "nopass", "+@all", "-role")
        with node.client(protocol=2, username="narrow", password="") as client:
            assert read_standing(client).role is role
            assert read_standing(client).in_step is None


def test_a_sentinel_that_is_dead_is_passed_over(shared_watched: Watched) -> None:
    address = shared_watched.url.replace("//", f"//127.0.0.1:{free_port()},")

    assert ask(parse_address(address)).answering == 3


def test_a_sentinel_that_hangs_costs_a_moment_once(shared_watched: Watched) -> None:
    shared_watched.sentinels[0].pause()
    try:
        with contextlib.closing(Sentinels(parse_address(shared_watched.url))) as sentinels:
            assert sentinels.ask().answering == 2
            began = time.monotonic()
            assert [sentinels.ask().answering for _ in range(5)] == [2] * 5
            assert time.monotonic() - began < 1.0
    finally:
        shared_watched.sentinels[0].resume()


def test_a_name_that_they_do_not_know_is_told_with_those_that_they_do(shared_watched: Watched) -> None:
    error = refusal(shared_watched.url.replace(f"/{MASTER}/", "/billing/"))

    assert error.problem.state is ServerState.DOWN
    assert error.problem.detail == f"The Sentinels know no master called billing. They watch {MASTER}."


def test_what_is_no_sentinel_is_said_to_be_none(valkey_server: RedisServer) -> None:
    error = refusal(f"redis+sentinel://127.0.0.1:{valkey_server.port}/{MASTER}")

    assert error.problem.detail == "What answers there is no Sentinel: redis:// watches a single server."


def test_that_no_sentinel_answers_is_told_with_the_reason_of_one() -> None:
    ports = free_port(), free_port()
    one = refusal(f"redis+sentinel://127.0.0.1:{ports[0]}/{MASTER}")
    both = refusal(f"redis+sentinel://127.0.0.1:{ports[0]},127.0.0.1:{ports[1]}/{MASTER}")

    why = f"127.0.0.1:{ports[0]}: It refuses connections: nothing listens at this address."
    assert one.problem.detail == f"No Sentinel answers. {why}"
    assert both.problem.detail.startswith("None of the 2 Sentinels answers. 127.0.0.1:")
    assert explain(both).state is ServerState.DOWN


def test_sentinels_have_credentials_of_their_own(shared_watched: Watched) -> None:
    sentinel = shared_watched.sentinels[0]
    sentinel.ask_plainly("ACL", "SETUSER", "asker", "on", ">secret", "+@all")
    target = parse_address(f"redis+sentinel://127.0.0.1:{sentinel.port}/{MASTER}")
    wrong, right = (
        msgspec.structs.replace(target, sentinel_username="asker", sentinel_password=word) for word in ("?", "secret")
    )

    assert ask(right).answering == 1
    with pytest.raises(Explained) as caught:
        ask(wrong)
    assert caught.value.problem.state is ServerState.DENIED
    assert "refuses this user name or password" in caught.value.problem.detail
