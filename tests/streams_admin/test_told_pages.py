"""All pages on who is told of alerts: hostile names are text, secrets stay inside, in every language."""

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.core.notice import to_json
from dashboard.models import Alert, Inhibition, MaintenanceWindow, Notification, Receiver, Route, Server
from streams_admin.samples import sample

CANARY = "T0KEN-canary"
HOSTILE = "<script>alert(1)</script>'\"\u202e{{ 7|add:7 }}"
ROWS = [{"name": "stream", "op": "~", "value": HOSTILE}]


@pytest.fixture
def pages(db: None) -> list[str]:
    now = timezone.now()
    server = Server.objects.create(name=HOSTILE, address="redis://127.0.0.1:1/0")
    alert = Alert.objects.create(
        server=server,
        title=HOSTILE,
        severity="critical",
        metric="lag",
        limit=1,
        opened_at=now,
        labels={"stream": HOSTILE},
    )
    receiver = Receiver.objects.create(
        name=HOSTILE,
        kind="webhook",
        address=f"http://{CANARY}@127.0.0.1/{CANARY}",
        secret=CANARY,
        body_template=HOSTILE,
    )
    route = Route.objects.create(name=HOSTILE, matchers=ROWS, group_by=[HOSTILE])
    route.receivers.add(receiver)
    inhibition = Inhibition.objects.create(name=HOSTILE, sources=ROWS, targets=ROWS, equal=[HOSTILE])
    window = MaintenanceWindow.objects.create(
        name=HOSTILE, matchers=ROWS, begins="00:00", lasts_min=9999, reason=HOSTILE
    )
    notification = Notification.objects.create(
        receiver=receiver, key=HOSTILE, made_at=now, state="dead", tries=1, answer=HOSTILE,
        log=[{"at": now.isoformat(), "detail": HOSTILE, "took_s": 1}], body=to_json(sample("hostile", HOSTILE, now)),
    )  # fmt: skip
    notification.alerts.add(alert)
    rows = {"receiver": receiver, "route": route, "inhibition": inhibition, "maintenancewindow": window}
    admin = "/admin/dashboard"
    return [
        "/admin/",
        f"{admin}/route/tester/?alert={alert.pk}",
        f"{admin}/notification/",
        f"{admin}/notification/{notification.pk}/change/",
        *(f"{admin}/{name}/" for name in rows),
        *(f"{admin}/{name}/{row.pk}/{verb}/" for name, row in rows.items() for verb in ("change", "history", "delete")),
    ]


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_shows_names_as_text_and_no_secret(
    administrator_client: Client, pages: list[str], language: str
) -> None:
    answers = {path: administrator_client.get(path, headers={"Accept-Language": language}) for path in pages}
    shown = {path: answer.content.decode() for path, answer in answers.items()}

    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 200} == {}
    assert [path for path, text in shown.items() if "<script>alert(1)" in text] == []
    assert [path for path, text in shown.items() if CANARY in text] == []
    assert sum("&lt;script&gt;alert(1)" in text for text in shown.values()) >= len(pages) - 2  # they are there, as text
