"""A threshold tried on the past before it is saved, in three kinds of short requests.

The first says what will be looked at; the next ones look at some of that each, as much as fits half a second; another one
draws a line. All carry the form's fields, so nothing is kept between them.
"""

import time
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext, ngettext

from dashboard.core import names, wording
from dashboard.core.quantities import unit_of
from dashboard.core.threshold_metrics import SERVER_METRICS, Metric
from dashboard.models import Stream, Threshold
from dashboard.services.backtest import Found, backtest, line
from dashboard.services.reaching import Reached, reached
from dashboard.services.remembered import is_kept, steps_of
from streams_admin.admin.threshold.now import Row, found_now, name_of, server_names
from streams_admin.admin.threshold.words import limits_in_words

#: Streams or servers that are looked at, those with the most first.
MOST_SUBJECTS = 200
MOST_AT_ONCE = 20
MOST_ALERTS = 500  # told of one request
BUDGET_S = 0.5
RANGES = {"3600": 3600.0, "86400": 86400.0, "604800": 604800.0}
#: What is wrong in these says nothing of what would have opened.
_TOLD_ONLY = frozenset({"name", "enabled", "labels", "runbook", "note"})
_LATE_S = 3600.0  # a walk through all chunks ends within an hour


def try_out(request: HttpRequest, form: Any) -> JsonResponse:
    """The answer to one of the requests; `problems` where the form is not right yet."""
    form.is_valid()
    if wrong := next((name for name in form.errors if name not in _TOLD_ONLY), ""):
        text = gettext("Correct this first: %(field)s: %(problem)s")
        values = {"field": form.fields[wrong].label, "problem": next(iter(form.errors[wrong]))}
        return JsonResponse({"problems": text % values})
    threshold: Threshold = form.instance
    if not is_kept(Metric(threshold.metric)):
        text = gettext("History does not keep what this metric reads, so that there is nothing to try it on.")
        return JsonResponse({"problems": text})
    now = _moment(request.POST.get("_now", ""))
    since = now - RANGES.get(request.POST.get("_range", ""), 3600.0)
    if "_ids" not in request.POST:
        return JsonResponse(_planned(threshold, since, now))
    asked = _asked(request.POST["_ids"])
    scope = reached(threshold, among=asked.keys())
    if "_group" in request.POST:
        return JsonResponse(_drawn(threshold, scope, request.POST["_group"], since, now))
    return JsonResponse(_looked_at(threshold, scope, asked, since, now))


def _moment(text: str) -> float:
    """The end of the range: what the first answer said, or now."""
    now = time.time()
    try:
        given = float(text)
    except ValueError:
        return now
    return given if now - _LATE_S <= given <= now else now


def _asked(text: str) -> dict[int, int]:
    """How many groups to skip, by the number of each stream or server that is asked about: `12,13:4`."""
    pairs = (part.partition(":")[::2] for part in text.split(",")[:MOST_AT_ONCE])
    return {int(pk): _number(skip) for pk, skip in pairs if _number(pk)}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _planned(threshold: Threshold, since: float, now: float) -> dict[str, Any]:
    rows = found_now(threshold).rows
    # Of many, those with the most; streams that no sample has told of yet come last.
    order = [*dict.fromkeys(_id(row.where) for row in rows), *(_id(one) for one in reached(threshold))]
    ids = list(dict.fromkeys(order))
    return {
        "now": now,
        "since": since,
        "ids": ids[:MOST_SUBJECTS],
        "first": _first(rows),
        "looked": _looked(threshold, min(len(ids), MOST_SUBJECTS), len(ids)),
        "notes": _notes(threshold, since, now),
        "unit": unit_of(Metric(threshold.metric)),
        "limits": [
            {
                "limit": getattr(threshold, f"{severity}_limit"),
                "severity": severity,
                "words": f"{gettext(severity)} {words}",
            }
            for severity, words in limits_in_words(threshold)
        ],
    }


def _first(rows: list[Row]) -> dict[str, Any] | None:
    """The subject that is worst now, to be drawn where nothing would have opened."""
    if not rows:
        return None
    row = rows[0]
    name = name_of(
        row, dict(Stream.objects.filter(pk=row.where.stream_id or 0).values_list("pk", "title")), server_names()
    )
    return {"id": _id(row.where), "group": names.to_slug(row.group) if row.group else "", "name": name}


