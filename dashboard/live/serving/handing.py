"""Handing out: one event to every socket that is to have it. Each distinct view of a sample is cut and encoded once."""

import asyncio
from collections.abc import Iterable
from typing import Protocol

from dashboard.live.events import Event, MarkMade, SampleTaken, ServerRecovered, ServerUnreachable
from dashboard.live.serving import slices
from dashboard.live.serving.slices import Frame, Rows, View
from dashboard.live.serving.standing import EVENT_PERMISSIONS, Standing

_SOCKETS_A_TURN = 50  # then other tasks may run: acknowledgements, pages


class Member(Protocol):
    """What the hub knows of a socket."""

    session_key: str
    view: View
    standing: Standing
    closed: bool

    async def take_sample(self, server: int, frame: Frame) -> None:
        """Sends the frame, or keeps it while the browser lags."""

    async def take_listing(self, frame: Frame) -> None:
        """Sends the frame, or keeps it while the browser lags."""

    async def take_event(self, frame: Frame) -> None:
        """Sends the frame, or queues it while the browser lags."""

    async def drop_sample(self, server: int) -> None:
        """Forgets a sample that is held of the server."""

    async def close(self, code: int) -> None:
        """Ends the connection."""

    def is_overdue(self, now: float) -> bool:
        """True where the browser has stopped acknowledging."""


async def hand_out(event: Event, members: Iterable[Member]) -> None:
    """Gives the event to those of the members whom it concerns and who may see its kind."""
    if isinstance(event, SampleTaken):
        await _hand_sample(event, list(members))
    else:
        await _hand_news(event, list(members))


async def _hand_sample(sample: SampleTaken, members: list[Member]) -> None:
    frames: dict[tuple[Rows, bool], Frame] = {}
    for turn, member in enumerate(members):
        if not member.view.watches(sample.server):
            continue
        wanted = member.view.rows_of(sample.server), member.view.wants_health(sample.server)
        if wanted not in frames:
            frames[wanted] = slices.encode(slices.cut(sample, wanted[0], with_health=wanted[1]))
        await member.take_sample(sample.server, frames[wanted])
        if turn % _SOCKETS_A_TURN == 0:
            await asyncio.sleep(0)


async def _hand_news(event: Event, members: list[Member]) -> None:
    frame = slices.encode(event)
    needed = EVENT_PERMISSIONS[str(type(event).__struct_config__.tag)]
    for member in members:
        if needed not in member.standing.permissions or _is_kept_from(member.standing, event):
            continue
        if isinstance(event, MarkMade) and not member.view.hears_of(event.server, event.stream):
            continue
        if isinstance(event, ServerUnreachable):
            await member.drop_sample(event.server)
        await member.take_event(frame)


def _is_kept_from(standing: Standing, event: Event) -> bool:
    """Whoever has but a link sees the rows of its view, and whether servers answer; alerts name what may be in no view of theirs."""
    return standing.view is not None and not isinstance(event, ServerUnreachable | ServerRecovered)
