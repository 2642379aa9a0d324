"""What is done to entries is written down, and what they hold is not."""

from typing import Any

import pytest
import redis
from django.contrib.auth.models import User
from django.test import Client

from dashboard.models import Stream
from streams_admin.actions import perform
from streams_admin.models import Action, AuditEntry, Kind
from streams_admin.redis_io.scripts import action_client
from tests.security.test_canaries import PAYLOAD, dumped
from tests.servers import on_one_kind
from tests.streams_admin.conftest import GROUP, KEY
from tests.streams_admin.test_actions import PLANS, any_plan, pending_ten

#: What operators type themselves stands in the audit: it is what they did.
TYPED = {Kind.APPEND_ENTRY}


@on_one_kind
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [kind for kind in PLANS if kind not in TYPED])
def test_no_action_writes_a_payload_down(
    kind: Kind, stream: Stream, operator: User, client_of_watched: "redis.Redis", operator_client: Client, caplog: Any
) -> None:
    caplog.set_level("DEBUG")
    pending_ten(client_of_watched)
    client_of_watched.xadd(KEY, {"note": PAYLOAD}, id="11-1")
    client_of_watched.xreadgroup(GROUP.decode(), "dead", {KEY: ">"})
    with action_client(stream.server.target, KEY) as seen:
        plan = any_plan(kind, seen, stream, operator)

    action = perform(plan, operator, address=None)

    assert action.state == "done"
    for address in (plan.get_absolute_url(), f"/admin/streams_admin/action/{action.pk}/change/"):
        assert PAYLOAD not in operator_client.get(address, follow=True).content.decode()
    assert Action.objects.count() == 1
    assert AuditEntry.objects.count() == 2
    assert PAYLOAD not in dumped()
    assert PAYLOAD not in caplog.text
