"""The order in which routes are asked."""

from typing import Literal

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import transaction

from dashboard.models import Route

_STEP = 10  # leaves room for numbers that people type


def move_route(*, route: Route, by: Literal[-1, 1], operator: User | AnonymousUser) -> Route | None:
    """The route, asked one place earlier or later; None where it is the first or last. Raises PermissionDenied."""
    if isinstance(operator, AnonymousUser) or not operator.has_perm("dashboard.change_route"):
        raise PermissionDenied("You may not change routes; ask an administrator.")
    with transaction.atomic():
        # Two people may move routes at once: each sees the order that the other left.
        routes = list(Route.objects.select_for_update().order_by("position", "pk"))
        place = next((number for number, each in enumerate(routes) if each.pk == route.pk), None)
        if place is None or not 0 <= place + by < len(routes):
            return None
        routes.insert(place + by, routes.pop(place))
        for number, each in enumerate(routes, 1):
            each.position = number * _STEP
        Route.objects.bulk_update(routes, ["position"])
    return routes[place + by]
