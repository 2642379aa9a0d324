"""Thresholds in words: where, beyond what, for how long."""

from django.utils.translation import gettext, ngettext

from dashboard.core import wording
from dashboard.core.threshold_metrics import CONSUMER_METRICS, GROUP_METRICS, LASTING_METRICS, SERVER_METRICS, Metric
from dashboard.models import Threshold
from streams_admin.admin.threshold.fields import state_in_capitals
from streams_admin.admin.threshold.now import Found, name_of, server_names

SHOWN_NAMES = 5
#: So many matches of a pattern for everything are worth a warning.
MANY = 1000
_FOR = "for"


def scope_in_words(threshold: Threshold) -> str:
    """What the threshold is for."""
    if threshold.metric in SERVER_METRICS:
        return str(threshold.server or gettext("every server"))
    streams = str(threshold.stream or "") or _every(threshold.key_pattern, gettext("every stream"))
    if threshold.tag:
        streams += f" ({threshold.tag})"
    server = threshold.stream.server if threshold.stream else threshold.server
    whole = streams
    for part in reversed(_inner(threshold)):
        whole = gettext("%(part)s of %(whole)s") % {"part": part, "whole": whole}
    return gettext("%(what)s on %(server)s") % {"what": whole, "server": server} if server else whole


def _inner(threshold: Threshold) -> list[str]:
    group = _every(threshold.group_pattern, gettext("every group"))
    if threshold.metric in CONSUMER_METRICS:
        return [_every(threshold.consumer_pattern, gettext("every consumer")), group]
    return [group] if threshold.metric in GROUP_METRICS else []


def _every(pattern: str, words: str) -> str:
    return words if pattern in ("", "*") else pattern


def metric_in_words(threshold: Threshold) -> str:
    """What is read, with the states that are looked for."""
    words = str(threshold.get_metric_display())
    return f"{words}: {', '.join(map(state_in_capitals, threshold.states))}" if threshold.states else words


def limits_in_words(threshold: Threshold) -> list[tuple[str, str]]:
    """Each limit with its severity, gravest first: `critical`, `above 300 s`."""
    metric = Metric(threshold.metric)
    if metric is Metric.WATCHDOG:
        return [(str(severity), gettext("always")) for severity in threshold.limits]
    side = _FOR if metric in LASTING_METRICS else str(threshold.comparison)
    return [
        (str(severity), _limit(metric, side, limit) + _ends(metric, limit, clear))
        for severity, (limit, clear) in threshold.limits.items()
    ]


def _limit(metric: Metric, side: str, limit: float) -> str:
    if side == _FOR and not limit:
        return gettext("at once")
    words = {_FOR: gettext("for %(limit)s"), "above": gettext("above %(limit)s"), "below": gettext("below %(limit)s")}
    return words[side] % {"limit": wording.quantity(metric, limit)}


def _ends(metric: Metric, limit: float, clear: float) -> str:
    return "" if clear == limit else gettext(", until %(clear)s") % {"clear": wording.quantity(metric, clear)}


def matches_in_words(threshold: Threshold, found: Found, *, streams: dict[int, str]) -> tuple[str, str]:
    """How bad that is ("ok" or "warning"), and what the threshold matches now, in a sentence."""
    if not found.servers:
        return "warning", gettext("It matches nothing now. It will judge what appears later: check the pattern.")
    counts = " · ".join(_counts(found))
    names = _names(found, streams)
    if _takes_everything(threshold) and (found.streams or 0) >= MANY:
        return "warning", gettext("It matches everything: %(counts)s.") % {"counts": counts}
    if found.groups is None and not found.rows:
        return "ok", gettext("It matches %(counts)s now; which groups they have is not known yet.") % {"counts": counts}
    if not found.rows:
        return "warning", gettext("It matches %(counts)s now, so that nothing is judged yet.") % {"counts": counts}
    return "ok", gettext("It matches %(counts)s now: %(names)s.") % {"counts": counts, "names": names}


def _counts(found: Found) -> list[str]:
    parts = []
    if found.consumers is not None:
        text = ngettext("%(n)s consumer", "%(n)s consumers", found.consumers)
        parts.append(text % {"n": wording.number(found.consumers)})
    if found.groups is not None:
        parts.append(ngettext("%(n)s group", "%(n)s groups", found.groups) % {"n": wording.number(found.groups)})
    if found.streams is not None:
        parts.append(ngettext("%(n)s stream", "%(n)s streams", found.streams) % {"n": wording.number(found.streams)})
    if found.streams is None or found.servers > 1:
        parts.append(ngettext("%(n)s server", "%(n)s servers", found.servers) % {"n": wording.number(found.servers)})
    return parts


def _names(found: Found, streams: dict[int, str]) -> str:
    servers = server_names()
    shown = [wording.shortened(name_of(row, streams, servers)) for row in found.rows[:SHOWN_NAMES]]
    more = len(found.rows) - SHOWN_NAMES
    names = ", ".join(shown)
    return gettext("%(names)s and %(n)s more") % {"names": names, "n": wording.number(more)} if more > 0 else names


def worst_in_words(threshold: Threshold, found: Found, *, streams: dict[int, str]) -> str:
    """The worst value among what is in scope, and whose; empty where none is known here."""
    row = found.rows[0] if found.rows else None
    if row is None or row.value is None:
        return ""
    value = wording.quantity(Metric(threshold.metric), row.value)
    return gettext("Worst now: %(value)s, %(name)s.") % {"value": value, "name": name_of(row, streams, server_names())}


def _takes_everything(threshold: Threshold) -> bool:
    narrow = (threshold.server_id, threshold.stream_id, threshold.tag, threshold.key_excludes)
    return not any(narrow) and (threshold.key_pattern or "*") == "*"
