"""Events for the tests of what hands them on."""

from collections.abc import Sequence

from dashboard.live.events import (
    ActionFinished,
    AlertOpened,
    GroupColumns,
    MarkMade,
    SampleTaken,
    ServerHealth,
    ServerUnreachable,
    StreamColumns,
)

NOW = 1_795_469_400.0


def sample_of(server: int, streams: Sequence[int], *, tick: int = 0, groups: int = 2) -> SampleTaken:
    """A sample of these streams, each with `groups` groups; every length is `tick`."""
    rows = [(stream, f"group {number}") for stream in streams for number in range(groups)]
    count = len(rows)
    return SampleTaken(
        server=server,
        at=NOW + tick,
        taken_at=NOW + tick,
        interval=1.0,
        streams=StreamColumns(
            id=list(streams),
            length=[tick] * len(streams),
            added_per_s=[41.5] * len(streams),
            memory_bytes=[None] * len(streams),
            pending=[12] * len(streams),
            added_at_least=[False] * len(streams),
            tail_deleted=[False] * len(streams),
            every_s=[None] * len(streams),
            problem=[None] * len(streams),
        ),
        groups=GroupColumns(
            stream=[stream for stream, _ in rows],
            name=[name for _, name in rows],
            slug=["Z3JvdXA"] * count,
            lag=[40] * count,
            lag_quality=["exact"] * count,
            lag_reason=[""] * count,
            time_lag_s=[0.9] * count,
            pending=[12] * count,
            delivered_per_s=[40.0] * count,
            acked_per_s=[39.0] * count,
            consumers=[3] * count,
            state=["ok"] * count,
            state_reason=[""] * count,
            time_lag_estimated=[False] * count,
            oldest_pending_s=[3.2] * count,
            processing_s=[0.3] * count,
            drain_s=[40.0] * count,
            never_drains=[False] * count,
            ghosts=[0] * count,
            lost=[0] * count,
            poison=[0] * count,
            most_deliveries=[1] * count,
            live_consumers=[3] * count,
            dead_consumers=[0] * count,
            state_since=[None] * count,
        ),
        health=ServerHealth(version="valkey 9.1.2"),
    )


def alert_opened(alert: int, server: int) -> AlertOpened:
    """An alert on a server."""
    return AlertOpened(
        alert=alert, server=server, stream=None, severity="warning", title=f"alert {alert}", at=NOW, open_alerts=alert
    )


def server_unreachable(server: int) -> ServerUnreachable:
    """A server that does not answer."""
    return ServerUnreachable(server=server, state="down", detail="connection refused", since=NOW)


def action_finished(action: int, server: int) -> ActionFinished:
    """An operator's action."""
    return ActionFinished(
        action=action, server=server, stream=None, kind="trim", state="done", title="Trim", operator="ada", at=NOW
    )


def mark_made(mark: int, server: int, stream: int | None, *, text: str = "Something happened.") -> MarkMade:
    """Something that happened."""
    return MarkMade(mark=mark, server=server, stream=stream, key="", group="", slug="", kind="trim", at=NOW, text=text)
