"""Every way that a server can fail ends in one state with one sentence, at once, and the next try starts clean."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import redis

from dashboard.core.sample import ProblemKind, ServerProblem, ServerState
from dashboard.core.target import Target, Topology, parse_address
from dashboard.redis_io.connect import connect, explain
from dashboard.redis_io.sweep import sweep
from tests.servers import Kind, RedisServer, free_port, running, wait_until


@pytest.fixture(scope="module", params=list(Kind), ids=str)
def own_server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """A server that a test may pause, kill or lock."""
    # Every version knows the threshold of BUSY by this name.
    with running(request.param, "--requirepass", "secret", "--appendonly", "yes", "--lua-time-limit", "100") as server:
        yield server


def to(server: RedisServer, credentials: str = ":secret@") -> redis.Redis:
    return connect(parse_address(f"redis://{credentials}127.0.0.1:{server.port}/0"))


def admin(server: RedisServer) -> redis.Redis:
    return server.client(password="secret")


def failure(client: redis.Redis, keys: tuple[bytes, ...] = (b"orders",)) -> ServerProblem:
    """What the next sweep fails with; an error here means that it did not fail."""
    with pytest.raises((redis.RedisError, OSError)) as caught:
        sweep(client, keys)
    problem = explain(caught.value)
    assert "secret" not in problem.detail
    assert "orders" not in problem.detail
    return problem


@pytest.mark.parametrize(
    ("credentials", "says"),
    [(":wrong@", "refuses this user name"), ("", "none was given"), ("ann:secret@", "refuses this user name")],
)
def test_wrong_credentials_are_denied_after_one_attempt(own_server: RedisServer, credentials: str, says: str) -> None:
    with admin(own_server) as root:
        root.acl_log_reset()
        with to(own_server, credentials) as client:
            problem = failure(client)
        refused = root.acl_log()

    assert problem.state is ServerState.DENIED
    assert says in problem.detail
    # One entry, seen once: a library that retries would be seen eleven times.
    assert [entry["count"] for entry in refused] == ([] if not credentials else [1])


def test_a_password_where_none_is_asked_for_is_named(valkey_server: RedisServer) -> None:
    with connect(parse_address(f"redis://:secret@127.0.0.1:{valkey_server.port}")) as client:
        problem = failure(client)

    assert problem == ServerProblem(
        ServerState.DENIED, "A password was given, but the server asks for none; leave the password empty."
    )


def test_a_port_where_nothing_listens_refuses_at_once() -> None:
    with connect(parse_address(f"redis://127.0.0.1:{free_port()}")) as client:
        began = time.monotonic()
        problem = failure(client)

    assert time.monotonic() - began < 0.5
    assert problem.state is ServerState.DOWN
    assert "refuses connections" in problem.detail


def test_a_name_that_nobody_knows_is_told_apart() -> None:
    with connect(parse_address("redis://no-such-host.invalid")) as client:
        assert failure(client) == ServerProblem(ServerState.DOWN, "Its host name cannot be resolved.")


def test_a_socket_file_that_is_not_there_is_told_apart() -> None:
    with connect(parse_address("unix:///nowhere/redis.sock")) as client:
        assert failure(client) == ServerProblem(ServerState.DOWN, "There is no socket file at this path.")


def test_a_database_that_is_not_there_is_told_apart(valkey_server: RedisServer) -> None:
    with connect(parse_address(f"redis://127.0.0.1:{valkey_server.port}/99")) as client:
        assert "no database of this number" in failure(client).detail


@contextlib.contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A port where something answers every command with the same bytes, or hangs up."""

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = listener.accept()
                with peer:
                    while peer.recv(4096) and answer:
                        peer.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", ServerState.DOWN, "does not speak the Redis protocol"),
        (b"", ServerState.DOWN, "closed the connection"),
        (b"-ERR max number of clients reached\r\n", ServerState.DOWN, "maximum number of clients"),
        (b"-LOADING Redis is loading the dataset in memory\r\n", ServerState.LOADING, "loading"),
        (b"-MASTERDOWN Link with MASTER is down\r\n", ServerState.DOWN, "lost its master"),
        (b"-CLUSTERDOWN The cluster is down\r\n", ServerState.DOWN, "cluster is down"),
        (b"-BUSY Redis is busy running a script.\r\n", ServerState.BUSY, "script"),
        (b"-MOVED 3999 127.0.0.1:6381\r\n", ServerState.DOWN, "node of a cluster"),
        (b"-WEIRD secret orders\r\n", ServerState.DOWN, "WEIRD"),
    ],
)
def test_answers_of_a_troubled_server_are_put_into_words(answer: bytes, state: ServerState, says: str) -> None:
    with answering(answer) as port, connect(parse_address(f"redis://127.0.0.1:{port}")) as client:
        problem = failure(client)

    assert problem.state is state
    assert says in problem.detail


