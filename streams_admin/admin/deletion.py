"""Deleting from the registry: what goes along is counted. Listing it would load every stored sample."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from dashboard.models import Alert, Server, Stream


class CountsWhatItDeletes:
    """For a ModelAdmin of servers or streams. Alerts go along although nobody may delete one by itself."""

    def get_deleted_objects(self, objs: Iterable[Model], request: HttpRequest) -> Any:
        """The objects, counts of what goes with them, and no further permission."""
        chosen = list(objs)
        return [str(one) for one in chosen], _counts(chosen), set(), []


def _counts(chosen: list[Model]) -> dict[str, int]:
    servers = [one.pk for one in chosen if isinstance(one, Server)]
    streams = [one.pk for one in chosen if isinstance(one, Stream)]
    if servers:
        return {
            "servers": len(servers),
            "streams, with their history": Stream.objects.filter(server__in=servers).count(),
            "alerts": Alert.objects.filter(server__in=servers).count(),
        }
    return {"streams, with their history": len(streams), "alerts": Alert.objects.filter(stream__in=streams).count()}
