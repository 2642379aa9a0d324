"""The roster: a watcher on each server that this sampler holds.

Any number of samplers follow the same registry. Each takes its share of the servers (`core.sharing`) under leases, gives back
what is too much, and lets go at once of what another has taken.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Set
from functools import partial

from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from dashboard.core.lease import Lease
from dashboard.core.sample import ServerState
from dashboard.core.sharing import moves
from dashboard.live.latest import last_taken_at
from dashboard.live.sampling.common import Common
from dashboard.live.sampling.database import Database
from dashboard.live.sampling.leases import RENEW_EVERY_S
from dashboard.live.sampling.reader import Definition
from dashboard.live.sampling.settling import look_on, resolve_unwatched, settle
from dashboard.live.sampling.watcher import Watcher
from dashboard.models import Server
from dashboard.services import fencing, registry

logger = logging.getLogger(__name__)


class Roster:
    """`keep_leases` runs beside the other methods, which need the database, are called one at a time and raise DatabaseError."""

    def __init__(self, database: Database, common: Common) -> None:
        self._database = database
        self._common = common
        self._leases = common.leases
        self._wanted: dict[int, Definition] = {}
        self._watchers: dict[int, Watcher] = {}
        self._ending: dict[int, asyncio.Task[None]] = {}  # of servers that were lost
        self._begun: set[Lease] = set()

    async def keep_leases(self) -> None:
        """Renews the leases until it is cancelled; the watchers of servers that were lost do nothing more."""
        while True:
            for lease in await self._leases.renew(able=self._database.answers):
                self._let_go(lease)
            self._common.wake.set()
            await asyncio.sleep(RENEW_EVERY_S)

    def _let_go(self, lease: Lease) -> None:
        self._begun.discard(lease)
        if watcher := self._watchers.pop(lease.server_id, None):
            watcher.abandon()
            logger.info("Server %s is another sampler's now.", watcher.name)
            self._ending[lease.server_id] = asyncio.create_task(watcher.stop())

    # What is to be sampled

    async def follow_registry(self) -> None:
        """Looks which servers there are, ends the watchers of what is no longer as it was, and reads what streams there are."""
        servers = await self._database(_read_servers)
        self._wanted = {server.pk: definition for server, definition in servers}
        self._leases.wanted = {server.pk: server.fence for server, _ in servers}
        for lease in self._leases.all():
            if lease.server_id not in self._wanted:
                await self._give(lease)
                self._common.outbox.forget(lease)
            elif self._leases.wanted[lease.server_id] != lease.token:
                await self._lose(lease)
        for server_id, watcher in list(self._watchers.items()):
            await self._follow(watcher, self._wanted[server_id])
        await resolve_unwatched(self._database, self._common.outbox)

    async def _follow(self, watcher: Watcher, wanted: Definition) -> None:
        if wanted.signs_in_otherwise(watcher.definition):
            watcher.renew(wanted)
        if wanted == watcher.definition:
            await self._database(watcher.books.refresh)
        else:
            await watcher.stop()
            if self._watchers.get(watcher.lease.server_id) is watcher:
                del self._watchers[watcher.lease.server_id]

    async def keep(self) -> None:
        """Tells the database that the servers are held still."""
        now = timezone.now()
        await self._database(lambda: fencing.keep(self._leases.all(), self._leases.me, now))

    # Who samples it

    async def share_out(self) -> None:
        """Gives and takes servers, as the samplers that live are, and begins to watch those that are held."""
        await self._forget_lost()
        wanted = self._wanted.keys() - self._ending.keys()
        if outlook := self._leases.outlook():
            wish = moves(wanted, outlook, self._leases.me)
            for server_id in wish.give:
                await self._give(Lease(server_id, self._leases.tokens[server_id]))
            for lease in await self._leases.take(wish.take):
                await self._claim(lease)
        elif self._leases.alone:
            await self._claim_orphans(wanted)
        for lease in self._leases.all():
            if lease.server_id not in self._watchers:
                await self._begin(lease)

    async def _forget_lost(self) -> None:
        """Drops what was recorded of servers that were lost; until then they are not taken again.

        Their blocks may be of a time for which another sampler has written already, and are refused while we hold no lease.
        """
        if ended := [server_id for server_id, task in self._ending.items() if task.done()]:
            await self._flush()
            for server_id in ended:
                del self._ending[server_id]

    async def _claim(self, lease: Lease) -> None:
        now, mine = timezone.now(), False
        try:
            mine = await self._database(lambda: fencing.claim(lease, self._leases.me, now))
        finally:
            if mine:
                self._leases.adopt(lease)
            else:  # our Redis has lost its count, and the next try is above the database's; or there is no database
                await self._leases.give([lease])

    async def _claim_orphans(self, wanted: Set[int]) -> None:
        others = wanted - self._leases.tokens.keys()
        for server_id in await self._database(lambda: fencing.orphans(others, timezone.now())):
            claim = partial(fencing.claim_orphan, server_id, self._leases.me, timezone.now())
            if lease := await self._database(claim):
                self._leases.adopt(lease)

    async def _begin(self, lease: Lease) -> None:
        found = await self._database(lambda: _read_server(lease.server_id))
        if found is None:  # it was disabled or deleted a moment ago
            await self._give(lease)
            return
        server, definition = found
        pause_s = 0.0 if lease in self._begun or self._leases.alone else await _pause(definition)
        watcher = Watcher(server, definition, lease, self._common, pause_s=pause_s)
        await self._database(watcher.books.refresh)
        if self._leases.holds(lease):
            self._begun.add(lease)
            self._watchers[lease.server_id] = watcher
            watcher.start()

    async def _give(self, lease: Lease) -> None:
        """Writes what is known of the server, and frees it for the next sampler."""
        if watcher := self._watchers.pop(lease.server_id, None):
            await watcher.stop()
            with contextlib.suppress(fencing.LeaseLost):
                await settle(watcher, self._database, self._common.outbox)
            await self._flush()
        await self._database(lambda: fencing.release(lease))
        await self._leases.give([lease])
        self._begun.discard(lease)

    async def _flush(self) -> None:
        await self._database(self._common.recorder.flush)

    async def _lose(self, lease: Lease) -> None:
        """Lets go of a server because the database says that it is another's, or none's."""
        self._let_go(lease)
        await self._leases.give([lease])

    # The books

    async def settle(self) -> None:
        """Settles the books of every server."""
        for watcher in list(self._watchers.values()):
            try:
                await settle(watcher, self._database, self._common.outbox)
            except fencing.LeaseLost:
                await self._lose(watcher.lease)

    async def look_on(self) -> None:
        """Judges every server while the database does not answer."""
        for watcher in list(self._watchers.values()):
            await look_on(watcher, self._database)

    # The end

    async def stop(self) -> None:
        """Lets the rounds in progress end."""
        await asyncio.gather(*[watcher.stop() for watcher in self._watchers.values()], *self._ending.values())

    async def release(self) -> None:
        """Tells the database that nobody holds the servers."""
        for lease in self._leases.all():
            await self._database(partial(fencing.release, lease))


async def _pause(definition: Definition) -> float:
    """Seconds until the server's next beat: one point an interval also where one sampler took the last and we the next."""
    last = await last_taken_at(definition.server_id)
    due_in = 0.0 if last is None else last + definition.interval_s - time.time()
    return min(max(0.0, due_in), definition.interval_s)  # the other's clock may go differently


def _read_servers() -> list[tuple[Server, Definition]]:
    servers = []
    for server in Server.objects.enabled():
        try:
            servers.append((server, definition_of(server)))
        except (ImproperlyConfigured, ValueError) as error:
            # Nobody can hold it: every sampler comes to the same words, and the first to write them changes the state.
            registry.record_state(server.pk, state=ServerState.DENIED.value, detail=str(error), now=timezone.now())
    return servers


def _read_server(server_id: int) -> tuple[Server, Definition] | None:
    return next((found for found in _read_servers() if found[0].pk == server_id), None)


def definition_of(server: Server) -> Definition:
    """What the registry says about how a server is to be sampled; raises ImproperlyConfigured or ValueError."""
    return Definition(
        server_id=server.pk,
        target=server.target,
        interval_s=server.interval_s,
        include=tuple(server.include_patterns),
        exclude=tuple(server.exclude_patterns),
        read_replicas=server.read_replicas,
        budget=server.budget,
    )
