"""Silences: made with what they mute in sight, ended, moved, renewed; and who may."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.models import Alert, Server, Silence

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def _alert(stream: str = "payments") -> Alert:
    server, _ = Server.objects.get_or_create(name="shop", address="redis://127.0.0.1:6379/0")
    labels = {"threshold": "Lag", "server": "shop", "stream": stream, "severity": "warning", "team": "x"}
    return Alert.objects.create(
        server=server,
        title=f"lag on {stream}",
        severity="warning",
        metric="lag",
        limit=1,
        opened_at=timezone.now(),
        labels=labels,
        subject_digest=stream,
    )


def _silence(**fields: object) -> Silence:
    now = timezone.now()
    facts: dict[str, object] = {
        "matchers": [{"name": "stream", "op": "~", "value": "pay*"}],
        "starts_at": now - HOUR,
        "ends_at": now + HOUR,
        "reason": "rollout",
        "made_at": now,
    }
    return Silence.objects.create(**{**facts, **fields})


def _typed(page: str, **changes: object) -> dict[str, object]:
    """What the form says, as a browser sends it."""
    inputs = re.findall(r'<input[^>]*?name="(matchers_name|matchers_value|seen)"[^>]*?value="([^"]*)"', page)
    ops = re.findall(r'<option value="([^"]*)" selected>', page)
    found: dict[str, object] = {name: [value for each, value in inputs if each == name] for name, _ in inputs}
    names = found.get("matchers_name", [])
    found["matchers_op"] = [op for op in ops if op in {"=", "!=", "~", "!~"}] + ["="]
    assert isinstance(names, list)
    return {**found, "act": "save", "lasts": "120", "reason": "rollout", **changes}


def _get(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_an_alert_is_silenced_by_a_reason_and_a_click(operator_client: Client) -> None:
    alert, _ = _alert(), _alert("orders")

    page = _get(operator_client, f"/silences/new/?alert={alert.pk}")
    response = operator_client.post(f"/silences/new/?alert={alert.pk}", _typed(page))

    assert "Mutes 1 of 2 open alerts now" in page
    assert "lag on payments" in page
    made = Silence.objects.get()
    assert response["Location"] == f"/silences/?state=active#silence-{made.pk}"
    assert {row["name"]: row["value"] for row in made.matchers} == {
        "threshold": "Lag",
        "server": "shop",
        "stream": "payments",
    }
    assert made.ends_at - made.starts_at == 2 * HOUR
    assert made.author is not None
    assert made.author.username == "operator"
    listed = _get(operator_client, "/silences/")
    assert "stream is payments" in listed
    assert re.search(r'data-label="Mutes now">1<', listed)


def test_what_was_not_looked_at_is_shown_before_it_is_saved(operator_client: Client) -> None:
    alert = _alert()
    page = _get(operator_client, f"/silences/new/?alert={alert.pk}")
    everything = {"matchers_name": ["server"], "matchers_op": ["~"], "matchers_value": ["*"]}

    shown = operator_client.post("/silences/new/", _typed(page, **everything)).content.decode()
    saved = operator_client.post("/silences/new/", _typed(shown, **everything))

    assert "The matchers have changed" in shown
    assert "This fits every alert, also those to come." in shown
    assert saved.status_code == 302
    assert Silence.objects.get().matchers == [{"name": "server", "op": "~", "value": "*"}]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": " "}, "Say why: others will ask."),
        ({"lasts": "", "ends_at": ""}, "Say until when."),
        ({"lasts": "", "ends_at": "2020-01-01T00:00"}, "give a later end"),
        ({"lasts": "", "ends_at": "tomorrow"}, "Enter a valid date/time."),
        ({"matchers_name": [""], "matchers_value": ["x"]}, "has no label"),
    ],
    ids=["no reason", "no end", "an end in the past", "no time", "no label"],
)
def test_a_mistake_is_told_in_words_and_nothing_is_made(
    operator_client: Client, changes: dict[str, object], words: str
) -> None:
    page = _get(operator_client, f"/silences/new/?alert={_alert().pk}")

    response = operator_client.post("/silences/new/", _typed(page, **changes))

    assert words in response.content.decode()
    assert not Silence.objects.exists()


def test_times_are_the_readers(operator_client: Client) -> None:
    operator_client.cookies["browser_zone"] = "Asia/Tokyo"
    page = _get(operator_client, f"/silences/new/?alert={_alert().pk}")
    times = {"starts_at": "2035-03-01T09:00", "lasts": "", "ends_at": "2035-03-01T11:30"}

    operator_client.post("/silences/new/", _typed(page, **times))

    made = Silence.objects.get()
    assert (made.starts_at, made.ends_at) == (
        datetime(2035, 3, 1, 0, tzinfo=UTC),
        datetime(2035, 3, 1, 2, 30, tzinfo=UTC),
    )
    assert "rollout" in _get(operator_client, "/silences/?state=to-come")


def test_one_is_ended_and_another_moved(operator_client: Client) -> None:
    ended, moved = _silence(), _silence(reason="import")
    tomorrow = (timezone.now() + 24 * HOUR).replace(second=0, microsecond=0)

    operator_client.post(f"/silences/{ended.pk}/end/")
    again = operator_client.post(f"/silences/{ended.pk}/end/", follow=True)
    operator_client.post(f"/silences/{moved.pk}/move/", {"ends_at": f"{tomorrow:%Y-%m-%dT%H:%M}"})
    wrong = operator_client.post(f"/silences/{moved.pk}/move/", {"ends_at": "31 June"}, follow=True)

    assert "It was over already." in again.content.decode()
    assert "Say until when." in wrong.content.decode()
    assert list(Silence.objects.active(timezone.now())) == [moved]
    assert Silence.objects.get(pk=moved.pk).ends_at == tomorrow
    assert "ended by operator" in _get(operator_client, "/silences/?state=past")


def test_one_that_is_over_is_made_anew_from_itself(operator_client: Client) -> None:
    now = timezone.now()
    former = _silence(starts_at=now - 9 * HOUR, ends_at=now - HOUR, reason="nightly import")

    page = _get(operator_client, f"/silences/new/?silence={former.pk}")

    assert 'value="pay*"' in page
    assert 'value="nightly import"' in page
    assert '<option value="480" selected>' in page


def test_several_selected_alerts_suggest_what_they_share(operator_client: Client) -> None:
    alerts = [_alert(), _alert("orders")]

    response = operator_client.post("/silences/new/", {"alert": [alert.pk for alert in alerts]}, follow=True)

    assert response.redirect_chain == [(f"/silences/new/?alert={alerts[0].pk}&alert={alerts[1].pk}", 302)]
    page = response.content.decode()
    assert 'value="shop"' in page
    assert 'value="payments"' not in page


def test_a_viewer_looks_and_touches_nothing(viewer_client: Client, nobody_client: Client) -> None:
    silence = _silence()

    page = _get(viewer_client, "/silences/")

    assert "rollout" in page
    assert "New silence" not in page
    assert "End now" not in page
    assert viewer_client.get("/silences/new/").status_code == 403
    for path in ("/silences/new/", f"/silences/{silence.pk}/end/", f"/silences/{silence.pk}/move/"):
        assert viewer_client.post(path).status_code == 403
    assert nobody_client.get("/silences/").status_code == 403
