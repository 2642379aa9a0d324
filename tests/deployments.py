"""Real clusters and Sentinel deployments for the tests, made without redis-cli, ended with the tests."""

import contextlib
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TypeVar, cast

import pytest
import redis
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from tests.certificates import Papers
from tests.servers import Kind, Process, RedisServer, binary, free_port, wait_until

_AT_ONCE = (
    "--repl-diskless-sync-delay",
    "0",
    "--repl-ping-replica-period",
    "1",
)  # replicas get their data, and news, soon
_CLUSTERED = (
    *("--cluster-enabled", "yes", "--cluster-node-timeout", "500", *_AT_ONCE),
    *("--cluster-replica-validity-factor", "0"),  # else one that was cut off for a while does not stand for election
)
_TLS_AMONG_NODES = ("--tls-replication", "yes")
_BUS = 10_000  # from a node's port to the one that nodes talk to each other on


class Cluster:
    """Masters with all slots between them in equal ranges, and a replica for each of the masters that `replicas` names.

    A node is given up by the others after half a second. `nodes` are the masters as they were at the start. With `papers`
    nodes speak TLS with us and each other; their other port is for the test itself.
    """

    def __init__(
        self,
        kind: Kind,
        *,
        masters: int = 3,
        replicas: Sequence[int] = (),
        options: Sequence[str] = (),
        papers: Papers | None = None,
    ) -> None:
        self.kind = kind
        self._options = options
        self._papers = papers
        self._secure_ports: dict[int, int] = {}
        with contextlib.ExitStack() as started:
            self.nodes = [self._node(started) for _ in range(masters)]
            self.replicas = {master: self._node(started) for master in replicas}
            self.all = [*self.nodes, *self.replicas.values()]
            self._join()
            self._started = started.pop_all()

    @property
    def url(self) -> str:
        """The address that names every node."""
        return self.url_by("127.0.0.1")

    def url_by(self, host: str) -> str:
        """The same, with another name for this machine."""
        scheme = "rediss+cluster" if self._papers else "redis+cluster"
        return f"{scheme}://" + ",".join(f"{host}:{self.port(node)}" for node in self.all)

    def port(self, node: RedisServer) -> int:
        """Where nodes and we talk to this one."""
        return self._secure_ports.get(node.port, node.port)

    def _node(self, started: contextlib.ExitStack) -> RedisServer:
        options, port = [*_CLUSTERED, *self._options], _port_with_bus()
        if self._papers:
            secure = self._secure_ports[port] = _port_with_bus()
            options += [*self._papers.options(secure), *_TLS_AMONG_NODES, "--tls-cluster", "yes"]
        return _started(started, RedisServer(self.kind, *options, port=port))

    def _join(self) -> None:
        for number, node in enumerate(self.nodes):
            first, last = self._range(number)
            with node.client() as client:
                client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
                client.execute_command("CLUSTER", "ADDSLOTS", *range(first, last + 1))
        with self.all[0].client() as client:
            for node in self.all[1:]:
                client.execute_command("CLUSTER", "MEET", "127.0.0.1", self.port(node))
        wait_until(lambda: all(self.known(node) == len(self.all) for node in self.all), "nodes that know each other")
        for master, replica in self.replicas.items():
            with replica.client() as client:
                client.execute_command("CLUSTER", "REPLICATE", self.node_id(self.nodes[master]))
        wait_until(self.ready, "a cluster that serves all slots", timeout=20)

    def _range(self, number: int) -> tuple[int, int]:
        ends = [REDIS_CLUSTER_HASH_SLOTS * at // len(self.nodes) for at in range(len(self.nodes) + 1)]
        return ends[number], ends[number + 1] - 1

    def known(self, node: RedisServer) -> int:
        """How many nodes this one has shaken hands with, itself among them."""
        with node.client() as client:
            text = cast(bytes, client.execute_command("CLUSTER", "NODES")).decode()
        return sum("handshake" not in line for line in text.splitlines())

    def node_id(self, node: RedisServer) -> str:
        """What the cluster calls the node."""
        with node.client() as client:
            return cast(bytes, client.execute_command("CLUSTER", "MYID")).decode()

    def info(self, node: RedisServer) -> dict[str, str]:
        """CLUSTER INFO as this node sees it."""
        with node.client() as client:
            lines = cast(bytes, client.execute_command("CLUSTER", "INFO")).decode().splitlines()
        return dict(line.split(":", 1) for line in lines)

    def ready(self) -> bool:
        """Every node says that the cluster is well and lists all others, and every replica has its master's data."""
        well = all(self.info(node)["cluster_state"] == "ok" for node in self.all)
        return well and all(map(in_step, self.replicas.values())) and all(map(self._lists_all, self.all))

    def _lists_all(self, node: RedisServer) -> bool:
        with node.client(protocol=2) as client:
            client.response_callbacks.clear()
            rows = cast(list[list[list[object]]], client.execute_command("CLUSTER", "SLOTS"))
        return {listed[1] for row in rows for listed in row[2:]} == {node.port for node in self.all}

    def keys_at(self, number: int, how_many: int = 1) -> list[bytes]:
        """Keys that belong to a slot of this master, as it was at the start; each in a slot of its own."""
        first, last = self._range(number)
        found: dict[int, bytes] = {}
        for name in count():
            key = b"s%d" % name
            if first <= key_slot(key) <= last:
                found.setdefault(key_slot(key), key)
            if len(found) == how_many:
                return list(found.values())
        raise AssertionError

    def move(self, key: bytes, source: RedisServer, target: RedisServer) -> None:
        """Moves the key's slot with all keys in it, step by step, as resharding tools do."""
        self.begin_move(key, source, target)
        self.end_move(key, source, target)

    def begin_move(self, key: bytes, source: RedisServer, target: RedisServer) -> None:
        """The keys are at the target, and the slot still belongs to the source, which answers ASK."""
        slot = key_slot(key)
        with source.client() as old, target.client() as new:
            new.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", self.node_id(source))
            old.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", self.node_id(target))
            keys = cast(list[bytes], old.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 1000))
            old.execute_command("MIGRATE", "127.0.0.1", self.port(target), "", 0, 5000, "KEYS", *keys)

    def end_move(self, key: bytes, source: RedisServer, target: RedisServer) -> None:
        """Gives the slot to the target."""
        for node in (target, source, *(other for other in self.nodes if other not in (source, target))):
            with node.client() as client, contextlib.suppress(OSError, redis.ConnectionError):
                client.execute_command("CLUSTER", "SETSLOT", key_slot(key), "NODE", self.node_id(target))

    def close(self) -> None:
        """Ends every node."""
        self._started.close()


