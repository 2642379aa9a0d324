"""Every address and every websocket message, with every role, against the committed matrix."""

from typing import Any, get_args

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from django.test import Client, RequestFactory

from dashboard.live.events import Request
from dashboard.models import Server, Stream
from tests.live.connections import connected
from tests.security import matrix
from tests.security.world import World, build, routes
from tests.servers import RedisServer

#: What a person who is not signed in may be shown; of the wallboard, by a link that somebody made for it.
PUBLIC = {"/login/", "/language/", "/admin/login/", "/healthz", "/readyz", "/wall/<str:token>/"}
#: What a person without any role may be shown beyond that: their own password, at most.
PERSONAL = PUBLIC | {"/logout/"}
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "DROP", "ALTER")


@pytest.fixture
def world(db: None, own_redis: RedisServer, valkey_server: RedisServer) -> World:
    return build(valkey_server, own_redis)


@pytest.fixture
def client_of(role: str, request: pytest.FixtureRequest) -> Client:
    """A browser of the role."""
    client: Client = request.getfixturevalue("client" if role == "anonymous" else f"{role}_client")
    client.raise_request_exception = False
    return client


def answer_of(response: Any) -> str:
    return "-" if response.status_code == 405 else str(response.status_code)


def compare(role: str, found: matrix.Answers) -> None:
    if matrix.UPDATING:
        matrix.write(role, found)
    kinds = {line.partition(" ")[0] for line in found}
    committed = {line: answer for line, answer in matrix.read()[role].items() if line.partition(" ")[0] in kinds}
    unlisted, gone = sorted(found.keys() - committed.keys()), sorted(committed.keys() - found.keys())
    assert not unlisted, f"Not in role_matrix.txt: {unlisted}. {matrix.__doc__}"
    assert not gone, f"In role_matrix.txt, and no more: {gone}"
    wrong = {line: (committed[line], answer) for line, answer in found.items() if committed[line] != answer}
    assert not wrong, f"{role} (committed, found): {wrong}"


@pytest.mark.parametrize("role", matrix.ROLES)
def test_reading_every_address_changes_nothing_and_answers_as_committed(
    role: str, world: World, client_of: Client, valkey_server: RedisServer
) -> None:
    statements: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    found, wrote = {}, {}
    with valkey_server.client() as client:
        client.config_resetstat()
        for route in routes():
            with connection.execute_wrapper(note):
                found[f"GET {route}"] = answer_of(client_of.get(world.path_of(route)))
            wrote[route] = [sql for sql in statements if sql.lstrip().upper().startswith(WRITES)]
            statements.clear()
        ran = {name.removeprefix("cmdstat_").partition("|")[0] for name in client.info("commandstats")}
        writing = {name for name, facts in client.command().items() if "write" in facts["flags"]}

    assert not {route: sql for route, sql in wrote.items() if sql}
    assert not ran & writing
    compare(role, found)


@pytest.mark.parametrize("role", matrix.ROLES)
def test_an_empty_post_to_every_address_answers_as_committed(
    role: str, world: World, client_of: Client, request: pytest.FixtureRequest
) -> None:
    found = {}
    for route in routes():
        found[f"POST {route}"] = answer_of(client_of.post(world.path_of(route)))
        if "logout" in route and role != "anonymous":
            client_of.force_login(User.objects.get(username=role), backend="django.contrib.auth.backends.ModelBackend")

    compare(role, found)


@pytest.mark.parametrize("role", matrix.ROLES)
def test_every_admin_action_is_offered_as_committed(role: str, world: World, request: pytest.FixtureRequest) -> None:
    asking = RequestFactory().get("/admin/")
    asking.user = AnonymousUser() if role == "anonymous" else request.getfixturevalue(role)
    found = {}
    for model, options in admin.site._registry.items():
        reached = admin.site.has_permission(asking) and options.has_view_or_change_permission(asking)
        offered = options.get_actions(asking) if reached else {}
        names = {getattr(action, "__name__", action) for action in options.actions or ()} | {"delete_selected"}
        for name in names:
            found[f"ACTION {model._meta.label_lower}:{name}"] = "offered" if name in offered else "-"

    compare(role, found)


def test_strangers_are_shown_nothing_but_the_way_in() -> None:
    shown = {line for line, answer in matrix.read()["anonymous"].items() if answer == "200"}

    assert {line.split()[1] for line in shown} <= PUBLIC


def test_who_has_no_role_is_shown_no_more_than_a_stranger() -> None:
    shown = {line for line, answer in matrix.read()["nobody"].items() if answer == "200"}

    assert {line.split()[1] for line in shown} <= PERSONAL


def test_only_operators_reach_what_acts_on_a_watched_server() -> None:
    acting = [line for line in matrix.read()["viewer"] if line.startswith("POST") and "/stream/<int:pk>/" in line]
    acting += ["POST /admin/dashboard/stream/plans/<str:token>/"]

    assert len(acting) >= 3
    for role in ("anonymous", "nobody", "viewer"):
        assert {matrix.read()[role][line] for line in acting} <= {"302", "403", "-"}


def test_nobody_may_rewrite_the_audit() -> None:
    lines = [
        f"POST /admin/streams_admin/action/{verb}/"
        for verb in ("add", "<path:object_id>/delete", "<path:object_id>/change")
    ]

    assert {matrix.read()["administrator"][line] for line in lines} == {"403"}


# The websocket


@pytest.fixture
def person(role: str, request: pytest.FixtureRequest, transactional_db: None) -> User | None:
    return None if role == "anonymous" else request.getfixturevalue(role)


@pytest.fixture
def registry(transactional_db: None, own_redis: RedisServer) -> Stream:
    server = Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")
    return Stream.objects.create(server=server, key=b"orders")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", matrix.ROLES)
async def test_every_websocket_message_is_answered_as_committed(
    role: str, person: User | None, registry: Stream
) -> None:
    examples: dict[str, dict[str, Any]] = {
        "watch": {"streams": [registry.pk], "servers": [registry.server_id]},
        "list": {"view": "", "rows": 10},
        "seen": {"seq": 1},
        "ping": {},
    }
    found = {}
    for message in [str(kind.__struct_config__.tag) for kind in get_args(Request)]:
        async with connected(person) as browser:
            await browser.say(type=message, **examples[message])
            await browser.say(type="?")
            answer = await browser.receive_output(5)
            found[f"WS {message}"] = str(answer["code"]) if answer["type"] == "websocket.close" else "answered"

    compare(role, found)
