"""Remedies that need no more than a few words: what their page says and asks, and the plan that comes of it."""

from collections.abc import Callable
from typing import Any

import msgspec
import redis
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from dashboard.core import names
from dashboard.models import Server, Stream
from streams_admin import ask_forms, pending
from streams_admin.ask_forms import AskForm
from streams_admin.facts import Facts
from streams_admin.guard import operator_page
from streams_admin.models import PERMISSIONS, Kind
from streams_admin.pending import PendingFilter
from streams_admin.planning import looking, planned, require
from streams_admin.plans import PlanError, look
from streams_admin.redis_io.scripts import action_client
from streams_admin.remedies.across import other_slot
from streams_admin.remedies.append_entry import plan_append_entry
from streams_admin.remedies.create_consumer import plan_create_consumer
from streams_admin.remedies.create_group import plan_create_group
from streams_admin.remedies.dead_letter import plan_dead_letter
from streams_admin.remedies.delete_entries import plan_delete_entries
from streams_admin.remedies.delete_stream import plan_delete_stream
from streams_admin.remedies.destroy_group import plan_destroy_group
from streams_admin.remedies.entries import Selection
from streams_admin.remedies.export import plan_export
from streams_admin.remedies.purge_ghosts import plan_purge_ghosts
from streams_admin.remedies.remove_consumer import plan_remove_consumer
from streams_admin.remedies.replay_plan import origin_of, plan_replay
from streams_admin.remedies.set_group_id import plan_repair_group, plan_set_group_id
from streams_admin.replay_form import ReplayForm
from streams_admin.rows import group_row


class Ask(msgspec.Struct, frozen=True):
    """A page that asks. `fields` renames what a PlanError blames to the form's own."""

    title: str
    sentence: str
    form: type[AskForm]
    plan: Callable[["redis.Redis", bytes, Any], Facts]
    needs_group: bool = False


def _removal(client: "redis.Redis", key: bytes, form: ask_forms.RemoveConsumerForm) -> Facts:
    group, consumer = form.named("consumer")
    target = form.named("target")[1] if form.cleaned_data["target"] else None
    return plan_remove_consumer(client, key, group, consumer, target)


def _dead_letter(client: "redis.Redis", key: bytes, form: ask_forms.DeadLetterForm) -> Facts:
    data, target = form.cleaned_data, names.from_display(form.cleaned_data["target"])
    selection = Selection(matching=PendingFilter(group=form.chosen_group, min_deliveries=data["deliveries"]))
    assert form.server is not None  # noqa: S101 - the page has set it
    with other_slot(form.server, key, target) as elsewhere:
        return plan_dead_letter(client, key, selection, target, reason=data["reason"], elsewhere=elsewhere)


def _replay(client: "redis.Redis", key: bytes, form: ReplayForm) -> Facts:
    wanted, data = form.wanted, form.cleaned_data
    target = form.target_key or origin_of(client, key, wanted)
    assert form.server is not None  # noqa: S101 - the page has set it
    with action_client(form.server.acting_target, target) as target_client:
        return plan_replay(
            client,
            target_client,
            key,
            wanted,
            target=target,
            per_second=data["per_second"],
            strips=data["strips"],
            removes=data["removes"],
            is_cluster=form.is_cluster,
        )


