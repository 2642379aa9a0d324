"""`manage.py inspect URL KEY`: one stream's numbers exactly as the sampler derives them, with no database."""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from dashboard.core.deriver import Deriver
from dashboard.core.metrics import GroupMetrics, StreamMetrics
from dashboard.core.names import display, from_slug, to_slug
from dashboard.core.target import Target, Topology
from dashboard.live.sampling.slow_round import SlowRound
from dashboard.management.addresses import read_address
from dashboard.redis_io.connect import connect_for, explain
from dashboard.redis_io.server_info import read_info, read_memory
from dashboard.redis_io.sweep import sweep


class Command(BaseCommand):
    help = "Prints one stream's numbers exactly as the sampler derives them, groups, lag and its provenance included."
    requires_system_checks: list[str] = []  # noqa: RUF012  (Django declares it so)
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", help="address of the server, of its Sentinels or of its cluster")
        parser.add_argument("key", nargs="?", help="the stream's key")
        parser.add_argument("--stdin", action="store_true", help="answer each key read from standard input, one a line")
        parser.add_argument("--base64", action="store_true", help="keys are base64url, for names with line breaks")
        parser.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
        parser.add_argument(
            "--rates", type=float, nargs="?", const=1.0, metavar="SECONDS", help="sample twice, this far apart"
        )
        parser.add_argument("--timeout", type=float, default=1.0, help="seconds to wait for the server (default 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["stdin"] == (options["key"] is not None):
            raise CommandError("Give one KEY, or --stdin to read keys from standard input.")
        if options["rates"] is not None and not 0 < options["rates"] <= 3600:
            raise CommandError("--rates takes the seconds between two samples, above 0 and at most 3600.")
        if not options["timeout"] > 0:
            raise CommandError("--timeout takes seconds, above 0.")
        inspector = Inspector(self._target(options["url"]), options["rates"], timeout_s=options["timeout"])
        if options["stdin"]:
            self._answer_stdin(inspector, base64=options["base64"], as_json=options["json"])
        else:
            self._answer_one(inspector, _named(options["key"], options["base64"]), options["json"])

    def _target(self, url: str) -> Target:
        try:
            return read_address(url)
        except ValueError as error:
            raise CommandError(str(error)) from None

    def _answer_one(self, inspector: "Inspector", key: bytes, as_json: bool) -> None:
        try:
            metrics = inspector.inspect(key)
        except RedisError as error:
            raise CommandError(explain(error).detail) from None
        if metrics.problem:
            raise CommandError(f"{display(key)}: {metrics.detail}")
        self.stdout.write(json.dumps(as_fields(metrics)) if as_json else as_table(metrics))

    def _answer_stdin(self, inspector: "Inspector", *, base64: bool, as_json: bool) -> None:
        for line in sys.stdin.buffer:
            try:
                key = _named(line.rstrip(b"\n"), base64)
                metrics = inspector.inspect(key)
            except CommandError as error:
                answer: dict[str, Any] = {"key": display(line.rstrip(b"\n")), "error": str(error)}
                text = f"{answer['key']}: {error}"
            except RedisError as error:
                detail = explain(error).detail
                answer, text = {"key": display(key), "slug": to_slug(key), "error": detail}, f"{display(key)}: {detail}"
            else:
                answer, text = as_fields(metrics), as_table(metrics)
            self.stdout.write(json.dumps(answer) if as_json else text)
            self.stdout.flush()


def _named(key: bytes | str, base64: bool) -> bytes:
    raw = key if isinstance(key, bytes) else key.encode("utf-8", "surrogateescape")  # as the shell gave it
    if not base64:
        return raw
    try:
        return from_slug(raw.decode("latin-1"))
    except ValueError as error:
        raise CommandError(f"{error}. With --base64 a key is base64url without padding.") from None


class Inspector:
    """Samples single streams the way the sampler does."""

    def __init__(self, target: Target, rates_s: float | None, *, timeout_s: float) -> None:
        self._target = target
        self._rates_s = rates_s
        self._timeout_s = timeout_s
        self._client: redis.Redis | None = None

    def inspect(self, key: bytes) -> StreamMetrics:
        """The stream's metrics now. Raises redis.RedisError where the server fails."""
        taking = _Taking(self._client_of(key), key, interval_s=self._rates_s or 0)
        metrics = taking.first()
        if self._rates_s is not None:
            time.sleep(self._rates_s)
            metrics = taking.take()
        return metrics

    def _client_of(self, key: bytes) -> redis.Redis:
        if self._client is not None and self._target.topology is not Topology.STANDALONE:
            self._client.close()  # another key may be on another node, and the master another one than just now
            self._client = None
        if self._client is None:
            self._client = connect_for(self._target, key, timeout_s=self._timeout_s)
        return self._client


class _Taking:
    """Samples of one stream, one after the other."""

    def __init__(self, client: redis.Redis, key: bytes, *, interval_s: float) -> None:
        self._client, self._key, self._interval_s = client, key, interval_s
        self._deriver, self._slow = Deriver(), SlowRound()

    def first(self) -> StreamMetrics:
        """The first sample, derived again with what is only read of groups that are known."""
        return self._derive(2)

    def take(self) -> StreamMetrics:
        """The next sample."""
        return self._derive(1)

    def _derive(self, times: int) -> StreamMetrics:
        taken = sweep(self._client, [self._key])
        info, memory = read_info(self._client), read_memory(self._client, [self._key])
        for _ in range(times):
            insights = self._slow.read(self._client, taken, self._deriver.uncounted())
            tick = self._deriver.take(taken, info=info, memory=memory, interval_s=self._interval_s, insights=insights)
        return tick.streams[self._key]


def as_fields(metrics: StreamMetrics) -> dict[str, Any]:
    """The metrics as JSON holds them: ids as text, names both shown and exact, unknown as null."""
    named = {"key": display(metrics.key), "slug": to_slug(metrics.key)}
    if metrics.problem:
        return {**named, "problem": metrics.problem.value, "error": metrics.detail}
    return {
        **named,
        "length": metrics.length,
        "added_per_s": metrics.added_per_s,
        "added_at_least": metrics.added_at_least,
        "tail_deleted": metrics.tail_deleted,
        "pending": metrics.pending,
        "memory_bytes": metrics.memory_bytes,
        "first_id": metrics.first_id and str(metrics.first_id),
        "last_id": metrics.last_id and str(metrics.last_id),
        "groups": [_group_fields(group) for group in metrics.groups],
    }


def _group_fields(group: GroupMetrics) -> dict[str, Any]:
    return {
        "name": display(group.name),
        "slug": to_slug(group.name),
        "lag": group.lag.value,
        "lag_quality": group.lag.quality.value,
        "lag_reason": group.lag.reason,
        "time_lag_s": group.time_lag_s,
        "time_lag_estimated": group.time_lag_estimated,
        "oldest_pending_s": group.oldest_pending_s,
        "processing_s": group.processing_s,
        "drain_s": group.drain_s,
        "never_drains": group.never_drains,
        "ghosts": group.ghosts,
        "lost": group.lost,
        "poison": group.poison,
        "most_deliveries": group.most_deliveries,
        "live_consumers": group.live_consumers,
        "dead_consumers": group.dead_consumers,
        "pending": group.pending,
        "delivered_per_s": group.delivered_per_s,
        "acked_per_s": group.acked_per_s,
        "consumers": group.consumers,
        "last_delivered_id": str(group.last_delivered_id),
        "state": group.state.value,
        "state_reason": group.state_reason,
    }


def as_table(metrics: StreamMetrics) -> str:
    """The metrics as a few lines for people."""
    if metrics.problem:
        return f"{display(metrics.key)}: {metrics.detail}"
    head = [
        display(metrics.key),
        f"  length {_shown(metrics.length)}   added/s {_shown(metrics.added_per_s)}   pending {_shown(metrics.pending)}"
        f"   memory {_shown(metrics.memory_bytes)} bytes",
        f"  first id {metrics.first_id or 'none'}   last id {metrics.last_id or 'none'}",
    ]
    return "\n".join([*head, *_group_lines(metrics.groups)])


_COLUMNS = ("group", "lag", "quality", "time lag s", "pending", "delivered/s", "acked/s", "consumers", "state")


def _group_lines(groups: tuple[GroupMetrics, ...]) -> Iterator[str]:
    if not groups:
        yield "  no group"
        return
    rows = [_COLUMNS, *(_cells(group) for group in groups)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    yield from ("  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    yield from (f"  {display(group.name)}: {group.lag.reason} {group.state_reason}" for group in groups)


def _cells(group: GroupMetrics) -> tuple[str, ...]:
    numbers = (group.time_lag_s, group.pending, group.delivered_per_s, group.acked_per_s, group.consumers)
    lag = (display(group.name), _shown(group.lag.value), group.lag.quality.value)
    return (*lag, *map(_shown, numbers), group.state.value)


def _shown(number: float | None) -> str:
    if number is None:
        return "unknown"
    return f"{number:.2f}" if isinstance(number, float) else str(number)
