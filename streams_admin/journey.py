"""The journey of an alert: which routes are asked about it, who would be told, and what mutes it now."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec
from django.urls import reverse
from django.utils.translation import gettext as _

from dashboard.core.grouping import RouteRule
from dashboard.core.matchers import fits
from dashboard.core.muting import Mute, MutedBy
from dashboard.forms.matchers import matcher_told
from dashboard.models import Alert, Receiver, Route
from dashboard.services.muting import labels_now, mute_of, mutes_at
from dashboard.services.routing import route_rules


class Told(msgspec.Struct, frozen=True):
    """A receiver at a route, and whether it is told."""

    name: str
    url: str
    enabled: bool


class Stop(msgspec.Struct, frozen=True):
    """A route, whether it takes the alert, and why."""

    name: str
    url: str
    word: str
    level: str  # of the word: ok where it takes it
    why: str = ""
    receivers: tuple[Told, ...] = ()
    group: str = ""  # the values that share a message


class Journey(msgspec.Struct, frozen=True):
    """All stops, in order, and what keeps receivers from hearing of it."""

    stops: tuple[Stop, ...]
    mute: str = ""
    mute_url: str = ""

    @property
    def told(self) -> list[str]:
        """Who would be told, each once."""
        names = [each.name for stop in self.stops if stop.level == "ok" for each in stop.receivers if each.enabled]
        return list(dict.fromkeys(names))


def journey_of(labels: Mapping[str, str], alert: Alert | None, now: datetime) -> Journey:
    """The journey of an alert with these labels; `alert` is the one that was chosen, which somebody may take care of."""
    mutes = mutes_at(now)
    mute = mutes.of(labels)
    if mute is None and alert and (own := mute_of(alert, mutes, now)) and own.by is MutedBy.ACKNOWLEDGED:
        mute = own
    return Journey(tuple(_stops(labels)), _words(mute), _url(mute))


def labels_for(alert: Alert | None, typed: Mapping[str, str]) -> dict[str, str]:
    """The labels of the chosen alert, with those that were typed in their places."""
    return {**(labels_now(alert) if alert else {}), **typed}


def _stops(labels: Mapping[str, str]) -> Iterator[Stop]:
    rules = {rule.id: rule for rule in route_rules()}
    ended_by = ""
    for route in Route.objects.prefetch_related("receivers"):
        rule = rules.get(route.pk)
        yield _stop(route, rule, labels, ended_by)
        if rule and not ended_by and rule.takes(labels) and not rule.goes_on:
            ended_by = route.name


def _stop(route: Route, rule: RouteRule | None, labels: Mapping[str, str], ended_by: str) -> Stop:
    url = reverse("admin:dashboard_route_change", args=[route.pk])
    if rule is None:
        return Stop(route.name, url, _("off"), "", "" if not route.enabled else _("Its matchers cannot be read."))
    if ended_by:
        return Stop(route.name, url, _("not asked"), "", _("“%(name)s” took it.") % {"name": ended_by})
    if not rule.takes(labels):
        return Stop(route.name, url, _("does not fit"), "", _why_not(rule, labels))
    receivers = tuple(_told(receiver, rule) for receiver in route.receivers.all())
    group = ", ".join(f"{name}={labels.get(name, '')}" for name in rule.group_by)
    return Stop(route.name, url, _("takes it"), "ok", _why(rule), receivers, group)


def _why(rule: RouteRule) -> str:
    words = ", ".join(map(matcher_told, rule.matchers)) or _("It fits every alert.")
    goes_on = _("the routes after it are asked, too")
    return f"{words} · {goes_on}" if rule.goes_on else words


def _why_not(rule: RouteRule, labels: Mapping[str, str]) -> str:
    if fits(rule.matchers, labels):
        return _("An alert of the watchdog goes to routes alone that ask for its metric or threshold.")
    matcher = next(each for each in rule.matchers if not each.fits(labels))
    has = labels.get(matcher.name, "") or _("(empty)")
    return _("It asks that %(matcher)s; this has %(has)s.") % {"matcher": matcher_told(matcher), "has": has}


def _told(receiver: Receiver, rule: RouteRule) -> Told:
    url = reverse("admin:dashboard_receiver_change", args=[receiver.pk])
    return Told(receiver.name, url, receiver.pk in rule.receivers)


def _words(mute: Mute | None) -> str:
    if mute is None:
        return ""
    words = {
        MutedBy.SILENCE: _("A silence mutes it: %(why)s"),
        MutedBy.MAINTENANCE: _("A maintenance window mutes it: %(why)s"),
        MutedBy.INHIBITION: _("An inhibition mutes it: %(why)s"),
        MutedBy.ACKNOWLEDGED: _("Somebody takes care of it: %(why)s"),
    }
    return words[mute.by] % {"why": mute.why or "–"}


def _url(mute: Mute | None) -> str:
    if mute and mute.by is MutedBy.SILENCE:
        return reverse("silences")
    names = {
        MutedBy.MAINTENANCE: "admin:dashboard_maintenancewindow_change",
        MutedBy.INHIBITION: "admin:dashboard_inhibition_change",
        MutedBy.ACKNOWLEDGED: "alert",
    }
    return reverse(names[mute.by], args=[mute.id]) if mute and mute.by in names else ""
