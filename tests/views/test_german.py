"""German from end to end: pages, the admin, and sentences that were made where no reader is known."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import translation

from dashboard.core.certificates import problems
from dashboard.core.target import Tls
from dashboard.core.thresholds import Metric
from dashboard.models import Inhibition, MaintenanceWindow, Receiver, Route, Server, Silence, Stream, Threshold
from dashboard.told import told
from streams_admin.models import Action

GERMAN = {"accept-language": "de"}


@pytest.fixture
def _german() -> Iterator[None]:
    with translation.override("de"):
        yield


@pytest.mark.usefixtures("_german")
@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("The stream is empty.", "Der Stream ist leer."),
        (
            "Entries wait and none was delivered for 60 s: it has no consumer.",
            "Einträge warten, und seit 60 s wurde keiner zugestellt: Sie hat keinen Consumer.",
        ),
        ("lag of new on payments above 300: 412", "Rückstand von new auf payments über 300: 412"),
        ("no data from state for 5 min: The stream is gone.", "keine Daten von state seit 5 min: Der Stream ist weg."),
        (
            "10.0.0.7 is in a private network: allow that network first if it is meant.",
            "10.0.0.7 liegt in einem privaten Netz: Ist es gemeint, dieses Netz zuerst erlauben.",
        ),
        ("Trim 1 200 entries", "1 200 Einträge kürzen"),
        (
            "It refuses this user name or password. See (.*)",
            "Er weist diesen Benutzernamen oder dieses Passwort ab. See (.*)",
        ),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("", ""),
    ],
    ids=[
        "whole",
        "filled",
        "names stay",
        "two sentences",
        "of a receiver",
        "a part",
        "unknown in part",
        "hostile",
        "nothing",
    ],
)
def test_a_sentence_made_elsewhere_is_told_in_german(sentence: str, wanted: str) -> None:
    assert told(sentence) == wanted


@pytest.mark.usefixtures("_german")
def test_what_the_core_says_of_certificates_is_told_in_german() -> None:
    from datetime import UTC, datetime

    found = problems(Tls(ca="nonsense", certificate="", key=""), secure=True, now=datetime(2026, 1, 1, tzinfo=UTC))

    assert [told(text) for text in found.values()] == [
        "Das ist kein Zertifikat in PEM, das mit -----BEGIN CERTIFICATE----- beginnt."
    ]


@pytest.mark.usefixtures("_german")
@pytest.mark.parametrize(
    "model", [Server, Stream, Threshold, Receiver, Route, Silence, MaintenanceWindow, Inhibition, Action]
)
def test_every_field_has_a_german_name(model: type) -> None:
    unsaid = [
        str(field.verbose_name)
        for field in model._meta.get_fields()  # type: ignore[attr-defined]
        if hasattr(field, "verbose_name")
        and field.name != "id"
        and not field.auto_created
        and str(field.verbose_name)
        in {field.name.replace("_", " ")} - {"name", "server", "stream", "plan", "operator", "token"}
    ]

    assert unsaid == []


def test_english_is_left_as_it_is() -> None:
    with translation.override("en"):
        assert told("The stream is empty.") == "The stream is empty."


@pytest.mark.django_db
def test_the_admin_speaks_german_and_tells_errors_in_it(administrator_client: Client) -> None:
    address = "/admin/dashboard/threshold/add/"
    page = administrator_client.get(address, headers=GERMAN).content.decode()
    wrong = {
        "name": "x",
        "metric": Metric.LAG,
        "severity": "warning",
        "comparison": "above",
        "warning_limit": "-1",
        "hold_s": "0",
    }
    refused = administrator_client.post(address, wrong, headers=GERMAN).content.decode()

    for words in ("Haltezeit:", "Offen halten:", "Rückstand einer Gruppe (Einträge)", "kritisch", "Schwellen"):
        assert words in page, words
    assert "Keine Messgröße liegt je unter 0: einen Grenzwert von 0 oder mehr angeben." in refused


@pytest.mark.django_db
def test_what_is_put_together_from_parts_is_told_whole(administrator_client: Client) -> None:
    matchers = [{"name": "stream", "op": "!~", "value": "pay*"}]
    Route.objects.create(name="Shop", matchers=matchers, goes_on=True)
    Threshold.objects.create(name="x", metric="group_state_s", states=["stalled"], warning_limit=60, hold_s=120)

    pages = [
        " ".join(administrator_client.get(f"/admin/dashboard/{name}/", headers=GERMAN).content.decode().split())
        for name in ("route", "threshold")
    ]

    assert "stream ist nicht wie pay*, und weiter zur nächsten" in pages[0]
    for words in ("seit 1 min", "Haltezeit 2 min", "jede Gruppe · jeder Stream", "STOCKT"):
        assert words in pages[1], words


@pytest.mark.django_db
def test_numbers_of_the_servers_own_are_written_as_german_does(operator_client: Client) -> None:
    from datetime import UTC, datetime

    from dashboard.models import Alert

    server = Server.objects.create(name="shop", address="redis://127.0.0.1:6379/0")
    Alert.objects.create(
        server=server,
        metric="length",
        severity="critical",
        title="length of payments above 12 000: 12 345",
        limit=12000,
        opened_value=12345.5,
        opened_at=datetime(2025, 11, 23, 19, 10, 5, tzinfo=UTC),
    )

    page = operator_client.get("/alerts/", headers=GERMAN).content.decode()

    assert ">12.000<" in page
    assert "Länge von payments über 12 000: 12 345" in page
    assert "kritisch" in page
