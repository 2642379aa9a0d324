"""The ACL rules of docs/operations.md are enough, and no more than that."""

import re
from pathlib import Path

import pytest
from redis.exceptions import NoPermissionError

from dashboard.core.target import Target
from dashboard.redis_io.check import check
from dashboard.redis_io.connect import connect
from dashboard.redis_io.discover import discover
from dashboard.redis_io.server_info import read_info, read_memory
from dashboard.redis_io.sweep import sweep
from tests.servers import Kind, running

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


def rules(name: str) -> list[str]:
    found = re.search(rf"```{name}\n(.*?)\n```", DOCUMENT.read_text(), re.DOTALL)
    assert found, name
    return found[1].split()


@pytest.mark.parametrize("kind", list(Kind), ids=str)
def test_the_watching_rules_let_everything_be_read_and_nothing_be_written(kind: Kind) -> None:
    with running(kind) as server, server.client() as root:
        root.xadd("orders", {"n": 1})
        root.xgroup_create("orders", "billing", "0")
        root.execute_command("ACL", "SETUSER", "watcher", "reset", "on", ">secret", *rules("acl-watching"))
        target = Target(scheme="redis", host="127.0.0.1", port=server.port, username="watcher", password="secret")

        assert check(target).ok, check(target).failure
        with connect(target) as watcher:
            assert discover(watcher, include=[b"*"], exclude=[], cursor=0, budget_s=1).keys == {b"orders"}
            taken = sweep(watcher, [b"orders"])
            assert taken.streams[b"orders"].length == 1
            assert read_info(watcher).run_id
            assert read_memory(watcher, [b"orders"])[b"orders"] > 0
            assert root.execute_command("ACL", "LOG") == []
            for write in (
                ["XADD", "orders", "*", "n", "2"],
                ["XTRIM", "orders", "MAXLEN", "0"],
                ["EVAL", "return 1", "0"],
            ):
                with pytest.raises(NoPermissionError):
                    watcher.execute_command(*write)


def test_the_two_sets_of_rules_grant_nothing_that_deletes_or_configures() -> None:
    granted = set(rules("acl-watching") + rules("acl-acting"))

    assert not granted & {"+@all", "+del", "+xdel", "+flushall", "+config", "+acl", "+keys", "allcommands"}
