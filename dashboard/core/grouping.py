"""Grouping: which routes an alert takes, and with which others it shares a message."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from dashboard.core.matchers import Matcher, Op, fits

#: Its alerts are always open. They take the routes alone that ask for them, or each receiver would hear of them for ever.
WATCHDOG = "watchdog"


class RouteRule(msgspec.Struct, frozen=True, kw_only=True):
    """A route as it is asked. Seconds."""

    id: int
    matchers: tuple[Matcher, ...]
    receivers: tuple[int, ...]
    group_by: tuple[str, ...] = ()
    wait_s: float = 10.0
    interval_s: float = 300.0
    goes_on: bool = False

    def takes(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels goes this way."""
        return fits(self.matchers, labels) and (labels.get("metric") != WATCHDOG or self._asks_for_it())

    def _asks_for_it(self) -> bool:
        return any(each.name in ("metric", "threshold") and each.op in (Op.IS, Op.LIKE) for each in self.matchers)


class Place(msgspec.Struct, frozen=True):
    """A group of alerts: those of one route, for one receiver, with the same values of the labels that it groups by."""

    route: int
    receiver: int
    digest: str


def places_of(rules: Iterable[RouteRule], labels: Mapping[str, str]) -> Iterator[tuple[Place, dict[str, str]]]:
    """Where an alert belongs, each with the labels that its group shares: by the first rule that takes it, and on while rules say so."""
    for rule in rules:
        if not rule.takes(labels):
            continue
        shared = {name: labels.get(name, "") for name in rule.group_by}
        digest = _digest(shared)
        for receiver in rule.receivers:
            yield Place(rule.id, receiver, digest), shared
        if not rule.goes_on:
            return


def _digest(shared: Mapping[str, str]) -> str:
    return hashlib.sha256(msgspec.json.encode(sorted(shared.items()))).hexdigest()