_Started = TypeVar("_Started", RedisServer, "Sentinel")


def _started(started: contextlib.ExitStack, process: _Started) -> _Started:
    """The process, which ends with the others."""
    started.callback(process.close)
    return process


def in_step(replica: RedisServer) -> bool:
    """A replica's link to its master is up."""
    with replica.client() as client:
        return bool(client.info("replication").get("master_link_status") == "up")


def _is_master(server: RedisServer) -> bool:
    with server.client() as client:
        return bool(client.info("replication").get("role") == "master")


def _port_with_bus() -> int:
    """A free port whose bus port exists and is free too. (Redis 6.2 cannot be told another one.)"""
    while True:
        port = free_port()
        with socket.socket() as probe, contextlib.suppress(OSError, OverflowError):
            probe.bind(("127.0.0.1", port + _BUS))
            return port


MASTER = "orders"


class Sentinel(Process):
    """One Sentinel, run from the server's program. With `papers` it speaks TLS on `secure_port`, and with the others."""

    def __init__(
        self, kind: Kind, monitored: str, *, quorum: int = 2, papers: Papers | None = None, lines: Sequence[str] = ()
    ) -> None:
        self.kind = kind
        self.port = free_port()
        self.secure_port = free_port() if papers else 0
        self.folder = Path(tempfile.mkdtemp(prefix="sg-"))
        secure = {**papers.settings(self.secure_port), "tls-replication": "yes"} if papers else {}
        lines = [
            f"port {self.port}",
            "bind 127.0.0.1",
            f"dir {self.folder}",
            *(f"{name} {value}" for name, value in secure.items()),
            *lines,
            f"sentinel monitor {MASTER} {monitored} {quorum}",
            f"sentinel down-after-milliseconds {MASTER} 1000",
            f"sentinel failover-timeout {MASTER} 2000",
        ]
        (self.folder / "sentinel.conf").write_text("\n".join(lines) + "\n")
        self.start()

    def start(self) -> None:
        """Starts it, again after `kill` too."""
        with (self.folder / "log").open("ab") as log:
            # The Debian program looks at its own name to know what it is; the others take --sentinel.
            self.process = subprocess.Popen(
                ["redis-sentinel", str(self.folder / "sentinel.conf"), "--sentinel"],
                executable=binary(self.kind),
                stdout=log,
                stderr=log,
            )
        wait_until(self._answers, f"a Sentinel on port {self.port}")

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"Sentinel ended: {(self.folder / 'log').read_text()[-2000:]}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def ask(self, *command: str) -> object:
        """What it answers to a SENTINEL command."""
        return self.ask_plainly("SENTINEL", *command)

    def ask_plainly(self, *command: str) -> object:
        """What it answers to any command."""
        with redis.Redis(port=self.port, socket_timeout=5, protocol=2, driver_info=None) as client:
            client.response_callbacks.clear()
            return client.execute_command(*command)