def test_a_paused_server_costs_one_time_limit_and_comes_back(own_server: RedisServer) -> None:
    with to(own_server) as client:
        sweep(client, [b"orders"])
        own_server.pause()
        try:
            began = time.monotonic()
            problem = failure(client)
            took = time.monotonic() - began
        finally:
            own_server.resume()

        assert problem == ServerProblem(ServerState.DOWN, "It did not answer within the time limit.")
        assert 0.9 < took < 1.6
        assert b"orders" in sweep(client, [b"orders"]).problems


def test_a_restarted_server_is_read_by_the_same_client(own_server: RedisServer) -> None:
    with admin(own_server) as root, to(own_server) as client:
        root.xadd("orders", {"a": 1})
        assert b"orders" in sweep(client, [b"orders"]).streams
        own_server.kill()
        assert failure(client).state is ServerState.DOWN
        own_server.start()

        wait_until(lambda: not problem_of(client), "the dataset")
        assert b"orders" in sweep(client, [b"orders"]).streams


def problem_of(client: redis.Redis) -> ServerProblem | None:
    try:
        sweep(client, [b"orders"])
    except redis.RedisError as error:
        return explain(error)
    return None


def test_a_restart_between_two_sweeps_is_no_failure_but_is_noticed(own_server: RedisServer) -> None:
    with to(own_server) as client:
        sweep(client, [b"orders"])
        assert not sweep(client, [b"orders"]).reconnected
        own_server.kill()
        own_server.start()
        with admin(own_server) as root:
            wait_until(lambda: not loading(root), "the dataset")

        assert sweep(client, [b"orders"]).reconnected
        assert not sweep(client, [b"orders"]).reconnected


def loading(root: redis.Redis) -> bool:
    try:
        return not root.ping()
    except redis.BusyLoadingError:
        return True


def test_a_server_that_loads_its_data_is_loading_and_not_down() -> None:
    slowly = ("--key-load-delay", "10000", "--loading-process-events-interval-bytes", "1024")
    with running(Kind.VALKEY_9, *slowly) as server:
        with server.client() as root:
            for number in range(100):
                root.xadd(f"orders:{number}", {"a": "x" * 200})
            root.save()
        server.kill()
        server.start()

        with connect(parse_address(server.url)) as client:
            assert failure(client) == ServerProblem(ServerState.LOADING, "It is loading its dataset into memory.")
            wait_until(lambda: problem_of(client) is None, "the dataset")


def test_a_script_that_never_ends_makes_the_server_busy(own_server: RedisServer) -> None:
    def spin() -> None:
        with own_server.client(password="secret", socket_timeout=20) as client, contextlib.suppress(redis.RedisError):
            client.eval("while true do end", 0)

    with to(own_server) as client, admin(own_server) as root:
        sweep(client, [b"orders"])
        thread = threading.Thread(target=spin)
        thread.start()
        try:
            wait_until(lambda: is_busy(client), "BUSY")
            assert failure(client).state is ServerState.BUSY
        finally:
            root.script_kill()
            thread.join()
        assert problem_of(client) is None


