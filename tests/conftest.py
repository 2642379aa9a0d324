"""Fixtures for every test: real servers, our own Redis, people with the roles of the role matrix."""

from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from _pytest.runner import runtestprotocol
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, settings

from dashboard.roles import ADMINISTRATOR, OPERATOR, VIEWER
from tests.deployments import shared_cluster, shared_watched
from tests.servers import Kind, RedisServer, running

# How long an example takes is the machine's affair.
settings.register_profile("streamgauge", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("streamgauge")

__all__ = ["shared_cluster", "shared_watched"]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """A request's language stays with the thread that a test makes it in: the next test begins without."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """SQLite's tables are emptied by DELETE between transactional tests, which the audit refuses: only its own tests let it."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER IF EXISTS streams_admin_auditentry_no_delete")


@pytest.fixture(scope="session")
def _servers() -> Iterator[dict[Kind, RedisServer]]:
    """Watched servers by kind, started at first use and shared; `watched_server` empties them between tests."""
    servers: dict[Kind, RedisServer] = {}
    yield servers
    for server in servers.values():
        server.close()


@pytest.fixture(params=list(Kind), ids=str)
def watched_server(request: pytest.FixtureRequest, _servers: dict[Kind, RedisServer]) -> RedisServer:
    """An empty server of each kind in turn. Never pause or kill it: start your own with `tests.servers.running`."""
    return _emptied(_servers, request.param)


@pytest.fixture
def valkey_server(_servers: dict[Kind, RedisServer]) -> RedisServer:
    """An empty Valkey 9.1, where one kind is enough."""
    return _emptied(_servers, Kind.VALKEY_9)


def _emptied(servers: dict[Kind, RedisServer], kind: Kind) -> RedisServer:
    if kind not in servers:
        servers[kind] = RedisServer(kind)
    with servers[kind].client() as client:
        client.flushall()
    return servers[kind]


@pytest.fixture
def client_of_watched(watched_server: RedisServer) -> Iterator["redis.Redis"]:
    """A client of `watched_server`, bytes in and out."""
    with watched_server.client() as client:
        yield client


@pytest.fixture(scope="session")
def own_redis_server() -> Iterator[RedisServer]:
    """Our own Redis: channel layer and latest samples."""
    with running(Kind.VALKEY_9) as server:
        yield server


@pytest.fixture
def own_redis(own_redis_server: RedisServer, settings: Any) -> RedisServer:
    """Our own Redis, empty, with the settings leading to it."""
    with own_redis_server.client() as client:
        client.flushall()
    settings.REDIS_URL = own_redis_server.url
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {
                "hosts": [{"address": own_redis_server.url, "socket_timeout": None, "protocol": 2}],
                "prefix": "streamgauge",
            },
        }
    }
    return own_redis_server


# People, by the roles of the role matrix. Each password is PASSWORD.

PASSWORD = "correct horse battery"


# Whatever of the roles migrations make.
ROLE_MIGRATIONS = [
    "dashboard.migrations.0002_roles",
    "streams_admin.migrations.0002_roles",
    "dashboard.migrations.0007_who_makes_wall_links",
    "dashboard.migrations.0012_who_routes_and_silences",
    "streams_admin.migrations.0004_who_recovers",
    "streams_admin.migrations.0006_who_sets_policies",
    "streams_admin.migrations.0010_who_backs_up",
    "streams_admin.migrations.0013_who_approves",
]


def _person(name: str, *roles: str, staff: bool = False) -> User:
    # A transactional test before us has emptied every table, and with them what migrations had put there.
    if not Group.objects.filter(name=VIEWER).exists():
        for migration in ROLE_MIGRATIONS:
            import_module(migration).make_roles(apps, SimpleNamespace(connection=connection))
    person = User.objects.create_user(name, password=PASSWORD, is_staff=staff)
    person.groups.set(Group.objects.filter(name__in=roles))
    return person


@pytest.fixture
def nobody(db: None) -> User:
    """Signed in, and in no group."""
    return _person("nobody")


@pytest.fixture
def viewer(db: None) -> User:
    """May watch."""
    return _person("viewer", VIEWER)


@pytest.fixture
def operator(db: None) -> User:
    """May watch, see payloads, acknowledge alerts and recover."""
    return _person("operator", OPERATOR, staff=True)


@pytest.fixture
def administrator(db: None) -> User:
    """May configure, too."""
    return _person("administrator", ADMINISTRATOR, staff=True)


def _signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def nobody_client(nobody: User) -> Client:
    """A browser in which `nobody` is signed in."""
    return _signed_in(nobody)


@pytest.fixture
def viewer_client(viewer: User) -> Client:
    """A browser in which `viewer` is signed in."""
    return _signed_in(viewer)


@pytest.fixture
def operator_client(operator: User) -> Client:
    """A browser in which `operator` is signed in."""
    return _signed_in(operator)


@pytest.fixture
def administrator_client(administrator: User) -> Client:
    """A browser in which `administrator` is signed in."""
    return _signed_in(administrator)


def pytest_runtest_protocol(item: Any, nextitem: Any) -> bool:
    """Tries a test once more where it fails: on a busy machine a browser may draw between two of its steps, and a second be missing.

    What fails twice fails, and the first failure stands in the report. What passes then is named at the end of the run, with what
    it was: that is a fault, too, of the test or of what it tests, and to be looked into.
    """
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    first = next((report for report in reports if report.failed), None)
    if first:
        item._initrequest()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        for report in reports:
            report.sections.append(("The first try failed", str(first.longrepr)))
            report.user_properties.append(("second try", _last_line(first)))
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _last_line(report: Any) -> str:
    return next((line for line in reversed(str(report.longrepr).splitlines()) if line.strip()), "")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Names the tests that passed only when they were tried again."""
    for report in terminalreporter.stats.get("passed", []):
        for name, why in report.user_properties:
            if name == "second try":
                terminalreporter.write_line(f"passed at the second try: {report.nodeid} ({why})")


#: The half of the browser tests that is about streams and the overview.
STREAMS_IN_A_BROWSER = ("test_stream_page", "test_chart", "test_overview", "test_faults", "test_walks", "test_entries")


#: What such a module starts takes longer than most of its tests.
WITH_ONE_OF_THEIR_OWN = ("test_up.py", "test_sockets_over_the_network.py")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Lets two workers of a parallel run have all browser tests: two products and two Chromiums, not one a worker.

    Modules with a product or a deployment of their own stay with one worker each, too; all other tests go where there is room.

    xdist's own groups (`--dist loadgroup`) do nothing under pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class BrowserTestsTogether(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            folder, _, name = nodeid.rpartition("/")
            if folder == "tests/browser":
                return f"browser {name.startswith(STREAMS_IN_A_BROWSER)}"
            module = nodeid.partition("::")[0]
            return module if module.endswith(WITH_ONE_OF_THEIR_OWN) else nodeid

    return BrowserTestsTogether(config, log)
