"""The registry: servers by address, streams by key, and what was last seen of them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from dashboard.models import Server, Stream
from dashboard.services import registry

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
ODD_KEY = b"q'\"\n<script>\xff"


@pytest.fixture
def server() -> Server:
    return Server.objects.create(name="one", address="redis://127.0.0.1:6379/0")


def test_credentials_in_an_address_are_split_off_and_stored_encrypted() -> None:
    server = registry.register_address("redis://ann:s%40cret@10.0.0.1:6380/2", name="cache")

    server.refresh_from_db()
    assert server.address == "redis://10.0.0.1:6380/2"
    assert (server.username, server.password) == ("ann", "s@cret")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM dashboard_server")
        assert "s@cret" not in str(cursor.fetchall())


def test_an_address_is_registered_once_however_often_it_is_given() -> None:
    first = registry.register_address("redis://10.0.0.1", name="cache")
    again = registry.register_address("redis://10.0.0.1:6379/0", name="another name")

    assert again.pk == first.pk
    assert again.name == "cache"
    assert Server.objects.count() == 1


def test_new_credentials_replace_the_old_ones_and_none_leave_them() -> None:
    registry.register_address("redis://ann:old@10.0.0.1", name="cache")
    registry.register_address("redis://ann:new@10.0.0.1", name="cache")
    registry.register_address("redis://10.0.0.1", name="cache")

    assert Server.objects.get().password == "new"


def test_a_name_that_is_taken_gets_a_number(server: Server) -> None:
    assert registry.register_address("redis://10.0.0.1", name="one").name == "one 2"
    assert registry.register_address("redis://10.0.0.2", name="one").name == "one 3"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://10.0.0.1", "starts with redis://"),
        ("redis://10.0.0.1:port", "a number from 1 to 65535"),
        ("redis://:secret@", "names no host"),
        ("redis://:secret@h/x", "database is a number"),
        ("", "starts with redis://"),
    ],
)
def test_an_address_that_is_none_is_refused_with_what_would_be_right(address: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refusal:
        registry.register_address(address, name="x")

    assert "secret" not in str(refusal.value)
    assert not Server.objects.exists()


def test_streams_are_registered_once_with_any_bytes_as_key(server: Server) -> None:
    first = registry.record_seen(server, [ODD_KEY, b"a"], NOON)
    again = registry.record_seen(server, [b"a", ODD_KEY, b"b"], LATER)

    assert again[ODD_KEY] == first[ODD_KEY]
    assert set(again) == {ODD_KEY, b"a", b"b"}
    known = Stream.objects.get(pk=first[b"a"])
    assert (known.first_seen, known.last_seen) == (NOON, LATER)


def test_thousands_of_streams_are_registered_in_few_statements(
    server: Server, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        ids = registry.record_seen(server, [b"key:%d" % number for number in range(2100)], NOON)

    assert len(set(ids.values())) == 2100


def test_the_same_key_on_two_servers_is_two_streams(server: Server) -> None:
    other = Server.objects.create(name="two", address="redis://127.0.0.1:6380/0")

    assert registry.record_seen(server, [b"a"], NOON) != registry.record_seen(other, [b"a"], NOON)


def test_a_stream_is_marked_vanished_once_and_back_once(server: Server) -> None:
    ids = registry.record_seen(server, [b"a", b"b"], NOON).values()

    assert registry.mark_vanished(ids, LATER) == 2
    assert registry.mark_vanished(ids, LATER + timedelta(seconds=1)) == 0
    assert set(Stream.objects.values_list("vanished_at", flat=True)) == {LATER}
    assert registry.mark_back(ids, LATER) == 2
    assert registry.mark_back(ids, LATER) == 0
    assert Stream.objects.present().count() == 2


def test_a_vanished_stream_that_is_discovered_again_is_back(server: Server) -> None:
    ids = registry.record_seen(server, [b"a"], NOON)
    registry.mark_vanished(ids.values(), NOON)

    assert registry.record_seen(server, [b"a"], LATER) == ids
    assert Stream.objects.get().vanished_at is None


def test_a_state_changes_once_and_keeps_its_time_while_only_its_words_change(server: Server) -> None:
    assert registry.record_state(server.pk, state="down", detail="It refuses connections.", now=NOON)
    assert not registry.record_state(server.pk, state="down", detail="It refuses connections.", now=LATER)
    assert not registry.record_state(server.pk, state="down", detail="It did not answer.", now=LATER)

    server.refresh_from_db()
    assert (server.state, server.state_detail, server.state_since) == ("down", "It did not answer.", NOON)


def test_what_a_sampler_holds_changes_its_fingerprint_whenever_the_registry_changes(server: Server) -> None:
    fingerprints = [registry.fingerprint(server.pk)]
    ids = registry.record_seen(server, [b"a", b"b", b"c"], NOON)
    fingerprints.append(registry.fingerprint(server.pk))
    Stream.objects.filter(pk=ids[b"a"]).update(watched=False)
    fingerprints.append(registry.fingerprint(server.pk))
    Stream.objects.filter(pk=ids[b"a"]).update(watched=True)
    Stream.objects.filter(pk=ids[b"b"]).update(watched=False)
    fingerprints.append(registry.fingerprint(server.pk))
    Stream.objects.filter(pk=ids[b"c"]).delete()
    fingerprints.append(registry.fingerprint(server.pk))

    assert len(set(fingerprints)) == len(fingerprints)


def test_holdings_tell_what_is_watched_known_and_vanished(server: Server) -> None:
    ids = registry.record_seen(server, [b"a", b"b", ODD_KEY], NOON)
    Stream.objects.filter(pk=ids[b"a"]).update(watched=False)
    registry.mark_vanished([ids[b"b"]], NOON)

    held = registry.holdings(server.pk)

    assert held.ids == {b"b": ids[b"b"], ODD_KEY: ids[ODD_KEY]}
    assert held.known == {b"a", b"b", ODD_KEY}
    assert held.vanished == {ids[b"b"]}


def test_presence_is_recorded_for_the_streams_that_are_there(server: Server) -> None:
    ids = registry.record_seen(server, [b"a", b"b"], NOON)
    registry.mark_vanished([ids[b"b"]], NOON)

    assert registry.record_present(server.pk, LATER) == 1
    assert Stream.objects.get(pk=ids[b"a"]).last_seen == LATER
    assert Stream.objects.get(pk=ids[b"b"]).last_seen == NOON
