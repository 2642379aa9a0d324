"""A user with both sets of the documented ACL rules can claim, acknowledge and trim."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from dashboard.models import Stream
from streams_admin.models import Action
from streams_admin.redis_io.scripts import action_client
from streams_admin.remedies.acknowledge import plan_acknowledge
from streams_admin.remedies.claim import Target, plan_claim
from streams_admin.remedies.trim_plan import TrimMode, plan_trim
from tests.redis_io.test_documented_rules import rules
from tests.servers import RedisServer
from tests.streams_admin.conftest import GROUP, KEY, deliver, everything, fill


@pytest.mark.django_db(transaction=True)
def test_the_acting_rules_let_entries_be_claimed_acknowledged_and_trimmed(
    watched_server: RedisServer, stream: Stream, operator: User, act: Callable[..., Action]
) -> None:
    with watched_server.client() as root:
        fill(root)
        deliver(root, 10)
        root.xgroup_createconsumer(KEY, GROUP, "alive")
        both = [*rules("acl-watching"), *rules("acl-acting")]
        root.execute_command("ACL", "SETUSER", "actor", "reset", "on", ">secret", *both)
        root.execute_command("ACL", "LOG", "RESET")
        stream.server.username, stream.server.password = "actor", "secret"
        stream.server.save()

        with action_client(stream.server.target, bytes(stream.key)) as client:
            done = [
                act(plan_claim(client, KEY, everything(), Target(b"alive"))),
                act(plan_acknowledge(client, KEY, everything())),
                act(plan_trim(client, KEY, TrimMode.SAFE, None)),
            ]

        assert [action.state for action in done] == ["done"] * 3
        assert root.execute_command("ACL", "LOG") == []
        root.execute_command("ACL", "DELUSER", "actor")
