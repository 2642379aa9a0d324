"""The order in which routes are asked."""

from typing import Literal

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from dashboard.models import Route
from dashboard.services.ordering import move_route


@pytest.fixture
def routes(db: None) -> list[Route]:
    return [Route.objects.create(name=name, position=5) for name in "abc"]


@pytest.mark.parametrize(
    ("name", "by", "order"),
    [("b", -1, "bac"), ("b", 1, "acb"), ("a", -1, "abc"), ("c", 1, "abc")],
    ids=["earlier", "later", "first already", "last already"],
)
def test_a_route_moves_past_its_neighbour_also_at_equal_positions(
    routes: list[Route], administrator: User, name: str, by: Literal[-1, 1], order: str
) -> None:
    moved = move_route(route=Route.objects.get(name=name), by=by, operator=administrator)

    assert "".join(Route.objects.values_list("name", flat=True)) == order
    assert (moved is None) is (order == "abc")


def test_an_operator_may_not(routes: list[Route], operator: User) -> None:
    with pytest.raises(PermissionDenied):
        move_route(route=routes[1], by=-1, operator=operator)
