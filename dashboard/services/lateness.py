"""Lateness: which part of the chain from sample to message is behind. Names no server: its words are public."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from dashboard.models import AlertEvent, Beat, Receiver, Route, Server

#: A sampler that has not said that it holds a server for so long does not; it says so every five seconds.
SAMPLER_DEAD_AFTER = timedelta(seconds=15)
#: A notifier beats every five seconds.
NOTIFIER_DEAD_AFTER = timedelta(seconds=30)
#: Events wait for a fifth of a second.
ROUTING_LATE_AFTER = timedelta(seconds=30)
#: Beside three intervals; judging says every few seconds how far it is.
JUDGING_LATE_AFTER = timedelta(seconds=45)
#: A server that does not answer is tried, and judged, less often.
UNANSWERED = timedelta(seconds=90)
_MOST_NAMED = 10
OK = "ok"
#: What else /readyz names, by its name there: told the time, "ok" or what is late. Whoever acts adds its own.
OTHERS: dict[str, Callable[[datetime], str]] = {}


class Lateness(msgspec.Struct, frozen=True):
    """Of each part "ok", or what is late, in words."""

    sampler: str
    judging: str
    routing: str
    notifier: str
    heartbeats: str

    @property
    def is_in_time(self) -> bool:
        """Whether alerts are found and routed: what a heartbeat promises."""
        return self.sampler == self.judging == self.routing == OK


def lateness(now: datetime) -> Lateness:
    """What is late at `now`; five short questions to the database."""
    servers = list(Server.objects.enabled())
    return Lateness(
        sampler=_sampler(servers, now),
        judging=_judging(servers, now),
        routing=_routing(now),
        notifier=_notifier(now),
        heartbeats=_heartbeats(now),
    )


def _sampler(servers: list[Server], now: datetime) -> str:
    """Every enabled server was said to be held a short time ago, by whichever sampler."""
    alone = [server.pk for server in servers if not server.held_at or server.held_at < now - SAMPLER_DEAD_AFTER]
    if not alone:
        return OK
    if len(alone) < len(servers):
        return f"no sampler has {len(alone)} of {len(servers)} servers ({_numbers(alone)})"
    last = max((server.held_at for server in servers if server.held_at), default=None)
    if last is None:
        return "no sampler runs: it never started, or was stopped"
    return f"a sampler was last heard of {(now - last).total_seconds():.0f} s ago"


def _judging(servers: list[Server], now: datetime) -> str:
    late = [server.pk for server in servers if _is_judged_late(server, now)]
    return f"{len(late)} of {len(servers)} servers are not judged in time ({_numbers(late)})" if late else OK


def _is_judged_late(server: Server, now: datetime) -> bool:
    patience = JUDGING_LATE_AFTER + 3 * timedelta(seconds=server.interval_s)
    if server.state != Server.State.UP:
        patience += UNANSWERED
    # One that nobody has judged yet has as long from when its sampler took it; whose sampler is missing is told already.
    last = max((at for at in (server.judged_at, server.held_since) if at), default=None)
    return last is not None and last < now - patience


def _routing(now: datetime) -> str:
    first = AlertEvent.objects.unrouted().values_list("at", flat=True).first()
    if first is None or first > now - ROUTING_LATE_AFTER:
        return OK
    return f"an alert waits to be routed since {(now - first).total_seconds():.0f} s"


def _notifier(now: datetime) -> str:
    last = Beat.objects.filter(name=Beat.NOTIFIER).values_list("at", flat=True).first()
    if last and last >= now - NOTIFIER_DEAD_AFTER:
        return OK
    if (
        not Receiver.objects.filter(enabled=True).exists()
        and not Route.objects.filter(enabled=True, receivers__enabled=True).exists()
    ):
        return OK  # there is nobody to be told
    if last is None:
        return "no notifier runs: it never started"
    return f"a notifier was last heard of {(now - last).total_seconds():.0f} s ago"


def _heartbeats(now: datetime) -> str:
    rows = Receiver.objects.filter(enabled=True, kind=Receiver.Kind.HEARTBEAT).order_by("pk")
    late = [row.pk for row in rows.only("beat_at", "every_s") if _is_beat_late(row, now)]
    return f"{len(late)} heartbeats are late ({_numbers(late)})" if late else OK


def _is_beat_late(receiver: Receiver, now: datetime) -> bool:
    return receiver.beat_at is None or receiver.beat_at < now - timedelta(seconds=2 * receiver.every_s + 30)


def _numbers(ids: list[int]) -> str:
    return f"numbers {', '.join(map(str, sorted(ids)[:_MOST_NAMED]))}"
