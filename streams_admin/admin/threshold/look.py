"""What the form finds while it is filled in, as JSON: what was understood, what is wrong, what it matches."""

from typing import Any

from django.http import HttpRequest, JsonResponse

from dashboard.core import wording
from dashboard.core.threshold_metrics import Metric
from dashboard.models import Stream, Threshold
from streams_admin.admin.threshold.form import LIMITS
from streams_admin.admin.threshold.now import Found, found_now
from streams_admin.admin.threshold.words import SHOWN_NAMES, matches_in_words, worst_in_words

_TIMES = ("window_s", "hold_s", "keep_open_s")
#: While one of these is wrong, nobody can say what is matched.
_SCOPE = ("metric", "server", "stream", "tag", *(f"{kind}_pattern" for kind in ("key", "group", "consumer")))
_EXCLUDES = tuple(f"{kind}_excludes" for kind in ("key", "group", "consumer"))
#: What somebody who has only begun to fill in a form need not be told yet.
_REQUIRED = frozenset({"required"})


def look(form: Any) -> JsonResponse:
    """What a form's fields come to. Never an error: a half-filled form is the usual case."""
    form.is_valid()
    threshold: Threshold = form.instance
    answer: dict[str, Any] = {"understood": _understood(form, threshold), "problems": _problems(form)}
    if not set(form.errors) & {*_SCOPE, *_EXCLUDES}:
        found = found_now(threshold)
        streams = stream_titles(found)
        level, words = matches_in_words(threshold, found, streams=streams)
        answer |= {
            "matches": {"level": level, "text": words},
            "worst": worst_in_words(threshold, found, streams=streams),
        }
    return JsonResponse(answer)


def threshold_of(request: HttpRequest, options: Any) -> Any:
    """The form that was sent, bound to the threshold that it edits, which is not saved. Needs the right to save it."""
    pk = request.POST.get("_id", "")
    stored = options.get_object(request, pk) if pk.isdigit() else None
    return options.get_form(request, stored, change=stored is not None)(request.POST, instance=stored)


def stream_titles(found: Found, most: int = SHOWN_NAMES) -> dict[int, str]:
    """The titles of the first streams that have one, by id."""
    first = {row.where.stream_id for row in found.rows[:most] if row.where.stream_id}
    return {pk: title for pk, title in Stream.objects.filter(pk__in=first).values_list("pk", "title") if title}


def _understood(form: Any, threshold: Threshold) -> dict[str, str]:
    """What a number was taken for, in words, by field."""
    data = form.cleaned_data
    words = {name: wording.duration(data[name]) for name in _TIMES if data.get(name)}
    if data.get("metric"):
        metric = Metric(threshold.metric)
        words |= {name: wording.quantity(metric, data[name]) for name in LIMITS if isinstance(data.get(name), float)}
    return words


def _problems(form: Any) -> dict[str, str]:
    """One sentence a field, without those that only say that something is still missing."""
    return {
        field: str(next(iter(errors)))
        for field, errors in form.errors.items()
        if errors.as_data()[0].code not in _REQUIRED
    }
