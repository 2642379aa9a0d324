"""What `manage.py up` does before anything runs for long: one step after the other, a line of output for each."""

import hashlib
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from dashboard import env
from dashboard.core.target import Target, Topology, parse_address
from dashboard.management.addresses import read_address, split_addresses
from dashboard.management.embedded import EmbeddedServer
from dashboard.management.installation import Installation
from dashboard.management.operators import FirstOperator, ensure_first_operator
from dashboard.management.reachability import why_port_is_taken, why_unreachable
from dashboard.management.supervisor import Child
from dashboard.models import Server
from dashboard.services import pack
from dashboard.services.registry import register_target

LOOPBACK = ("127.0.0.1", "localhost", "::1")
DEMO = "Demo"
MANAGE = (sys.executable, str(env.BASE_DIR / "manage.py"))
LARGEST_SOCKET_FRAME = "16384"  # bytes, of what a browser sends us; it is far smaller
# Bytes, in both directions: what daphne would send beyond it, it drops. 10,000 streams make a frame of 2 MB.
LARGEST_SOCKET_MESSAGE = str(16 * 1024 * 1024)


@dataclass(frozen=True)
class Wishes:
    """What the operator asked for by BIND=, PORT=, WATCH=, REDIS_URL= and SAMPLERS=."""

    host: str
    port: int
    watch: tuple[str, ...] = field(repr=False)  # may hold passwords
    own_redis: str = field(repr=False)  # empty: the embedded server
    samplers: int = 1

    @property
    def on_loopback(self) -> bool:
        return self.host in LOOPBACK

    @property
    def needs_embedded(self) -> bool:
        """Without a Redis of the operator's it is ours; without WATCH it holds the demo."""
        return not self.own_redis or not self.watch

    @property
    def url(self) -> str:
        """Returns the address for a browser on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{host}:{self.port}"


def read_wishes(installation: Installation) -> Wishes:
    """Reads the environment; raises CommandError for a PORT or a number of SAMPLERS that is none."""
    port, samplers = _whole("PORT", "8000", most=65535), _whole("SAMPLERS", "1", most=64)
    own_redis = env.text("REDIS_URL")
    # The environment file names the embedded server for the sake of other commands: that is no wish.
    from_file = own_redis == installation.recorded().get("REDIS_URL")
    own_redis = "" if from_file else own_redis
    return Wishes(env.text("BIND", "127.0.0.1"), port, split_addresses(env.text("WATCH")), own_redis, samplers)


def _whole(name: str, default: str, *, most: int) -> int:
    value = env.text(name, default)
    if not value.isascii() or not value.isdigit() or not 0 < int(value) <= most:
        raise CommandError(f"{name} is {value!r}; it must be a number from 1 to {most}.")
    return int(value)


def check_surroundings(wishes: Wishes) -> None:
    """Raises CommandError where the port is taken or a server of WATCH= cannot be used; changes nothing."""
    if reason := why_port_is_taken(wishes.host, wishes.port):
        raise CommandError(reason)
    for number, address in enumerate(wishes.watch, start=1):
        try:
            target = read_address(address)
        except ValueError as error:
            raise CommandError(f"WATCH, address {number}: {error}") from None
        if reason := why_unreachable(target):
            raise CommandError(f"WATCH: cannot use {target.address}. {reason}")


def record_environment(installation: Installation, embedded: EmbeddedServer, wishes: Wishes) -> None:
    """Writes the secrets and our own Redis to the environment file; starts this command anew where that is news."""
    before = installation.recorded()
    if not installation.record(**({} if wishes.own_redis else {"REDIS_URL": embedded.address(database=1)})):
        return
    for name, value in installation.recorded().items():
        # Settings were read without these, or with what an older file said.
        if os.environ.get(name, before.get(name)) == before.get(name):
            os.environ[name] = value
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606


def migrate(say: Callable[[str], None]) -> None:
    """Brings the database's tables up to date; raises CommandError where it cannot be used."""
    try:
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if missing:
            call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise CommandError(f"The database cannot be used: {str(error).strip()}") from None
    say(f"database   {missing} migrations applied" if missing else "database   is up to date")


def collect_static_files(installation: Installation, say: Callable[[str], None]) -> None:
    """Gathers the files under their hashed names, if any of them changed since the last time."""
    if settings.DEBUG:
        return
    stamp = installation.folder / "static.stamp"
    now = fingerprint(static_files())
    if not (Path(settings.STATIC_ROOT).is_dir() and stamp.exists() and stamp.read_text() == now):
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(now)
        say("static     files collected")


