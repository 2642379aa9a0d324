"""Deleting what is configured: what goes along is counted. Listing it would load every stored sample or message."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from dashboard.models import Alert, Notification, Receiver, Route, Server, Stream


class CountsWhatItDeletes:
    """For a ModelAdmin of servers, streams, receivers or routes.

    Alerts and notifications go along although nobody may delete one by itself.
    """

    def get_deleted_objects(self, objs: Iterable[Model], request: HttpRequest) -> Any:
        """The objects, counts of what goes with them, and no further permission."""
        chosen = list(objs)
        return [str(one) for one in chosen], _counts(chosen), set(), []


def _counts(chosen: list[Model]) -> dict[str, int]:
    keys = [one.pk for one in chosen]
    model = type(chosen[0]) if chosen else Stream
    if model is Server:
        return {
            _("servers"): len(keys),
            _("streams, with their history"): Stream.objects.filter(server__in=keys).count(),
            _("alerts"): Alert.objects.filter(server__in=keys).count(),
        }
    if model is Receiver:
        return {_("receivers"): len(keys), _("notifications"): Notification.objects.filter(receiver__in=keys).count()}
    if model is Route:
        return {_("routes"): len(keys)}
    return {_("streams, with their history"): len(keys), _("alerts"): Alert.objects.filter(stream__in=keys).count()}