class Watched:
    """A master, a replica and three Sentinels that fail over after a second of silence.

    With `papers` nodes speak TLS on their `secure_ports`, and Sentinels with `sentinel_papers`, or the same.
    """

    def __init__(
        self,
        kind: Kind,
        *,
        replicas: int = 1,
        options: Sequence[str] = (),
        papers: Papers | None = None,
        sentinel_papers: Papers | None = None,
        sentinel_lines: Sequence[str] = (),
        host: str = "127.0.0.1",
    ) -> None:
        self.kind = kind
        self._papers = papers
        self._host = host
        self.secure_ports: dict[int, int] = {}
        with contextlib.ExitStack() as started:
            self.master = self._node(started, *options)
            replica_of = ("--replicaof", host, str(self._reached_at(self.master)))
            self.replicas = [self._node(started, *replica_of, *options) for _ in range(replicas)]
            wait_until(lambda: all(map(in_step, self.replicas)), "replicas in step")
            monitor, its_papers = f"{host} {self._reached_at(self.master)}", sentinel_papers or papers
            self.sentinels = [
                _started(started, Sentinel(kind, monitor, papers=its_papers, lines=sentinel_lines)) for _ in range(3)
            ]
            self._introduce()
            self._started = started.pop_all()

    def _node(self, started: contextlib.ExitStack, *options: str) -> RedisServer:
        port, secure = free_port(), []
        if self._papers:
            self.secure_ports[port] = free_port()
            secure = [*self._papers.options(self.secure_ports[port]), *_TLS_AMONG_NODES]
        return _started(started, RedisServer(self.kind, *_AT_ONCE, *secure, *options, port=port))

    def _reached_at(self, server: RedisServer) -> int:
        return self.secure_ports.get(server.port, server.port)

    def _introduce(self) -> None:
        """Lets the Sentinels find each other, from 7.0 on faster than they would by themselves."""
        for period in ("100", "2000"):
            for sentinel in self.sentinels:
                with contextlib.suppress(redis.ResponseError):
                    sentinel.ask("DEBUG", "publish-period", period, "info-period", str(5 * int(period)))
            wait_until(self.ready, "Sentinels that know each other and the replicas", timeout=20)

    @property
    def url(self) -> str:
        """The address that names every Sentinel."""
        hosts = ",".join(f"{self._host}:{sentinel.secure_port or sentinel.port}" for sentinel in self.sentinels)
        return f"{'rediss' if self._papers else 'redis'}+sentinel://{hosts}/{MASTER}/0"

    def ready(self) -> bool:
        """Each Sentinel knows the other two, and every replica."""
        for sentinel in self.sentinels:
            told = cast(list[bytes], sentinel.ask("MASTER", MASTER))
            facts = dict(zip(told[::2], told[1::2], strict=True))
            if facts[b"num-other-sentinels"] != b"2" or facts[b"num-slaves"] != b"%d" % len(self.replicas):
                return False
        return True

    def wait_for_failover(self) -> RedisServer:
        """The replica that all Sentinels name by now, as it is the master itself."""
        new = self.replicas[0]
        wait_until(lambda: self._all_name(new) and _is_master(new), "a failover", timeout=20)
        return new

    def _all_name(self, server: RedisServer) -> bool:
        named = [cast(list[bytes], s.ask("GET-MASTER-ADDR-BY-NAME", MASTER))[1] for s in self.sentinels]
        return set(named) == {b"%d" % self._reached_at(server)}

    def close(self) -> None:
        """Ends everything."""
        self._started.close()


@contextlib.contextmanager
def cluster(
    kind: Kind,
    *,
    masters: int = 3,
    replicas: Sequence[int] = (),
    options: Sequence[str] = (),
    papers: Papers | None = None,
) -> Iterator[Cluster]:
    """A cluster for the length of a with block."""
    made = Cluster(kind, masters=masters, replicas=replicas, options=options, papers=papers)
    try:
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def watched(
    kind: Kind,
    *,
    replicas: int = 1,
    options: Sequence[str] = (),
    papers: Papers | None = None,
    sentinel_papers: Papers | None = None,
    sentinel_lines: Sequence[str] = (),
    host: str = "127.0.0.1",
) -> Iterator[Watched]:
    """A master, replicas and Sentinels for the length of a with block."""
    made = Watched(
        kind,
        replicas=replicas,
        options=options,
        papers=papers,
        sentinel_papers=sentinel_papers,
        sentinel_lines=sentinel_lines,
        host=host,
    )
    try:
        yield made
    finally:
        made.close()


#: What is tried of topologies on more than one kind of server is tried on these.
KINDS = (Kind.VALKEY_9, Kind.REDIS_7)


@pytest.fixture(scope="session", params=KINDS, ids=str)
def shared_cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Three masters, of which the first has a replica, for tests that leave it as it is."""
    with cluster(request.param, replicas=[0]) as made:
        yield made


@pytest.fixture(scope="session", params=KINDS, ids=str)
def shared_watched(request: pytest.FixtureRequest) -> Iterator[Watched]:
    """A master, its replica and three Sentinels, for tests that leave them as they are."""
    with watched(request.param) as made:
        yield made
