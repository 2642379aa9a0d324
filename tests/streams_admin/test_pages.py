"""The operator's pages, from the address to the plan and its result."""

import re
from typing import Any

import redis
from django.test import Client
from django.urls import reverse

from dashboard.core.names import to_slug
from dashboard.models import Stream
from streams_admin.models import Action
from tests.streams_admin.conftest import GROUP, KEY, deliver, fill, rows

HOSTILE = b"<script>alert(1)</script>'\"\n\xff\xe2\x80\xae{{ 7|add:7 }} ; FLUSHALL"


def pending_url(stream: Stream) -> str:
    return reverse("admin:dashboard_stream_pending", args=[stream.pk])


def trim_url(stream: Stream) -> str:
    return reverse("admin:dashboard_stream_trim", args=[stream.pk])


def claim(browser: Client, stream: Stream, **data: Any) -> Any:
    fields = {"group": to_slug(GROUP), "verb": "claim", "target": to_slug(b"alive"), **data}
    return browser.post(pending_url(stream), fields)


def test_a_claim_goes_from_the_list_over_the_plan_to_the_result(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 4)
    client_of_watched.xgroup_createconsumer(KEY, GROUP, "alive")

    listed = operator_client.get(pending_url(stream))
    plan = claim(operator_client, stream, id=["1-1", "3-1"])
    receipt = operator_client.get(plan.url)
    operator_client.post(plan.url)
    result = operator_client.get(plan.url).content.decode()

    assert listed.content.decode().count('name="id"') == 4
    assert "Claim 2 entries for alive" in receipt.content.decode()
    assert "XCLAIM orders billing alive 0 3-1 JUSTID" in receipt.content.decode()
    assert rows(client_of_watched)["3-1"] == (b"alive", 1)
    assert rows(client_of_watched)["2-1"] == (b"dead", 1)
    assert re.search(r"<dd>2</dd>\s*<dt>claimed</dt>", result)
    assert f"Audit row {Action.objects.get().pk}" in result


def test_a_trim_goes_from_the_form_over_the_typed_key_to_the_result(
    operator_client: Client, stream: Stream, client_of_watched: "redis.Redis"
) -> None:
    fill(client_of_watched)
    deliver(client_of_watched, 6)
    client_of_watched.xack(KEY, GROUP, *[f"{n}-1" for n in range(1, 5)])

    form = operator_client.get(trim_url(stream)).content.decode()
    plan = operator_client.post(trim_url(stream), {"mode": "length", "keep": "3", "unit": "h"})
    receipt = operator_client.get(plan.url).content.decode()
    unconfirmed = operator_client.post(plan.url, {"key": "order"})
    operator_client.post(plan.url, {"key": "orders"})

    assert "holds the rest" in form
    assert "billing will never be given 1 entry that it has not read." in receipt
    assert "billing has not acknowledged 2 entries of them" in receipt
    assert unconfirmed.status_code == 400
    assert "Type it exactly as it stands above." in unconfirmed.content.decode()
    assert client_of_watched.xlen(KEY) == 3
    assert "removed" in operator_client.get(plan.url).content.decode()