def _id(where: Reached) -> int:
    return where.server_id if where.stream_id is None else where.stream_id


def _looked(threshold: Threshold, count: int, total: int) -> str:
    if threshold.metric in SERVER_METRICS:
        text = ngettext("Looked at %(n)s server.", "Looked at %(n)s servers.", count)
    elif count < total:
        text = gettext("Looked at %(n)s of %(all)s streams, those with the worst values now.")
    else:
        text = ngettext("Looked at %(n)s stream.", "Looked at %(n)s streams.", count)
    return text % {"n": wording.number(count), "all": wording.number(total)}


def _notes(threshold: Threshold, since: float, now: float) -> list[dict[str, Any]]:
    """What the reader must know of how finely the past is remembered, each of what is before a moment (`until`)."""
    coarse = [(until, step) for _, until, step in steps_of(since=since, now=now) if step]
    older = gettext("What is older than %(age)s is remembered in steps of %(step)s: times are exact to a step.")
    notes = [
        {"until": until, "text": older % {"age": wording.duration(round(now - until)), "step": wording.duration(step)}}
        for until, step in coarse
    ]
    short = gettext(
        "%(what)s of %(time)s is shorter than such a step and cannot be judged there: alerts may be missing."
    )
    for seconds, what in ((threshold.hold_s, gettext("A hold")), (threshold.window_s, gettext("A window"))):
        if ends := [until for until, step in coarse if 0 < seconds < step]:
            notes.append({"until": max(ends), "text": short % {"what": what, "time": wording.duration(seconds)}})
    return notes


def _looked_at(
    threshold: Threshold, scope: list[Reached], asked: Mapping[int, int], since: float, now: float
) -> dict[str, Any]:
    begun, titles = time.monotonic(), _titles(threshold, scope)
    alerts: list[dict[str, Any]] = []
    begins: list[float] = []

    def enough() -> bool:
        return time.monotonic() - begun > BUDGET_S or len(alerts) >= MOST_ALERTS

    for place, where in enumerate(scope):
        pk = _id(where)
        part = backtest(threshold, where, since=since, now=now, skip=asked[pk], enough=enough)
        alerts += [_told(threshold, where, one, titles[pk]) for one in part.found]
        begins += [] if part.begins is None else [part.begins]
        rest = [str(_id(one)) for one in scope[place + 1 :]]
        if part.skip is not None:
            return _answer([f"{pk}:{part.skip}", *rest], alerts, begins)
        if enough():
            return _answer(rest, alerts, begins)
    return _answer([], alerts, begins)


def _answer(left: list[str], alerts: list[dict[str, Any]], begins: list[float]) -> dict[str, Any]:
    # What flaps all week has thousands: they are counted, and the latest ones told.
    more = max(0, len(alerts) - MOST_ALERTS)
    return {"left": left, "alerts": alerts[-MOST_ALERTS:], "more": more, "begins": min(begins, default=None)}


def _titles(threshold: Threshold, scope: list[Reached]) -> dict[int, str]:
    if threshold.metric in SERVER_METRICS:
        return server_names()
    titles = dict(Stream.objects.filter(pk__in=map(_id, scope)).values_list("pk", "title"))
    return {_id(one): titles.get(_id(one)) or names.display(one.key) for one in scope}


def _told(threshold: Threshold, where: Reached, found: Found, title: str) -> dict[str, Any]:
    alert, metric = found.alert, Metric(threshold.metric)
    return {
        "id": _id(where),
        "group": names.to_slug(found.group) if found.group else "",
        "name": wording.shortened(f"{names.display(found.group)} · {title}" if found.group else title),
        "since": alert.since,
        "until": alert.until,
        "severity": alert.severity,
        "worst": "" if alert.value is None else wording.quantity(metric, alert.value),
        "lasted": "" if alert.until is None else wording.duration(max(1, round(alert.until - alert.since))),
    }


def _drawn(threshold: Threshold, scope: list[Reached], slug: str, since: float, now: float) -> dict[str, Any]:
    if not scope:
        return {"at": [], "value": [], "least": [], "most": []}
    try:
        group = names.from_slug(slug) if slug else b""
    except ValueError:
        group = b""
    found = line(threshold, scope[0], group, since=since, now=now)
    return {"at": found.at, "value": found.value, "least": found.least, "most": found.most}
