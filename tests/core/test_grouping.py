"""Which routes an alert takes, and with whom it shares a message."""

import pytest

from dashboard.core.grouping import RouteRule, places_of
from dashboard.core.matchers import parse


def rule(number: int, *matchers: tuple[str, str, str], **fields: object) -> RouteRule:
    rows = [{"name": name, "op": op, "value": value} for name, op, value in matchers]
    return RouteRule(id=number, matchers=parse(rows), **{"receivers": (number * 10,), **fields})  # type: ignore[arg-type]


def way(rules: list[RouteRule], **labels: str) -> list[tuple[int, int]]:
    return [(place.route, place.receiver) for place, _ in places_of(rules, labels)]


CRITICAL = ("severity", "=", "critical")
RULES = {
    "the first that fits ends it": ([rule(1), rule(2)], [(1, 10)]),
    "one that goes on asks the next": ([rule(1, goes_on=True), rule(2), rule(3)], [(1, 10), (2, 20)]),
    "one that does not fit is passed": ([rule(1, ("severity", "=", "notice")), rule(2)], [(2, 20)]),
    "every receiver of it is told": ([rule(1, CRITICAL, receivers=(4, 5))], [(1, 4), (1, 5)]),
    "one without receivers swallows": ([rule(1, receivers=()), rule(2)], []),
    "none fits": ([rule(1, ("server", "~", "b*"))], []),
}


@pytest.mark.parametrize(("rules", "expected"), RULES.values(), ids=RULES)
def test_an_alert_takes_its_routes(rules: list[RouteRule], expected: list[tuple[int, int]]) -> None:
    assert way(rules, severity="critical", server="shop", metric="lag") == expected


def test_a_watchdog_takes_the_routes_alone_that_ask_for_it() -> None:
    rules = [rule(1), rule(2, ("metric", "!=", "lag")), rule(3, ("metric", "=", "watchdog"))]

    assert way(rules, metric="watchdog") == [(3, 30)]


def test_alerts_with_the_same_values_share_a_group() -> None:
    rules = [rule(1, group_by=("server", "team"))]
    alerts = [{"server": "a", "team": "x"}, {"server": "a", "team": "x", "stream": "s"}, {"server": "a"}, {"team": "x"}]

    digests = [place.digest for labels in alerts for place, _ in places_of(rules, labels)]
    shared = [labels for alert in alerts for _, labels in places_of(rules, alert)]

    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
    assert shared[2] == {"server": "a", "team": ""}
