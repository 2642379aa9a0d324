"""Sentinels: which master they name, and how far they are to be believed. Only asked, never told.

All are asked at once. Where they disagree, as in the middle of a failover or after one of them slept, the one with the
newest configuration is right: its epoch rises with every failover.
"""

from collections.abc import Mapping
from functools import partial
from typing import cast

import msgspec
import redis
from redis.exceptions import ResponseError

from dashboard.core.address import Seed, shown
from dashboard.core.node import Deployment
from dashboard.core.sample import ServerState
from dashboard.core.target import Target
from dashboard.redis_io.client import CLIENT_NAME, connect
from dashboard.redis_io.crew import Crew
from dashboard.redis_io.faults import Explained, explain
from dashboard.redis_io.wire import Reply, borrowed, exchange, pack

TIMEOUT_S = 0.5
GRACE_S = 0.25


class KnownReplica(msgspec.Struct, frozen=True):
    """A replica as a Sentinel sees it."""

    seed: Seed
    in_step: bool  # its link to the master is up
    failed: bool  # it does not answer the Sentinel


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What one Sentinel says of the master that we look for."""

    master: Seed
    epoch: int
    promoting: bool  # it is in the middle of a failover, and `master` is the new one
    down: bool  # it has not heard from the master for a while
    replicas: tuple[KnownReplica, ...]
    sentinels: int  # itself among them
    quorum: int
    has_quorum: bool | None  # None: it may not tell us


class Advice(msgspec.Struct, frozen=True):
    """The best word, and how many Sentinels answered."""

    word: Word
    answering: int

    @property
    def deployment(self) -> Deployment:
        """As it stands beside the samples."""
        word = self.word
        return Deployment(
            master=shown(word.master),
            sentinels=word.sentinels,
            sentinels_answering=self.answering,
            quorum=word.quorum,
            has_quorum=word.has_quorum,
            trouble=self._trouble(),
        )

    def _trouble(self) -> str:
        if self.word.has_quorum is False:
            return "Too few Sentinels are there for a failover: if the master fails now, nothing takes its place."
        return "The Sentinels get no answer from the master." if self.word.down else ""


class Sentinels:
    """The Sentinels of one target, over a connection to each that is kept between two questions."""

    def __init__(self, target: Target, *, timeout_s: float = TIMEOUT_S, client_name: str = CLIENT_NAME) -> None:
        self._name = target.master_name.encode()
        seeds = zip(target.seeds, target.at_seeds, strict=True)
        self._clients = {seed: connect(at, timeout_s=timeout_s, client_name=client_name) for seed, at in seeds}
        self._crew: Crew[Seed, Word] = Crew("sentinel")

    def ask(self, *, grace_s: float = GRACE_S) -> Advice:
        """The newest word, `grace_s` after the first Sentinel's. Raises Explained where no Sentinel answers, or none knows such a master."""
        calls = {seed: partial(_ask, client, self._name) for seed, client in self._clients.items()}
        outcomes = self._crew.round(calls, grace_s=grace_s)
        words = [outcome for outcome in outcomes.values() if isinstance(outcome, Word)]
        if not words:
            raise self._nobody({seed: error for seed, error in outcomes.items() if isinstance(error, Exception)})
        return Advice(max(words, key=lambda word: (word.epoch, word.promoting)), len(words))

    def _nobody(self, errors: Mapping[Seed, Exception]) -> Explained:
        if unknown := [error for error in errors.values() if isinstance(error, Explained)]:
            return unknown[0]
        problems = {seed: explain(error) for seed, error in errors.items()}
        seed, problem = next(iter(problems.items()), (next(iter(self._clients)), None))
        state = problem.state if problem else ServerState.DOWN
        many = (
            f"None of the {len(self._clients)} Sentinels answers" if len(self._clients) > 1 else "No Sentinel answers"
        )
        return Explained(state, f"{many}. {shown(seed)}: {problem.detail if problem else 'It is silent.'}")

    def close(self) -> None:
        """Drops the connections; the next question opens others."""
        self._crew.dismiss(self._clients, lambda seed: self._clients[seed].close())


def _ask(client: redis.Redis, name: bytes) -> Word:
    with borrowed(client) as connection:
        questions = [(b"MASTER",), (b"GET-MASTER-ADDR-BY-NAME",), (b"REPLICAS",), (b"CKQUORUM",)]
        replies = exchange(connection, [pack(b"SENTINEL", *question, name) for question in questions])
        if isinstance(replies[0], ResponseError):
            known = exchange(connection, [pack(b"SENTINEL", b"MASTERS")])[0]
            raise _no_such_master(replies[0], name, known)
    return _word(*replies)


def _no_such_master(error: ResponseError, name: bytes, known: Reply | ResponseError) -> Exception:
    text = str(error)
    if "unknown command" in text.lower():
        return Explained(ServerState.DOWN, "What answers there is no Sentinel: redis:// watches a single server.")
    if "No such master" not in text:
        return error
    names = [_fields(row)[b"name"].decode("utf-8", "replace") for row in known] if isinstance(known, list) else []
    others = f" They watch {', '.join(sorted(names)[:5])}." if names else " They watch none at all."
    return Explained(ServerState.DOWN, f"The Sentinels know no master called {name.decode()}.{others}")


def _word(master: Reply, named: Reply, replicas: Reply | ResponseError, quorum: Reply | ResponseError) -> Word:
    fields = _fields(master)
    # In the middle of a failover this is the new master already, where the fields still tell of the old one.
    former = [fields[b"ip"], fields[b"port"]]
    place = named if isinstance(named, list) else former
    return Word(
        master=(place[0].decode(), int(place[1])),
        epoch=int(fields[b"config-epoch"]),
        promoting=place != former,
        down=b"down" in fields[b"flags"],
        replicas=tuple(map(_replica, replicas)) if isinstance(replicas, list) else (),
        sentinels=int(fields[b"num-other-sentinels"]) + 1,
        quorum=int(fields[b"quorum"]),
        has_quorum=_agreed(quorum),
    )


def _agreed(reply: Reply | ResponseError) -> bool | None:
    if isinstance(reply, ResponseError):
        return False if "NOQUORUM" in str(reply) or "NOGOODSLAVE" in str(reply) else None
    return True


def _replica(row: list[bytes]) -> KnownReplica:
    fields = _fields(row)
    return KnownReplica(
        (fields[b"ip"].decode(), int(fields[b"port"])),
        in_step=fields.get(b"master-link-status") == b"ok",
        failed=b"down" in fields[b"flags"] or b"disconnected" in fields[b"flags"],
    )


def _fields(row: Reply) -> dict[bytes, bytes]:
    return cast(dict[bytes, bytes], dict(zip(row[::2], row[1::2], strict=False)))
