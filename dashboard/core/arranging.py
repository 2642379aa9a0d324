"""The rows of a view in their order: streams, and families with or without their members. Nothing is lost or doubled."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import msgspec

from dashboard.core.fleet import Fleet, Row
from dashboard.core.gravity import CALM, GRAVITY, severity_rank
from dashboard.core.listing import Entry, View, is_in
from dashboard.core.standing import Standing, lag_weight

_LAST = float("inf")


class Arranged(msgspec.Struct, frozen=True):
    """The rows of a view. `streams` is how many match; `states` tells those that match but for their state."""

    rows: tuple[Row, ...] = ()
    streams: int = 0
    states: Mapping[str, int] = {}


def arrange(view: View, picked: Sequence[Entry], fleet: Fleet) -> Arranged:
    """The rows of the view; `picked` are the entries that it asks for, by name."""
    grave = [fleet.gravity(entry) for entry in picked]
    matching = list(picked)
    if view.state:
        alarms = fleet.alarms
        matching = [
            entry
            for entry, found in zip(picked, grave, strict=True)
            if is_in(view.state, found, alerted=entry.id in alarms)
        ]
    rows = _folded(matching) if view.fold else [Row("stream", (entry,)) for entry in matching]
    key = _key_of(view.sort, fleet)
    rows.sort(key=key)
    if opened := frozenset(view.open):
        rows = _opened(rows, opened, key)
    return Arranged(tuple(rows), len(matching), _states(grave))


def _states(grave: list[int]) -> dict[str, int]:
    return {GRAVITY[found]: count for found, count in sorted(Counter(grave).items())}


def _folded(entries: Sequence[Entry]) -> list[Row]:
    """A row for each family of which two members are here, in place of its first; in the order of the entries."""
    families: dict[tuple[int, str], list[Entry]] = {}
    for entry in entries:
        if entry.family:
            families.setdefault((entry.server, entry.family), []).append(entry)
    rows = []
    for entry in entries:
        members = families.get((entry.server, entry.family), ()) if entry.family else ()
        if len(members) < 2:
            rows.append(Row("stream", (entry,)))
        elif members[0] is entry:
            rows.append(Row("family", tuple(members)))
    return rows


def _opened(rows: list[Row], opened: frozenset[str], key: Callable[[Row], object]) -> list[Row]:
    found = []
    for row in rows:
        found.append(row)
        if row.kind == "family" and row.entries[0].family in opened:
            members = [Row("member", (entry,)) for entry in row.entries]
            found += sorted(members, key=key)  # type: ignore[arg-type]  # the keys of one order compare
    return found


# Orders. Rows come in by name and sorting is stable, so equal keys stay by name.


def _key_of(sort: str, fleet: Fleet) -> Callable[[Row], tuple[float, ...]]:
    name, turned = sort.removeprefix("-"), sort.startswith("-")
    if name == "worst":
        return _turned(_worst_first(fleet)) if turned else _worst_first(fleet)
    if name == "name":
        return (lambda row: (-row.place,)) if turned else (lambda row: (row.place,))
    if name == "state":
        # Numbers grow with gravity, as the largest comes first where a heading is clicked.
        return lambda row: (fleet.row_gravity(row) if turned else -fleet.row_gravity(row),)
    number = _summed(_COLUMNS[name], fleet) if name in _COLUMNS else _worked_out(_NUMBERS[name], fleet)

    def by_number(row: Row) -> tuple[float, ...]:
        value = number(row)
        return (_LAST,) if value is None else (-value if turned else value,)

    return by_number


def _summed(column: str, fleet: Fleet) -> Callable[[Row], float | None]:
    def number(row: Row) -> float | None:
        known = [value for entry in row.entries if (value := fleet.number(entry, column)) is not None]
        return sum(known) if known else None

    return number


def _worked_out(number: Callable[[Standing], float | None], fleet: Fleet) -> Callable[[Row], float | None]:
    return lambda row: number(fleet.row(row))


def _worst_first(fleet: Fleet) -> Callable[[Row], tuple[float, ...]]:
    # What is well stays by its name, so that a quiet page stays still; an open alert lifts it above the others.
    calm = {found: (found + 0.5, 0.0, 0.0) for found in range(CALM, len(GRAVITY))}

    def key(row: Row) -> tuple[float, ...]:
        found = fleet.row_gravity(row)
        if found >= CALM:
            alarm = fleet.row_alarm(row) if fleet.alarms else None
            return (CALM, severity_rank(alarm.severity), 0.0) if alarm else calm[found]
        standing = fleet.row(row)
        return found, -(lag_weight(standing.lag) if standing.lag_quality else 0), -(standing.pending or 0)

    return key


def _turned(key: Callable[[Row], tuple[float, ...]]) -> Callable[[Row], tuple[float, ...]]:
    return lambda row: (*(-part for part in key(row)), -row.place)


def _lag(standing: Standing) -> float | None:
    return lag_weight(standing.lag) if standing.lag_quality else None


def _drain(standing: Standing) -> float | None:
    # What never drains takes longer than anything; what has no lag to drain has nothing to say.
    return 1e18 if standing.never_drains else standing.drain_s


#: What a sample tells of a stream itself: a family's is the sum.
_COLUMNS = {"length": "length", "added": "added_per_s", "pending": "pending", "memory": "memory_bytes"}
_NUMBERS: Mapping[str, Callable[[Standing], float | None]] = {
    "delivered": lambda standing: standing.delivered_per_s,
    "lag": _lag,
    "time_lag": lambda standing: standing.time_lag_s,
    "oldest": lambda standing: standing.oldest_pending_s,
    "drain": _drain,
}
