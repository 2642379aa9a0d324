"""The page of pending entries: its filter, its rows, and the plan that is asked for."""

from collections.abc import Callable
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import redis
from django.http import HttpRequest

from dashboard.core.names import to_slug
from dashboard.models import Stream
from streams_admin import pending
from streams_admin.facts import Facts, GroupFact
from streams_admin.forms import PENDING_KINDS, ChosenForm, FilterForm
from streams_admin.models import Kind
from streams_admin.pending import PendingFilter
from streams_admin.plans import PlanError
from streams_admin.redis_io.look import read_state
from streams_admin.remedies.acknowledge import plan_acknowledge
from streams_admin.remedies.acknowledge_delete import plan_acknowledge_delete
from streams_admin.remedies.claim import plan_claim
from streams_admin.remedies.entries import MOST_PENDING, Selection
from streams_admin.remedies.reset_idle import plan_reset_idle
from streams_admin.rows import PendingRow, pending_row

SIZES = (50, 100)
_PLANS: dict[Kind, Callable[["redis.Redis", bytes, Selection], Facts]] = {
    Kind.ACKNOWLEDGE: plan_acknowledge,
    Kind.ACKNOWLEDGE_DELETE: plan_acknowledge_delete,
    Kind.RESET_IDLE: plan_reset_idle,
}
FILTERS = ("group", "consumer", "idle_s", "deliveries", "from_id", "to_id", "size")


class PendingPage:
    """One request for the page. Reads the watched server as it goes; raises what redis_io and redis raise."""

    def __init__(self, request: HttpRequest, client: "redis.Redis", stream: Stream) -> None:
        self.client, self.stream, self.key = client, stream, bytes(stream.key)
        self.data = request.POST if request.method == "POST" else request.GET
        self.posted = request.method == "POST"
        self.groups = read_state(client, self.key).groups

    @cached_property
    def group(self) -> GroupFact | None:
        """The group that was asked for; else the one with most pending entries."""
        asked = self.data.get("group", "")
        for group in self.groups:
            if to_slug(group.name) == asked:
                return group
        return None if asked else max(self.groups, key=lambda group: group.pending, default=None)

    @cached_property
    def consumers(self) -> list[bytes] | None:
        """The group's consumers; None where there are too many to list."""
        return pending.consumer_names(self.client, self.key, self.group) if self.group else []

    @cached_property
    def filter(self) -> FilterForm:
        """The filter, checked."""
        data = {name: self.data.get(name, "") for name in FILTERS}
        if self.group:
            data["group"] = to_slug(self.group.name)
        form = FilterForm(data, groups=[group.name for group in self.groups])
        form.offer_consumers(self.consumers)
        form.is_valid()
        return form

    @cached_property
    def chosen(self) -> ChosenForm:
        """What was selected, and what for."""
        return ChosenForm(
            self.data if self.posted else None,
            consumers=self.consumers,
            chosen=list(dict.fromkeys(self.data.getlist("id"))),
        )

    @property
    def kind(self) -> Kind:
        """What the person wants to do."""
        verb = self.data.get("verb")
        return Kind(verb) if verb in PENDING_KINDS else Kind.CLAIM

    @property
    def wanted(self) -> PendingFilter | None:
        """The filter to read by; None where it is not valid."""
        return self.filter.wanted if self.groups and self.filter.is_valid() else None

    @property
    def invalid(self) -> bool:
        """Whether something in the request was wrong."""
        return bool(self.groups and self.filter.errors) or (self.posted and bool(self.chosen.errors))

    def plan(self) -> Facts | None:
        """The plan that was asked for; None where the forms now say what is wrong."""
        if not self.chosen.is_valid() or not self.wanted:
            return None
        selection = self.chosen.selection(self.wanted)
        try:
            if self.kind is Kind.CLAIM:
                return plan_claim(self.client, self.key, selection, self.chosen.to)
            return _PLANS[self.kind](self.client, self.key, selection)
        except PlanError as error:
            self.chosen.add_error(
                {"consumer": "target", "group": "entries"}.get(str(error.field), error.field), str(error)
            )
            return None

    def context(self) -> dict[str, Any]:
        """What the template needs."""
        size = 100 if self.data.get("size") == "100" else SIZES[0]
        rows: tuple[PendingRow, ...] = ()
        next_after = None
        if self.wanted:
            page = pending.matching_pending(
                self.client, self.key, self.wanted, at_most=size, after=_entry_id(self.data.get("after", ""))
            )
            rows, next_after = tuple(map(pending_row, page.entries)), page.next_after
        query = {name: self.data.get(name, "") for name in FILTERS if self.data.get(name)}
        return {
            "stream": self.stream,
            "filter": self.filter,
            "chosen": self.chosen,
            "selected": set(self.chosen.chosen) if self.posted else set(),
            "everything": self.posted and bool(self.data.get("everything")),
            "group": self.group,
            "rows": rows,
            "after": self.data.get("after", ""),
            "size": size,
            "most": MOST_PENDING,
            "filtered": any(self.data.get(name) for name in ("consumer", "idle_s", "deliveries", "from_id", "to_id")),
            "next_page": urlencode({**query, "after": next_after}) if next_after else "",
            "first_page": urlencode(query),
            "too_many_consumers": self.consumers is None,
        }


def _entry_id(text: str) -> str | None:
    ms, _, seq = text.partition("-")
    return text if ms.isdecimal() and seq.isdecimal() and text.isascii() and len(text) <= 41 else None
