"""What a message says of a group, given the last one, and when the group is looked at again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.core.backoff import next_try
from dashboard.core.muting import Mute, MutedBy
from dashboard.core.notice import Change
from dashboard.core.telling import RECHECK, Standing, compare, due_after, is_repeat_due, next_look

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SILENCED = Mute(MutedBy.SILENCE, 1, "deploy", NOON + timedelta(seconds=4))
INHIBITED = Mute(MutedBy.INHIBITION, 1, "down")
TAKEN = Mute(MutedBy.ACKNOWLEDGED, 1, "mine")
W = {"1": "warning"}


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def an_alert(number: int = 1, severity: str = "warning", **fields: Any) -> Standing:
    return Standing(number, severity, NOON, **fields)


CASES: dict[str, tuple[Standing, dict[str, str], Change | None, dict[str, str]]] = {
    "new": (an_alert(), {}, Change.OPENED, W),
    "told": (an_alert(), W, Change.STILL, W),
    "graver": (an_alert(severity="critical"), W, Change.ESCALATED, {"1": "critical"}),
    "less grave": (an_alert(severity="notice"), W, Change.EASED, {"1": "notice"}),
    "over": (an_alert(resolved=True), W, Change.RESOLVED, {}),
    "over before it was told": (an_alert(resolved=True), {}, None, {}),
    "new and muted": (an_alert(mute=SILENCED), {}, None, {}),
    "told and muted": (an_alert(mute=SILENCED), W, None, W),
    "graver and muted": (an_alert(severity="critical", mute=SILENCED), W, None, W),
    "over and muted": (an_alert(mute=SILENCED, resolved=True), W, Change.RESOLVED, {}),
    "graver than what somebody took care of": (
        an_alert(severity="critical", mute=TAKEN),
        W,
        Change.ESCALATED,
        {"1": "critical"},
    ),
    "taken care of before it was told": (an_alert(mute=TAKEN), {}, None, {}),
}


@pytest.mark.parametrize(("alert", "told", "change", "told_then"), CASES.values(), ids=CASES)
def test_what_changed_is_told(
    alert: Standing, told: dict[str, str], change: Change | None, told_then: dict[str, str]
) -> None:
    found = compare([alert], told)

    assert found.changes.get(1) == change
    assert found.told == told_then
    assert found.over == ((1,) if alert.resolved else ())


def test_who_does_not_want_to_hear_that_it_is_over_does_not() -> None:
    found = compare([an_alert(resolved=True)], W, tells_resolved=False)

    assert (found.changes, found.told, found.over) == ({}, {}, (1,))


def test_the_gravest_stand_first_and_what_is_still_open_last() -> None:
    alerts = [an_alert(1), an_alert(2, resolved=True), an_alert(3), an_alert(4, "critical"), an_alert(5, "notice")]

    found = compare(alerts, {"1": "warning", "2": "critical"})

    assert list(found.changes) == [4, 3, 5, 2, 1]


LOOKS: dict[str, tuple[Standing, dict[str, str], datetime | None, float, datetime | None]] = {
    "nothing is open": (an_alert(resolved=True), W, NOON, 60, None),
    "a repeat": (an_alert(), W, NOON, 60, later(60)),
    "no repeat is wanted": (an_alert(), W, NOON, 0, None),
    "a silence that ends soon": (an_alert(mute=SILENCED), {}, None, 60, later(4)),
    "an inhibition that may end": (an_alert(mute=INHIBITED), {}, None, 60, NOON + RECHECK),
    "muted, and nothing new": (an_alert(mute=INHIBITED), W, NOON, 60, later(60)),
    "muted, and a repeat is overdue": (an_alert(mute=INHIBITED), W, later(-61), 60, NOON + RECHECK),
}


@pytest.mark.parametrize(("alert", "told", "told_at", "repeat_s", "expected"), LOOKS.values(), ids=LOOKS)
def test_a_group_is_looked_at_again(
    alert: Standing, told: dict[str, str], told_at: datetime | None, repeat_s: float, expected: datetime | None
) -> None:
    assert next_look(compare([alert], told), told_at, repeat_s, NOON) == expected


@pytest.mark.parametrize(
    ("told_at", "repeat_s", "expected"),
    [(None, 60, False), (NOON, 0, False), (later(-59), 60, False), (later(-60), 60, True)],
)
def test_what_is_open_is_said_again(told_at: datetime | None, repeat_s: float, expected: bool) -> None:
    assert is_repeat_due(told_at, repeat_s, NOON) is expected


DUE: dict[str, tuple[dict[str, Any], datetime]] = {
    "a new group waits": ({"told_at": None, "is_empty": True}, later(10)),
    "and no longer because of another": ({"told_at": None, "is_empty": True, "due_at": later(3)}, later(3)),
    "one that was told waits for its interval": ({"told_at": later(-100), "is_empty": False}, later(200)),
    "and not at all after it": ({"told_at": later(-400), "is_empty": False}, NOON),
    "a repeat to come is no reason to wait": ({"told_at": later(-400), "due_at": later(500)}, NOON),
    "one in which all was over waits again": ({"told_at": later(-400), "is_empty": True}, later(10)),
    "a sampler's clock is ahead": ({"change_at": later(3600), "told_at": None, "is_empty": True}, later(10)),
    "a notifier was away": ({"change_at": later(-60), "told_at": None, "is_empty": True}, later(-50)),
}


@pytest.mark.parametrize(("facts", "expected"), DUE.values(), ids=DUE)
def test_a_change_makes_its_group_due(facts: dict[str, Any], expected: datetime) -> None:
    usual = {"change_at": NOON, "now": NOON, "is_empty": False, "wait_s": 10, "interval_s": 300, "due_at": None}

    assert due_after(**{**usual, **facts}) == expected


TRIES: dict[str, tuple[dict[str, Any], float | None]] = {
    "the first": ({"tries": 1}, 5),
    "the second": ({"tries": 2}, 30),
    "the third": ({"tries": 3}, 120),
    "the fourth": ({"tries": 4}, 600),
    "the fifth": ({"tries": 5}, 3600),
    "the twentieth": ({"tries": 20}, 3600),
    "a little earlier": ({"tries": 1, "chance": 0.0}, 4),
    "a little later": ({"tries": 1, "chance": 1.0}, 6),
    "it asks for more": ({"tries": 1, "retry_after_s": 90}, 90),
    "it asks for less": ({"tries": 3, "retry_after_s": 1}, 120),
    "it asks for a year": ({"tries": 1, "retry_after_s": 3e7}, 24 * 3600),
    "a day is over": ({"tries": 25, "since": later(-23.5 * 3600)}, None),
}


@pytest.mark.parametrize(("facts", "seconds"), TRIES.values(), ids=TRIES)
def test_what_did_not_arrive_is_tried_again(facts: dict[str, Any], seconds: float | None) -> None:
    expected = None if seconds is None else later(seconds)

    assert next_try(**{"since": NOON, "now": NOON, "chance": 0.5, **facts}) == expected