def static_files() -> Iterable[Path]:
    """Every file that collectstatic would read."""
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield Path(storage.path(name))


def fingerprint(files: Iterable[Path]) -> str:
    """Returns a digest that changes when a file comes, goes or is written."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for path in sorted(files):
        facts = path.stat()
        digest.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def make_first_operator(installation: Installation, say: Callable[[str], None]) -> FirstOperator:
    """Returns who can sign in; makes the first operator where there is none."""
    operator = ensure_first_operator(installation.password_file)
    say(f"operator   {operator.name}" if operator.password else "operator   your own accounts")
    return operator


def install_defaults(say: Callable[[str], None]) -> None:
    """Brings the default thresholds where nobody has set up anything yet; comes before the first server."""
    if pack.is_new():
        say(f"alerts     {len(pack.install_pack(now=timezone.now()))} defaults, to be edited in the admin")


def register_servers(wishes: Wishes, embedded: EmbeddedServer, say: Callable[[str], None]) -> None:
    """Registers what is watched: the servers of WATCH=, else the embedded one with the demo's streams."""
    here = parse_address(embedded.address()).address
    follow_moved_folder(here)
    if not wishes.watch:
        register(parse_address(embedded.address()), name=DEMO)
        say("watching   the demo's streams")
        return
    Server.objects.filter(address=here).update(enabled=False)
    for address in wishes.watch:
        target = read_address(address)
        register(target, name=default_name(target))
        say(f"watching   {target.address}")


def follow_moved_folder(here: str) -> None:
    """Keeps one demo with its history where the folder that holds the embedded server's socket was moved."""
    moved = Server.objects.filter(name=DEMO, address__startswith="unix://", address__endswith="/valkey.sock")
    if not Server.objects.filter(address=here).exists():
        moved.update(address=here)


def register(target: Target, *, name: str) -> None:
    """Registers a server and has it watched, also where somebody had switched it off."""
    server = register_target(target, name=name)
    Server.objects.filter(pk=server.pk).update(enabled=True)


def default_name(target: Target) -> str:
    """Returns what a server is called until somebody renames it: its master's name, a cluster's first node, or its address."""
    if target.topology is Topology.SENTINEL:
        return target.master_name[:100]
    if target.topology is Topology.CLUSTER:
        return f"cluster at {target.host}:{target.port}"[:100]
    return target.address.partition("://")[2].removesuffix("/0")[:100]


def children(wishes: Wishes, embedded: EmbeddedServer) -> list[Child]:
    """The processes to keep running, our own Redis apart."""
    web = [sys.executable, "-m", "daphne", "-b", wishes.host, "-p", str(wishes.port), "-v", "0", "--no-server-name"]
    web += ["--websocket-max-message-size", LARGEST_SOCKET_MESSAGE, "--websocket-max-frame-size", LARGEST_SOCKET_FRAME]
    surroundings = child_environment(wishes)
    found = [
        *(Child(name, [*MANAGE, "run_sampler"], surroundings) for name in sampler_names(wishes.samplers)),
        Child("notifier", [*MANAGE, "run_notifier"], surroundings),
        Child("policies", [*MANAGE, "run_policies"], surroundings),
        Child("web", [*web, "dashboard.asgi:application"], surroundings),
    ]
    if not wishes.watch:
        found.append(Child("demo", [*MANAGE, "seed_demo", "--url", embedded.address()], surroundings))
    return found


def sampler_names(count: int) -> list[str]:
    """What each sampler is called in the output."""
    return ["sampler", *(f"sampler{number}" for number in range(2, count + 1))]


def child_environment(wishes: Wishes) -> dict[str, str]:
    """Variables for the children; on loopback alone pages travel by plain http, and only to this machine's names."""
    # WATCH may hold passwords, which stand encrypted in the registry by now.
    found = {"DJANGO_SETTINGS_MODULE": "dashboard.settings", "WATCH": "", "LOG_LEVEL": env.text("LOG_LEVEL", "WARNING")}
    if wishes.on_loopback:
        found["PLAIN_HTTP"] = env.text("PLAIN_HTTP", "1")
        names = ("127.0.0.1", "localhost", "[::1]")
        found["ORIGINS"] = env.text("ORIGINS", ",".join(f"http://{name}:{wishes.port}" for name in names))
    return found


def leave_database() -> None:
    """Closes our connections, which no process started later may share."""
    connections.close_all()
