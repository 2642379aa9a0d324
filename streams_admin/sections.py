"""Sections of a preview beside a form: what it would do now, in words, for the page and for the script that keeps it fresh."""

from collections.abc import Sequence

import msgspec
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.core.matchers import Matcher, Op
from dashboard.core.muting import Inhibitor, Mutes, Source
from dashboard.models import Alert, Threshold
from dashboard.services.silencing import preview
from dashboard.told import told


class Item(msgspec.Struct, frozen=True):
    """A line of a list."""

    text: str
    level: str = ""  # ok, notice, warning or critical
    word: str = ""  # of a badge before it
    url: str = ""


class Section(msgspec.Struct, frozen=True):
    """A heading, a sentence, a list, and a text to be shown as it is."""

    title: str
    text: str = ""
    level: str = ""
    items: tuple[Item, ...] = ()
    plain: str = ""


#: Fits every alert: a missing label is the empty text, which a star fits.
ANY = (Matcher("server", Op.LIKE, "*"),)


def matched(title: str, matchers: Sequence[Matcher]) -> Section:
    """Which open alerts the matchers fit now; none fit all."""
    found = preview(tuple(matchers) or ANY)
    if not found.open:
        return Section(title, _("No alert is open now, so this cannot be tried on one."))
    text = ngettext("They fit %(fits)d of %(n)d open alert.", "They fit %(fits)d of %(n)d open alerts.", found.open) % {
        "fits": found.muted,
        "n": found.open,
    }
    level = "" if found.muted else "warning"
    return Section(title, text, level, (*map(item_of, found.alerts), *_more(found.more)))


def muted(inhibitor: Inhibitor) -> Section:
    """Which open alerts an inhibition keeps from being told of now; two questions, however many there are."""
    rows = Alert.objects.open().exclude(metric=Threshold.Metric.WATCHDOG).order_by("-opened_at", "-pk")
    columns = rows.values_list("pk", "title", "labels", "severity", "metric")
    alerts = [Source(pk, title, {**labels, "severity": severity, "metric": metric})
              for pk, title, labels, severity, metric in columns]  # fmt: skip
    mutes = Mutes((), (inhibitor,), alerts)
    found = [alert.id for alert in alerts if mutes.of(alert.labels)]
    shown = rows.in_bulk(found[:_SHOWN])
    text = ngettext("It mutes %(n)d alert.", "It mutes %(n)d alerts.", len(found)) % {"n": len(found)}
    items = (*map(item_of, shown.values()), *_more(len(found) - _SHOWN))
    return Section(_("Muted now"), text, items=items)


_SHOWN = 10


def item_of(alert: Alert) -> Item:
    """An alert as a line, with where it stands."""
    url = reverse("alert", args=[alert.pk])
    return Item(told(alert.title), alert.severity, alert.get_severity_display(), url)


def _more(count: int) -> tuple[Item, ...]:
    if count <= 0:
        return ()
    return (Item(ngettext("and %(n)d more", "and %(n)d more", count) % {"n": count}),)