def is_busy(client: redis.Redis) -> bool:
    problem = problem_of(client)
    return problem is not None and problem.state is ServerState.BUSY


@pytest.fixture
def narrow(own_server: RedisServer) -> Iterator[Callable[..., redis.Redis]]:
    """Makes clients of users with just these ACL rules."""
    with contextlib.ExitStack() as stack, admin(own_server) as root:

        def client(*rules: str) -> redis.Redis:
            root.execute_command("ACL", "SETUSER", "ann", "reset", "on", ">secret", *rules)
            root.flushall()
            found: redis.Redis = stack.enter_context(to(own_server, "ann:secret@"))
            return found

        yield client


def test_a_user_who_may_not_read_xinfo_has_denied_streams(
    narrow: Callable[..., redis.Redis], own_server: RedisServer
) -> None:
    client = narrow("~*", "+time")
    taken = sweep(client, [b"orders"])

    assert taken.problems[b"orders"].kind is ProblemKind.DENIED
    assert "XINFO" in taken.problems[b"orders"].detail


def test_a_user_of_some_keys_reads_those(narrow: Callable[..., redis.Redis], own_server: RedisServer) -> None:
    client = narrow("~orders*", "+time", "+xinfo")
    with admin(own_server) as root:
        root.xadd("orders", {"a": 1})
        root.xadd("mail", {"a": 1})

    taken = sweep(client, [b"mail", b"orders"])

    assert list(taken.streams) == [b"orders"]
    assert taken.problems[b"mail"].kind is ProblemKind.DENIED
    assert "this key" in taken.problems[b"mail"].detail


def test_a_user_who_may_not_ask_the_time_is_denied_by_name(narrow: Callable[..., redis.Redis]) -> None:
    problem = failure(narrow("~*", "+xinfo"))

    assert problem.state is ServerState.DENIED
    assert "TIME" in problem.detail


def test_a_user_who_may_not_look_entries_up_is_asked_once(
    narrow: Callable[..., redis.Redis], own_server: RedisServer
) -> None:
    client = narrow("~*", "+time", "+xinfo")
    with admin(own_server) as root:
        now = root.time()[0] * 1000
        for age in (9000, 8000, 0):
            root.xadd("orders", {"a": 1}, id=f"{now - age}-0")
        root.xgroup_create("orders", "billing", f"{now - 9000}-0")
        root.acl_log_reset()

        taken = [sweep(client, [b"orders"]) for _ in range(4)]

        assert all(b"orders" in one.streams and not one.first_undelivered for one in taken)
        denied = [entry for entry in root.acl_log() if entry["object"] == "xrange"]
        assert [entry["count"] for entry in denied] == [1]


def test_a_deleted_user_is_denied_on_the_same_client(
    narrow: Callable[..., redis.Redis], own_server: RedisServer
) -> None:
    client = narrow("~*", "+time", "+xinfo")
    sweep(client, [b"orders"])
    with admin(own_server) as root:
        root.acl_deluser("ann")

    with contextlib.suppress(redis.ConnectionError):
        sweep(client, [b"orders"])
    assert failure(client).state is ServerState.DENIED


def test_the_connection_bears_our_name_and_does_without_where_that_is_denied(
    narrow: Callable[..., redis.Redis], own_server: RedisServer
) -> None:
    with admin(own_server) as root, to(own_server) as named:
        named.ping()
        names = {client["name"] for client in root.client_list()}
    nameless = narrow("~*", "+ping")

    assert "streamgauge" in names
    assert nameless.ping() is True


@pytest.mark.parametrize("topology", [Topology.SENTINEL, Topology.CLUSTER])
def test_a_deployment_of_several_nodes_is_no_one_connection(topology: Topology) -> None:
    with pytest.raises(ValueError, match="several nodes"):
        connect(Target(scheme="redis", host="127.0.0.1", topology=topology))
