"""What is wrong with a threshold, in words, by field. Django's own checks have come first."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from dashboard.core import glob, wording
from dashboard.core.labels import label_problem
from dashboard.core.schedule import ALL_DAYS, zone_problem
from dashboard.core.threshold_metrics import LASTING_METRICS, SERVER_METRICS, Metric
from dashboard.core.threshold_shape import OTHERWISE, is_signed, unused_fields

if TYPE_CHECKING:
    from dashboard.models.threshold import Threshold

MOST_SECONDS = 30 * 24 * 3600
MOST_WINDOW_S = 24 * 3600
MOST_LABELS = 20
MOST_PATTERNS = 100
#: From the least grave to the gravest.
SEVERITIES = ("notice", "warning", "critical")
_PATTERNS = ("key", "group", "consumer")
#: What a field says where it says nothing.
_NOTHING = {
    "key_pattern": "*",
    "group_pattern": "*",
    "consumer_pattern": "*",
    "function": "last",
    "comparison": "above",
}
_DEFAULTS = {"on_no_data": "skip", "on_error": "skip", "on_unknown": "skip", "on_estimated": "use"}

Problem = tuple[str, str]  # the field, and a sentence


def problems(threshold: "Threshold") -> dict[str, str]:
    """A sentence for each field that contradicts the metric, another field, or itself."""
    if threshold.metric not in set(Metric):
        return {}  # said of the metric already
    checks = (_unused, _states, _scope, _patterns, _window, _limits, _times, _doubts, _hours, _told)
    found: dict[str, str] = {}
    for check in checks:
        for field, sentence in check(threshold):
            found.setdefault(field, sentence)
    return found


def _unused(threshold: "Threshold") -> Iterator[Problem]:
    metric = Metric(threshold.metric)
    for field in sorted(unused_fields(metric)):
        if not _says_something(threshold, field):
            continue
        if metric in SERVER_METRICS and field in ("stream", "tag", "key_pattern", "key_excludes"):
            yield field, "This metric is a server's: choose a server, or none for every server."
        elif field == "comparison" and metric in LASTING_METRICS:
            yield field, "This metric grows while a condition lasts: it can only be above its limit."
        elif field.startswith("group_"):
            yield field, "This metric is not a group's: leave this empty."
        elif field.startswith("consumer_"):
            yield field, "This metric is not a consumer's: leave this empty."
        elif field.endswith("_clear"):
            yield field, "A condition either lasts or is over: leave this empty."
        else:
            yield field, "This says nothing for the chosen metric: leave it as it was."


def _says_something(threshold: "Threshold", field: str) -> bool:
    value: object = getattr(threshold, "stream_id" if field == "stream" else field)
    if field == "active_days":
        return value != ALL_DAYS
    if field == "zone":
        return False
    return value not in (None, "", [], 0, _NOTHING.get(field), _DEFAULTS.get(field))


def _states(threshold: "Threshold") -> Iterator[Problem]:
    states = threshold.states
    if not isinstance(states, list) or not set(map(str, states)) <= set(threshold.STATES):
        yield "states", f"Choose from these states: {', '.join(threshold.STATES)}."
    elif threshold.metric == Metric.GROUP_STATE_S and not states:
        yield "states", "Choose at least one state."


def _scope(threshold: "Threshold") -> Iterator[Problem]:
    stream = threshold.stream
    if stream is None or threshold.metric in SERVER_METRICS:
        return
    if threshold.server_id and stream.server_id != threshold.server_id:
        yield "stream", f"This stream is on {stream.server}, not on the chosen server."
    if threshold.tag:
        yield "tag", "One stream is chosen: leave this empty."
    if threshold.key_excludes:
        yield "key_excludes", "One stream is chosen: leave this empty."
    if not glob.matches((threshold.key_pattern or "*").encode(), bytes(stream.key)):
        yield "key_pattern", "One stream is chosen, and its key does not match: leave this at *."


def _patterns(threshold: "Threshold") -> Iterator[Problem]:
    for kind in _PATTERNS:
        pattern, excludes = getattr(threshold, f"{kind}_pattern"), getattr(threshold, f"{kind}_excludes").splitlines()
        if problem := glob.problem(pattern):
            yield f"{kind}_pattern", f"In this pattern {problem}"
        if len(excludes) > MOST_PATTERNS:
            yield f"{kind}_excludes", f"These are {len(excludes)} patterns; give at most {MOST_PATTERNS}."
        for exclude in excludes:
            if problem := glob.problem(exclude):
                yield f"{kind}_excludes", f"{exclude[:60]}: {problem}"
            elif exclude and (not exclude.strip("*") or exclude == pattern):
                yield (
                    f"{kind}_excludes",
                    f"{exclude[:60]} leaves out all that the pattern finds: nothing would be judged.",
                )


def _window(threshold: "Threshold") -> Iterator[Problem]:
    window = threshold.window_s
    if window is None:
        return
    if threshold.function == threshold.Function.LAST:
        if window:
            yield "window_s", "The last value needs no window: choose another function, or leave this at 0."
    elif not 0 < window <= MOST_WINDOW_S:
        yield "window_s", f"Say how far back the function looks: up to {wording.duration(MOST_WINDOW_S)}."


def _limits(threshold: "Threshold") -> Iterator[Problem]:
    given = [(severity, getattr(threshold, f"{severity}_limit")) for severity in SEVERITIES]
    known = [(severity, limit) for severity, limit in given if limit is not None]
    if not known:
        yield "warning_limit", "Give at least one limit."
    for severity, limit in known:
        if problem := _limit_problem(threshold, limit):
            yield f"{severity}_limit", problem
    above = threshold.comparison == threshold.Comparison.ABOVE
    for (lighter, lower), (graver, limit) in pairwise(known):
        if not (limit > lower if above else limit < lower):
            side = "above" if above else "below"
            yield f"{graver}_limit", f"The {graver} limit must be {side} the {lighter} limit: it is the graver one."
    for severity, its in given:
        yield from _clear(threshold, severity, its, above=above)


def _limit_problem(threshold: "Threshold", limit: float) -> str:
    metric = Metric(threshold.metric)
    if not math.isfinite(limit):
        return "The limit is a number, for example 1000."
    if not is_signed(threshold.function):
        if limit < 0:
            return "No metric is ever below 0: give a limit of 0 or more."
        if limit == 0 and threshold.comparison == threshold.Comparison.BELOW:
            return "No metric is ever below 0: give a limit above 0."
        if metric.endswith("_percent") and limit > 100:
            return "This is a share: give a limit of at most 100 percent."
    if metric in LASTING_METRICS and limit > MOST_SECONDS:
        return "The limit is a number of seconds up to 2592000 (30 days)."
    return ""


def _clear(threshold: "Threshold", severity: str, limit: float | None, *, above: bool) -> Iterator[Problem]:
    field, clear = f"{severity}_clear", getattr(threshold, f"{severity}_clear")
    if clear is None:
        return
    if limit is None:
        yield field, "There is no limit that this could end: give one, or leave this empty."
    elif not math.isfinite(clear):
        yield field, "This is a number, for example 800."
    elif clear > limit if above else clear < limit:
        side = "above" if above else "below"
        yield field, f"An alert cannot end {side} the limit that opens it."
    elif above and clear < 0 and not is_signed(threshold.function):
        yield field, "No metric is ever below 0: an alert would never end."


def _times(threshold: "Threshold") -> Iterator[Problem]:
    for field, name in (("hold_s", "Hold"), ("keep_open_s", "Keep open")):
        seconds = getattr(threshold, field)
        if seconds is not None and not 0 <= seconds <= MOST_SECONDS:
            yield field, f"{name} is a number of seconds from 0 to 2592000 (30 days)."


def _doubts(threshold: "Threshold") -> Iterator[Problem]:
    for field, choices in OTHERWISE.items():
        if getattr(threshold, field) not in choices:
            yield field, "There is no value that could be used: choose another answer."


def _hours(threshold: "Threshold") -> Iterator[Problem]:
    if not threshold.active_days or not 0 < threshold.active_days <= ALL_DAYS:
        yield "active_days", "Choose at least one day."
    begins, ends = threshold.active_from, threshold.active_until
    if begins is not None and begins == ends:
        yield "active_until", "It would be active for no time: leave both empty for the whole day."
    if problem := zone_problem(threshold.zone):
        yield "zone", problem


def _told(threshold: "Threshold") -> Iterator[Problem]:
    labels = threshold.labels
    if not isinstance(labels, dict) or not all(isinstance(part, str) for pair in labels.items() for part in pair):
        yield "labels", "Labels are lines such as team=payments."
        return
    if len(labels) > MOST_LABELS:
        yield "labels", f"These are {len(labels)} labels; give at most {MOST_LABELS}."
    for name, value in labels.items():
        if problem := label_problem(name, value):
            yield "labels", problem
    if threshold.runbook and not threshold.runbook.lower().startswith(("http://", "https://")):
        yield "runbook", "A runbook is a link that begins with http:// or https://."
