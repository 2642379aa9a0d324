"""What the numbers of several nodes come to."""

from typing import Any

import pytest

from dashboard.core.cost import Cost
from dashboard.core.outlook import Outlook
from dashboard.core.sample import ServerInfo
from dashboard.core.whole import whole_cost, whole_info, whole_outlook


def info(**told: Any) -> ServerInfo:
    return ServerInfo(**{"run_id": "a", "product": "valkey", "version": "9.1.2", "role": "master", **told})


@pytest.mark.parametrize(
    ("name", "values", "whole"),
    [
        ("used_memory_bytes", (100, 50), 150),
        ("clients", (3, 4), 7),
        ("clients", (3, None), None),
        ("max_memory_bytes", (100, None), None),
        ("aof", ("ok", "ok"), "ok"),
        ("aof", ("ok", "failing"), "failing"),
        ("aof", ("ok", None), None),
        ("aof", ("ok", "off"), "off"),
        ("rdb_ok", (True, False), False),
        ("rdb_saved_at", (10, 20), 10),
        ("uptime_s", (10, 20), 10),
        ("fork_us", (10, 20), 20),
        ("version", ("9.1.2", "9.1.2"), "9.1.2"),
        ("version", ("9.1.2", "8.1.8"), "8.1.8, 9.1.2"),
        ("fragmentation", (1.1, 1.2), None),
        ("link_up", (True, True), None),
    ],
    ids=lambda value: str(value),
)
def test_what_adds_up_is_added_and_what_nobody_can_tell_is_unknown(
    name: str, values: tuple[Any, ...], whole: Any
) -> None:
    told = whole_info([info(**{name: value}) for value in values], replicas=1)

    assert told is not None
    assert getattr(told, name) == whole
    assert (told.role, told.replicas, told.run_id) == ("cluster", 1, "")


def test_what_is_told_by_some_nodes_alone_is_no_sum() -> None:
    told = whole_info([info(clients=3, aof="ok")], replicas=0, complete=False)

    assert told is not None
    assert (told.clients, told.aof, told.version) == (None, None, "9.1.2")


def test_of_no_node_nothing_is_told() -> None:
    assert whole_info([], replicas=0) is None
    assert whole_cost([]) is None
    assert whole_outlook([]) is None


def test_the_budget_is_that_of_the_node_that_pays_most() -> None:
    costs = [
        Cost(core_share=0.001, calls_per_s=10, bytes_per_s=100, budget=0.02, every_s=1),
        Cost(core_share=0.015, calls_per_s=20, bytes_per_s=200, budget=0.02, every_s=4, skipped="Half."),
        Cost(core_share=None, calls_per_s=1, bytes_per_s=1, budget=0.02, every_s=1),
    ]

    assert whole_cost(costs) == Cost(
        core_share=0.015, calls_per_s=31, bytes_per_s=301, budget=0.02, every_s=4, skipped="Half."
    )


def test_the_memory_that_is_full_first_counts() -> None:
    outlooks = [
        Outlook(evicted_per_s=1.0, memory_growth_per_s=10.0, memory_full_in_s=500.0),
        Outlook(evicted_per_s=2.0, memory_growth_per_s=90.0, memory_full_in_s=60.0),
        Outlook(evicted_per_s=0.0),
    ]

    whole = whole_outlook(outlooks)

    assert whole is not None
    assert (whole.evicted_per_s, whole.memory_growth_per_s, whole.memory_full_in_s) == (3.0, 90.0, 60.0)
    assert whole.expired_per_s is None
