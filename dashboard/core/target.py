"""Where a watched server is and how we sign in to it, without any client library."""

import re
from enum import StrEnum

import msgspec

from dashboard.core import address as syntax
from dashboard.core.address import Seed, shown


class Topology(StrEnum):
    """How a deployment answers: one process, a master found through Sentinels, or slots over several masters."""

    STANDALONE = "standalone"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """PEM texts for connections with TLS; `repr` leaves them out."""

    ca: str = ""  # whom we trust; empty: whom this machine trusts
    certificate: str = ""  # ours, with its chain, where the server asks for one
    key: str = ""  # of our certificate

    def __repr__(self) -> str:
        return f"Tls({', '.join(name for name in self.__struct_fields__ if getattr(self, name))})"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a connection needs. `repr` leaves credentials out, so that it can stand in a log.

    Behind Sentinels and of a cluster, host and port are the first seed: nodes are found by asking the seeds.
    """

    scheme: str  # redis, rediss or unix
    host: str = ""
    port: int = 6379
    path: str = ""  # of a unix socket
    db: int = 0
    username: str = ""
    password: str = ""
    topology: Topology = Topology.STANDALONE
    seeds: tuple[Seed, ...] = ()  # every host and port of the address; none for a unix socket
    master_name: str = ""  # what the Sentinels call it
    sentinel_username: str = ""
    sentinel_password: str = ""
    tls: Tls | None = None  # None: system trust and no certificate of ours, where the scheme asks for TLS

    def __post_init__(self) -> None:
        if self.host and not self.seeds:
            msgspec.structs.force_setattr(self, "seeds", ((self.host, self.port),))

    @property
    def address(self) -> str:
        """The address without credentials, as it stands in the registry."""
        if self.scheme == "unix":
            return f"unix://{self.path}" + (f"?db={self.db}" if self.db else "")
        hosts = ",".join(shown(seed) for seed in self.seeds)
        if self.topology is Topology.SENTINEL:
            return f"{self.scheme}+sentinel://{hosts}/{self.master_name}/{self.db}"
        if self.topology is Topology.CLUSTER:
            return f"{self.scheme}+cluster://{hosts}"
        return f"{self.scheme}://{hosts}/{self.db}"

    @property
    def at_seeds(self) -> "tuple[Target, ...]":
        """Each seed as a standalone target: a Sentinel with the Sentinels' credentials, else a node with the server's."""
        ask = self.sentinel_at if self.topology is Topology.SENTINEL else self.at
        return tuple(ask(host, port) for host, port in self.seeds) or (self,)

    @property
    def secure(self) -> bool:
        """True where connections speak TLS."""
        return self.scheme == "rediss"

    @property
    def place(self) -> "Target":
        """The target without what we sign in with."""
        nothing = {"username": "", "password": "", "sentinel_username": "", "sentinel_password": "", "tls": None}
        return msgspec.structs.replace(self, **nothing)

    def at(self, host: str, port: int) -> "Target":
        """The standalone target of one node, with the same database, credentials and TLS."""
        return msgspec.structs.replace(
            self,
            host=host,
            port=port,
            seeds=((host, port),),
            topology=Topology.STANDALONE,
            master_name="",
            sentinel_username="",
            sentinel_password="",
        )

    def sentinel_at(self, host: str, port: int) -> "Target":
        """The standalone target of one Sentinel, with the credentials that Sentinels ask for and the same TLS."""
        node = self.at(host, port)
        return msgspec.structs.replace(node, db=0, username=self.sentinel_username, password=self.sentinel_password)

    def __repr__(self) -> str:
        return f"Target({self.address})"


_MASTER_NAME = re.compile(r"(?!\d+$)[A-Za-z0-9._-]{1,200}", re.ASCII)  # a number alone is a database without a master


def parse_address(text: str) -> Target:
    """Reads an address with or without credentials: of one server, of Sentinels, or of a cluster.

    Raises ValueError with a sentence that names what is wrong and what would be right; it never quotes a password.
    """
    return target_of(syntax.split(text))


def target_of(parts: syntax.Parts) -> Target:
    """The target of an address that was taken apart; raises ValueError like `parse_address`."""
    scheme, _, topology = parts.scheme.partition("+")
    target = _READERS["unix" if scheme == "unix" else topology](scheme, parts)
    if len(target.address) > syntax.LONGEST:
        raise ValueError(f"An address has at most {syntax.LONGEST} characters; name fewer hosts, they know the others.")
    return msgspec.structs.replace(target, username=parts.username, password=parts.password)


def _unix(scheme: str, parts: syntax.Parts) -> Target:
    syntax.only(parts, ["db"])
    path = parts.hosts + parts.path
    if not path.startswith("/"):
        raise ValueError("A unix address names the socket's whole path, for example unix:///run/redis/redis.sock.")
    return Target(scheme=scheme, path=path, db=syntax.database(parts.options.get("db", "0")))


def _standalone(scheme: str, parts: syntax.Parts) -> Target:
    syntax.only(parts, ["db"])
    host, port = syntax.one_seed(parts.hosts, 6379)
    return Target(scheme=scheme, host=host, port=port, db=_database(parts.path, parts))


def _sentinel(scheme: str, parts: syntax.Parts) -> Target:
    syntax.only(parts, ["db", "sentinel_username", "sentinel_password"])
    seeds = syntax.seeds(parts.hosts, 26379)
    name, _, database = parts.path.strip("/").partition("/")
    if not _MASTER_NAME.fullmatch(name):
        raise ValueError(
            "An address of Sentinels names the master as they call it after the hosts (letters, digits, . - and _):"
            " redis+sentinel://10.0.0.1:26379,10.0.0.2:26379/mymaster/0."
        )
    return Target(
        scheme=scheme,
        host=seeds[0][0],
        port=seeds[0][1],
        seeds=seeds,
        topology=Topology.SENTINEL,
        master_name=name,
        db=_database(database, parts),
        sentinel_username=parts.options.get("sentinel_username", ""),
        sentinel_password=parts.options.get("sentinel_password", ""),
    )


def _cluster(scheme: str, parts: syntax.Parts) -> Target:
    syntax.only(parts, ["db"])
    seeds = syntax.seeds(parts.hosts, 6379)
    if _database(parts.path, parts):
        raise ValueError("A cluster has database 0 alone: redis+cluster://10.0.0.1:7000,10.0.0.2:7000.")
    return Target(scheme=scheme, host=seeds[0][0], port=seeds[0][1], seeds=seeds, topology=Topology.CLUSTER)


def _database(path: str, parts: syntax.Parts) -> int:
    return syntax.database(path.strip("/") or parts.options.get("db", "") or "0")


_READERS = {
    "unix": _unix,
    "": _standalone,
    Topology.SENTINEL.value: _sentinel,
    Topology.CLUSTER.value: _cluster,
}
