"""`manage.py up`: all of Streamgauge in one terminal, as one supervised tree of processes."""

import asyncio
import os
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dashboard.management import startup
from dashboard.management.embedded import EmbeddedServer
from dashboard.management.installation import Installation
from dashboard.management.operators import FirstOperator
from dashboard.management.reachability import answers_http
from dashboard.management.startup import Wishes
from dashboard.management.supervisor import Supervisor

LOADS_WITHIN_S = 60.0
HOPELESS = 3  # deaths before it has answered once


def _why_not_started(embedded: EmbeddedServer, *, died: bool) -> str:
    if not died:
        return f"The embedded server did not start within {LOADS_WITHIN_S:g} s; its folder: {embedded.folder}"
    return (
        f"The embedded server cannot start; its own words stand above. Its data are in {embedded.folder}: "
        "repair them, or move that folder away to begin with an empty one."
    )


class Command(BaseCommand):
    help = (
        "Runs everything: the embedded server, migrations, the first operator, demo traffic, sampler and web server. "
        "BIND=, PORT=, SAMPLERS=, WATCH=redis://… (rediss://, unix://, redis+sentinel://, redis+cluster://; comma-separated), REDIS_URL= and VAR_DIR= are honoured."
    )
    # On the very first start there is no SECRET_KEY yet: this command makes it.
    requires_system_checks = ()

    _supervisor: Supervisor | None = None

    def handle(self, *args: object, **options: object) -> None:
        try:
            self._run()
        except KeyboardInterrupt:
            self._say("stopped")

    def _run(self) -> None:
        installation = Installation(Path(settings.VAR_DIR).resolve())
        installation.prepare()
        lock = installation.lock()
        wishes = startup.read_wishes(installation)
        startup.check_surroundings(wishes)
        embedded = EmbeddedServer(installation.folder / "redis")
        startup.record_environment(installation, embedded, wishes)
        operator = self._prepare(installation, embedded, wishes)
        asyncio.run(self._supervise(wishes, embedded, operator))
        os.close(lock)

    def _prepare(self, installation: Installation, embedded: EmbeddedServer, wishes: Wishes) -> FirstOperator:
        startup.migrate(self._say)
        operator = startup.make_first_operator(installation, self._say)
        startup.collect_static_files(installation, self._say)
        startup.install_defaults(self._say)
        startup.register_servers(wishes, embedded, self._say)
        startup.leave_database()
        return operator

    async def _supervise(self, wishes: Wishes, embedded: EmbeddedServer, operator: FirstOperator) -> None:
        supervisor = Supervisor(self._say)
        self._supervisor = supervisor
        supervisor.listen_to_signals()
        working = asyncio.create_task(self._start(supervisor, wishes, embedded, operator))
        asking = asyncio.create_task(supervisor.stop_asked.wait())
        try:
            await asyncio.wait([working, asking], return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                await working  # raises what went wrong, if something did
                await asking
            self._say("stopping")
        finally:
            working.cancel()
            asking.cancel()
            await supervisor.stop()
        self._say("stopped")

    async def _start(
        self, supervisor: Supervisor, wishes: Wishes, embedded: EmbeddedServer, operator: FirstOperator
    ) -> None:
        if wishes.needs_embedded:
            await self._start_embedded(supervisor, embedded)
        for child in startup.children(wishes, embedded):
            supervisor.start(child)
        while not await answers_http(wishes.host, wishes.port):
            await asyncio.sleep(0.1)
        self._say(f"ready      {wishes.url} — {operator}")

    async def _start_embedded(self, supervisor: Supervisor, embedded: EmbeddedServer) -> None:
        embedded.prepare()
        child = embedded.child()
        supervisor.start(child)
        if not await embedded.ready(within=LOADS_WITHIN_S, hopeless=lambda: supervisor.deaths[child.name] >= HOPELESS):
            raise CommandError(_why_not_started(embedded, died=supervisor.deaths[child.name] >= HOPELESS))
        self._say(f"valkey     keeps its data in {embedded.folder}")

    def _say(self, line: str) -> None:
        try:
            print(line, flush=True)  # noqa: T201
        except OSError:
            # The terminal or the reader of a pipe is gone: nobody is left to run for.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if self._supervisor is not None:
                self._supervisor.ask_to_stop()