ASKS: dict[Kind, Ask] = {
    Kind.CREATE_GROUP: Ask(
        "Create a group",
        "A new group, at the beginning, at the end, at a time or after an entry.",
        ask_forms.CreateGroupForm,
        lambda client, key, form: plan_create_group(client, key, form.cleaned_data["name"].encode(), form.where),
    ),
    Kind.SET_GROUP_ID: Ask(
        "Set a group’s id",
        "Backwards: entries are delivered again. Forwards: entries are skipped. Says how many.",
        ask_forms.SetGroupIdForm,
        lambda client, key, form: plan_set_group_id(client, key, form.chosen_group, form.where),
        needs_group=True,
    ),
    Kind.REPAIR_GROUP: Ask(
        "Repair a group’s counter",
        "Where the server does not know the lag: counts it, and tells the server.",
        ask_forms.GroupForm,
        lambda client, key, form: plan_repair_group(client, key, form.chosen_group),
        needs_group=True,
    ),
    Kind.DESTROY_GROUP: Ask(
        "Destroy a group",
        "Its place and its pending list go; the entries stay.",
        ask_forms.GroupForm,
        lambda client, key, form: plan_destroy_group(client, key, form.chosen_group),
        needs_group=True,
    ),
    Kind.CREATE_CONSUMER: Ask(
        "Create a consumer",
        "So that entries can be claimed for it before it has read any.",
        ask_forms.CreateConsumerForm,
        lambda client, key, form: plan_create_consumer(
            client, key, form.chosen_group, form.cleaned_data["consumer"].encode()
        ),
        needs_group=True,
    ),
    Kind.REMOVE_CONSUMER: Ask(
        "Remove a dead consumer",
        "Its pending entries go to another one; then it is deleted, if it has not acted meanwhile.",
        ask_forms.RemoveConsumerForm,
        _removal,
        needs_group=True,
    ),
    Kind.DEAD_LETTER: Ask(
        "Move poison entries",
        "What was delivered again and again goes to a dead-letter stream, with where it comes from.",
        ask_forms.DeadLetterForm,
        lambda client, key, form: _dead_letter(client, key, form),
        needs_group=True,
    ),
    Kind.PURGE_GHOSTS: Ask(
        "Purge ghosts",
        "Pending ids whose entry was deleted count as processed; nothing else is touched.",
        ask_forms.GroupForm,
        lambda client, key, form: plan_purge_ghosts(client, key, form.chosen_group),
        needs_group=True,
    ),
    Kind.APPEND_ENTRY: Ask(
        "Append an entry",
        "To try whether consumers read.",
        ask_forms.AppendEntryForm,
        lambda client, key, form: plan_append_entry(client, key, form.cleaned_data["fields_text"]),
    ),
    Kind.DELETE_ENTRIES: Ask(
        "Delete entries",
        "By their ids, without those that a group still needs unless you say so.",
        ask_forms.DeleteEntriesForm,
        lambda client, key, form: plan_delete_entries(
            client, key, form.cleaned_data["ids"], needed_too=form.cleaned_data["needed_too"]
        ),
    ),
    Kind.REPLAY: Ask(
        "Replay entries",
        "Entries of this stream, or its dead letters, are added to a stream again, no faster than you say.",
        ReplayForm,
        lambda client, key, form: _replay(client, key, form),
    ),
    Kind.EXPORT: Ask(
        "Back the stream up",
        "Entries, groups and pending lists into a file, from which all of it can be restored.",
        ask_forms.NothingForm,
        lambda client, key, form: plan_export(client, key, server=form.server.name),
    ),
    Kind.DELETE_STREAM: Ask(
        "Delete the stream",
        "Its entries, its groups and their pending lists.",
        ask_forms.NothingForm,
        lambda client, key, form: plan_delete_stream(client, key),
    ),
}
_RIGHTS = tuple(dict.fromkeys(PERMISSIONS[kind] for kind in ASKS))


@operator_page(GET=_RIGHTS, POST=_RIGHTS)
def ask(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Asks what is meant, and goes on to the plan."""
    if kind not in ASKS:
        raise Http404(f"No remedy that is called {kind} asks here.")
    stream = get_object_or_404(Stream.objects.select_related("server"), pk=pk)
    require(request, Kind(kind), stream)
    return looking(request, pk, lambda *seen: _ask(*seen, kind=Kind(kind)))


def _ask(request: HttpRequest, stream: Stream, client: "redis.Redis", *, kind: Kind) -> HttpResponse:
    its, key = ASKS[kind], bytes(stream.key)
    try:
        state = look(client, key)
    except PlanError as error:
        return render(request, "streams_admin/unreachable.html", {"stream": stream, "reason": str(error)}, status=503)
    data = request.POST if request.method == "POST" else None
    dead_letters = {"target": f"{names.display(key)[:900]}:dead"} if kind is Kind.DEAD_LETTER else {}
    initial = {**dead_letters, **request.GET.dict()}
    form = its.form(data, groups=[group.name for group in state.groups], initial=initial)
    form.server = stream.server
    form.is_cluster = stream.server.topology == Server.Topology.CLUSTER
    if isinstance(form, ask_forms.RemoveConsumerForm):
        form.offer_consumers(
            [(group.name, row) for group in state.groups for row in pending.consumers_of(client, key, group)]
        )
    if data is not None and form.is_valid():
        try:
            return planned(request, stream, its.plan(client, key, form))
        except PlanError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    context = {
        "stream": stream,
        "ask": its,
        "form": form,
        "state": state,
        "groups": [group_row(group, state.pinned_by) for group in state.groups],
        "nothing_to_ask": its.needs_group and not state.groups,
    }
    return render(request, "streams_admin/ask.html", context, status=400 if form.errors else 200)
