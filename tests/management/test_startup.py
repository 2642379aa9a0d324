"""The steps of `manage.py up`, and what each refuses."""

import os
import socket
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from dashboard.core.target import parse_address
from dashboard.management import startup
from dashboard.management.embedded import EmbeddedServer
from dashboard.management.installation import Installation
from dashboard.management.startup import Wishes
from dashboard.models import Server
from tests.servers import RedisServer, free_port

OURS = ("BIND", "PORT", "SAMPLERS", "WATCH", "REDIS_URL", "ORIGINS", "PLAIN_HTTP", "LOG_LEVEL")


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    return Installation(tmp_path)


@pytest.fixture
def embedded(tmp_path: Path) -> EmbeddedServer:
    return EmbeddedServer(tmp_path / "redis")


def wishes(*watch: str, host: str = "127.0.0.1", port: int | None = None, own_redis: str = "") -> Wishes:
    return Wishes(host, port or free_port(), watch, own_redis)


def complaint_about(wishes: Wishes) -> str:
    with pytest.raises(CommandError) as refused:
        startup.check_surroundings(wishes)
    return str(refused.value)


def test_without_a_word_it_is_port_8000_on_loopback_and_the_demo(installation: Installation) -> None:
    assert startup.read_wishes(installation) == Wishes("127.0.0.1", 8000, (), "")


def test_wishes_come_from_the_environment(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"BIND": "::1", "PORT": "81", "WATCH": "redis://a, unix:///b", "REDIS_URL": "redis://c"}.items():
        monkeypatch.setenv(name, value)

    asked = startup.read_wishes(installation)

    assert asked == Wishes("::1", 81, ("redis://a", "unix:///b"), "redis://c")
    assert not asked.needs_embedded
    assert asked.url == "http://[::1]:81"


def test_the_address_that_an_earlier_start_wrote_down_is_no_wish(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.record(REDIS_URL="unix:///somewhere/before?db=1")
    monkeypatch.setenv("REDIS_URL", "unix:///somewhere/before?db=1")  # settings have read the file

    assert startup.read_wishes(installation).own_redis == ""


@pytest.mark.parametrize("port", ["eight", "0", "65536", "-1", "８０００"])
def test_a_port_that_is_none_is_named(installation: Installation, monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)

    with pytest.raises(CommandError, match="it must be a number from 1 to 65535"):
        startup.read_wishes(installation)


def test_as_many_samplers_run_as_are_asked_for(
    installation: Installation, embedded: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMPLERS", "3")
    names = [child.name for child in startup.children(startup.read_wishes(installation), embedded)]
    assert names == ["sampler", "sampler2", "sampler3", "notifier", "policies", "web", "demo"]

    monkeypatch.setenv("SAMPLERS", "none")
    with pytest.raises(CommandError, match="SAMPLERS is 'none'; it must be a number from 1 to 64"):
        startup.read_wishes(installation)


def test_a_repr_of_wishes_shows_no_password() -> None:
    assert "hush" not in repr(wishes("redis://:hush@127.0.0.1", own_redis="redis://:hush@127.0.0.1"))


def test_a_busy_port_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert complaint_about(wishes(port=port)).startswith(f"Port {port} is in use.")


def test_reachable_servers_are_accepted(watched_server: RedisServer) -> None:
    startup.check_surroundings(wishes(watched_server.url, watched_server.unix_url))


def test_the_unreachable_one_of_several_is_named_without_its_password(valkey_server: RedisServer) -> None:
    port = free_port()

    assert complaint_about(wishes(valkey_server.url, f"redis://:hush@127.0.0.1:{port}")) == (
        f"WATCH: cannot use redis://127.0.0.1:{port}/0. It refuses connections: nothing listens at this address."
    )


@pytest.mark.parametrize("address", ["http://:hush@example", "redis://:hush@127.0.0.1:1x/", "redis://:hush@/", "hush"])
def test_an_address_that_is_none_is_counted_rather_than_quoted(address: str) -> None:
    said = complaint_about(wishes(address))

    assert said.startswith("WATCH, address 1: ")
    assert "hush" not in said


@pytest.mark.django_db
class TestRegistering:
    def test_the_demo_is_registered_once_however_often_it_starts(self, embedded: EmbeddedServer) -> None:
        said: list[str] = []
        startup.register_servers(wishes(), embedded, said.append)
        startup.register_servers(wishes(), embedded, said.append)

        server = Server.objects.get()
        assert (server.name, server.enabled) == ("Demo", True)
        assert server.target == parse_address(embedded.address())

    def test_watched_servers_take_the_demos_place_and_give_it_back(self, embedded: EmbeddedServer) -> None:
        startup.register_servers(wishes(), embedded, print)
        startup.register_servers(wishes("redis://:hush@127.0.0.1:7000", "unix:///run/r.sock"), embedded, print)

        assert [server.name for server in Server.objects.enabled()] == ["/run/r.sock", "127.0.0.1:7000"]
        assert "hush" not in Server.objects.get(name="127.0.0.1:7000").address

        startup.register_servers(wishes(), embedded, print)
        assert Server.objects.get(name="Demo").enabled

    def test_a_moved_folder_keeps_its_demo(self, embedded: EmbeddedServer, tmp_path: Path) -> None:
        startup.register_servers(wishes(), embedded, print)
        before = Server.objects.get()
        moved = EmbeddedServer(tmp_path / "moved")
        startup.register_servers(wishes(), moved, print)

        after = Server.objects.get()
        assert (after.pk, after.target) == (before.pk, parse_address(moved.address()))


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("redis://10.0.0.1:6379/0", "10.0.0.1:6379"),
        ("redis://10.0.0.1:6379/3", "10.0.0.1:6379/3"),
        ("redis+sentinel://10.0.0.1:26379,10.0.0.2:26379/shop/0", "shop"),
        ("redis+cluster://10.0.0.1:7000,10.0.0.2:7000", "cluster at 10.0.0.1:7000"),
    ],
)
def test_a_watched_server_has_a_name_that_fits_on_a_line(address: str, name: str) -> None:
    assert startup.default_name(parse_address(address)) == name


def test_pages_travel_by_plain_http_on_loopback_alone(installation: Installation) -> None:
    loopback = startup.child_environment(wishes(port=8123))
    assert loopback["PLAIN_HTTP"] == "1"
    assert loopback["ORIGINS"] == "http://127.0.0.1:8123,http://localhost:8123,http://[::1]:8123"

    assert not {"PLAIN_HTTP", "ORIGINS"} & set(startup.child_environment(wishes(host="192.0.2.1")))


def test_children_do_not_inherit_the_passwords_of_watch(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCH", "redis://:hush@127.0.0.1")

    assert startup.child_environment(wishes("redis://:hush@127.0.0.1"))["WATCH"] == ""


def test_only_the_demo_writes_and_only_without_watched_servers(
    installation: Installation, embedded: EmbeddedServer
) -> None:
    names = [child.name for child in startup.children(wishes(), embedded)]
    assert names == ["sampler", "notifier", "policies", "web", "demo"]
    assert [child.name for child in startup.children(wishes("redis://a"), embedded)] == [
        "sampler",
        "notifier",
        "policies",
        "web",
    ]


def test_static_files_are_collected_again_only_when_one_changed(tmp_path: Path) -> None:
    first, second = tmp_path / "a.css", tmp_path / "b.css"
    first.write_text("a")
    second.write_text("b")
    before = startup.fingerprint([first, second])

    assert startup.fingerprint([second, first]) == before
    assert startup.fingerprint([first]) != before
    os.utime(second, (1, 1))
    assert startup.fingerprint([first, second]) != before
