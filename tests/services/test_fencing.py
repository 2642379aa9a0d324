"""Fencing: whoever has lost a server writes nothing about it, and nobody loses it by accident."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from dashboard.core.lease import Lease
from dashboard.models import Alert, Server, Stream, Threshold
from dashboard.services import fencing, registry
from dashboard.services.alerting import Judge
from tests.services.ticks import a_stream, a_tick

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(db: None) -> Server:
    return Server.objects.create(name="one", address="redis://127.0.0.1:1/0")


def test_the_highest_token_holds_and_every_older_one_is_refused(server: Server) -> None:
    old, new = Lease(server.pk, 3), Lease(server.pk, 4)
    assert fencing.claim(old, "a", NOW)
    with fencing.fenced(old):
        registry.record_state(server.pk, state="up", detail="", now=NOW)
    assert fencing.claim(new, "b", NOW)

    with pytest.raises(fencing.LeaseLost), fencing.fenced(old):
        registry.record_state(server.pk, state="down", detail="stale", now=NOW)

    with fencing.fenced(new):
        pass
    server.refresh_from_db()
    assert (server.state, server.fence, server.sampler) == ("up", 4, "b")


def test_a_claim_with_a_token_that_is_too_low_changes_nothing(server: Server) -> None:
    assert fencing.claim(Lease(server.pk, 7), "a", NOW)

    assert not fencing.claim(Lease(server.pk, 7), "b", NOW)
    assert not fencing.claim(Lease(server.pk, 2), "b", NOW)

    server.refresh_from_db()
    assert (server.fence, server.sampler) == (7, "a")


def test_of_several_servers_those_that_are_held_are_named(server: Server) -> None:
    other = Server.objects.create(name="two", address="redis://127.0.0.1:2/0", fence=5)
    gone = other.pk + 1

    assert fencing.held_among({server.pk: 0, other.pk: 4, gone: 0}) == {server.pk}


def test_a_server_that_is_gone_is_nobodys(server: Server) -> None:
    lease = Lease(server.pk, 1)
    fencing.claim(lease, "a", NOW)
    server.delete()

    with pytest.raises(fencing.LeaseLost), fencing.fenced(lease):
        pass


def test_an_orphan_is_claimed_once_and_only_after_its_time(server: Server) -> None:
    first = fencing.claim_orphan(server.pk, "a", NOW)
    assert first == Lease(server.pk, 1)
    assert fencing.claim_orphan(server.pk, "b", NOW + fencing.ORPHANED_AFTER) is None

    fencing.keep([first], "a", NOW + timedelta(seconds=10))
    assert fencing.claim_orphan(server.pk, "b", NOW + timedelta(seconds=20)) is None

    assert fencing.claim_orphan(server.pk, "b", NOW + timedelta(seconds=26)) == Lease(server.pk, 2)
    assert fencing.keep([first], "a", NOW + timedelta(seconds=27)) == 0


def test_what_is_released_is_free_at_once_unless_another_has_it(server: Server) -> None:
    first = fencing.claim_orphan(server.pk, "a", NOW)
    assert first
    fencing.release(first)
    second = fencing.claim_orphan(server.pk, "b", NOW)
    assert second == Lease(server.pk, 2)

    fencing.release(first)

    assert fencing.claim_orphan(server.pk, "c", NOW) is None


def test_saving_a_server_that_was_read_before_gives_no_lease_back(server: Server) -> None:
    read_before = Server.objects.get(pk=server.pk)
    fencing.claim(Lease(server.pk, 9), "a", NOW)
    registry.record_state(server.pk, state="up", detail="", now=NOW)

    read_before.environment = "production"
    read_before.save()

    server.refresh_from_db()
    assert (server.fence, server.sampler, server.state, server.environment) == (9, "a", "up", "production")


def test_a_breach_is_one_open_alert_over_ten_takeovers(server: Server) -> None:
    stream = Stream.objects.create(server=server, key=b"s")
    Threshold.objects.create(name="long", metric=Threshold.Metric.LENGTH, server=server, warning_limit=5)
    tick, ids = a_tick(a_stream(b"s", length=10)), {b"s": stream.pk}
    judges = []

    for token in range(1, 11):
        lease = Lease(server.pk, token)
        assert fencing.claim(lease, f"sampler {token}", NOW)
        judges.append(Judge(server.pk, guard=partial(fencing.fenced, lease)))
        judges[-1].judge(tick, stream_ids=ids, now=NOW + timedelta(seconds=token))

    assert Alert.objects.count() == Alert.objects.open().count() == 1
    over = a_tick(a_stream(b"s", length=1))
    for judge in judges[:-1]:
        with pytest.raises(fencing.LeaseLost):
            judge.judge(over, stream_ids=ids, now=NOW + timedelta(seconds=20))
    assert Alert.objects.open().count() == 1
    assert len(judges[-1].judge(over, stream_ids=ids, now=NOW + timedelta(seconds=20))) == 1
