"""The default pack comes once, and whatever people do to it afterwards stays."""

import pytest
from django.core.management import call_command
from django.test import Client

from dashboard.core.pack import INHIBITIONS, ROUTES, THRESHOLDS
from dashboard.core.threshold_metrics import Metric
from dashboard.models import Inhibition, PackPiece, Route, Server, Threshold
from dashboard.services.pack import install_pack, is_new, missing
from tests.services.ticks import NOON, at

INSTALL = "/admin/dashboard/threshold/install/"
LIST = "/admin/dashboard/threshold/"


@pytest.mark.django_db
def test_an_edit_and_a_deletion_stay() -> None:
    first = install_pack(now=NOON)
    Threshold.objects.filter(pack_key="time-lag").update(warning_limit=7, name="Ours")
    Threshold.objects.filter(pack_key="lost").delete()
    Route.objects.all().delete()

    assert install_pack(now=at(60)) == []
    assert len(first) == len(THRESHOLDS) + len(INHIBITIONS) + len(ROUTES)
    assert Threshold.objects.get(pack_key="time-lag").warning_limit == 7
    assert not Threshold.objects.filter(pack_key="lost").exists()
    assert not Route.objects.exists()


@pytest.mark.django_db
def test_an_older_installation_gets_what_has_come_since() -> None:
    install_pack(now=NOON)
    PackPiece.objects.filter(key="watchdog").delete()
    Threshold.objects.filter(pack_key="watchdog").delete()

    assert missing() == {"watchdog"}
    assert install_pack(now=at(60)) == ["Watchdog"]


@pytest.mark.django_db
def test_it_is_for_an_installation_that_nobody_has_set_up() -> None:
    assert is_new()
    Server.objects.create(name="shop", address="redis://127.0.0.1:1/0")
    assert not is_new()


@pytest.mark.django_db
def test_it_says_what_the_documentation_says() -> None:
    install_pack(now=NOON)

    limits = {its.pack_key: (its.warning_limit, its.critical_limit) for its in Threshold.objects.all()}
    assert limits["server-down"] == (None, 30)
    assert (limits["group-stopped"], limits["group-stalled"], limits["group-slow"]) == (
        (None, 120),
        (300, None),
        (900, None),
    )
    assert limits["time-lag"] == (60, 300)
    assert (limits["oldest-unacknowledged"], limits["deliveries"], limits["lost"]) == (
        (600, None),
        (4, None),
        (None, 0),
    )
    assert limits["memory-full"][0] == 86400
    off = Threshold.objects.filter(enabled=False)
    assert [its.pack_key for its in off] == ["producer-silent"]
    assert Threshold.objects.filter(metric=Metric.WATCHDOG).count() == 1
    assert not Route.objects.get().receivers.exists()
    assert Inhibition.objects.get().equal == ["server"]


def test_the_list_offers_it_until_it_is_there(administrator_client: Client) -> None:
    before = administrator_client.get(LIST).content

    administrator_client.post(INSTALL)

    assert b"Install the default thresholds" in before
    assert Threshold.objects.count() == len(THRESHOLDS)
    assert b"Install the default thresholds" not in administrator_client.get(LIST).content
    administrator_client.post(INSTALL)
    assert Threshold.objects.count() == len(THRESHOLDS)


def test_the_command_says_what_it_installed(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("install_thresholds")
    call_command("install_thresholds")

    said = capsys.readouterr().out
    assert "installed  Server down" in said
    assert "was installed before" in said


def test_installing_needs_the_right_to_add(operator_client: Client) -> None:
    assert operator_client.post(INSTALL).status_code == 403
