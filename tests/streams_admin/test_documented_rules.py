"""Users with the documented ACL rules: one that watches and may change nothing, one that acts and may do every remedy."""

import pytest
import redis
from django.contrib.auth.models import Group, User

from dashboard.models import Stream
from streams_admin.actions import perform
from streams_admin.models import Kind
from streams_admin.redis_io.scripts import Failed, action_client
from tests.redis_io.test_documented_rules import rules
from tests.servers import Kind as ServerKind
from tests.servers import RedisServer
from tests.streams_admin.conftest import GROUP, KEY, deliver, fill, planned
from tests.streams_admin.test_actions import PLANS


def let(root: "redis.Redis", name: str, *blocks: str) -> None:
    root.execute_command("ACL", "SETUSER", name, "reset", "on", ">secret", *rules(*blocks))  # type: ignore[no-untyped-call]


@pytest.mark.django_db(transaction=True)
def test_the_acting_user_may_do_every_remedy_and_the_watching_one_none(
    watched_server: RedisServer, stream: Stream, operator: User
) -> None:
    operator.groups.add(Group.objects.get(name="Administrator"))
    server = stream.server
    server.username, server.password = "watcher", "secret"
    server.acting_username, server.acting_password = "actor", "secret"
    server.save()
    with watched_server.client() as root:
        let(root, "watcher", "acl-watching")
        let(root, "actor", "acl-watching", "acl-acting")
        root.execute_command("ACL", "LOG", "RESET")

        states = []
        kinds = [
            kind for kind in PLANS if kind is not Kind.REPAIR_GROUP or watched_server.kind is not ServerKind.REDIS_6
        ]
        for kind in kinds:
            root.delete(KEY, "dead")
            fill(root)
            deliver(root, 10)
            root.xgroup_createconsumer(KEY, GROUP, "alive")
            with action_client(server.acting_target, KEY) as seen:
                states.append(perform(planned(stream, operator, PLANS[kind](seen)), operator, address=None).state)

        assert states == ["done"] * len(kinds)
        assert root.execute_command("ACL", "LOG") == []
        with pytest.raises(Failed, match="may not run"), action_client(server.target, KEY):
            pass
        for name in ("watcher", "actor"):
            root.execute_command("ACL", "DELUSER", name)
