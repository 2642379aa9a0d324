"""One group and what can become of it: read by nobody any more, or behind a trim. What it needs, what it lost, and the ways on."""

from datetime import datetime

import msgspec
import redis
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dashboard.core import names
from dashboard.core.entry_id import EntryId
from dashboard.core.group_state import ABANDONED_AFTER_S
from dashboard.models import Stream
from streams_admin import pending, wording
from streams_admin.access.bound import may
from streams_admin.facts import Count, GroupFact
from streams_admin.guard import operator_page
from streams_admin.models import PERMISSIONS, Backup, Kind
from streams_admin.planning import looking
from streams_admin.plans import PlanError, group_in, look
from streams_admin.redis_io.look import StreamState
from streams_admin.redis_io.whole import WholeGroup, read_whole
from streams_admin.remedies.positions import count_after, count_between
from streams_admin.rows import group_row, time_of

_BACKUPS = 3
_LOOKED_AT = 50  # backups


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """What was removed before the group was given it: after one id, before another, and how much as far as that is known."""

    after_id: str
    before_id: str
    after: datetime | None
    before: datetime | None
    count: Count | None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A way on: what it does for this group, and where its plan is made."""

    title: str
    sentence: str
    address: str
    may: bool


@operator_page(GET=PERMISSIONS[Kind.SET_GROUP_ID])
def group(request: HttpRequest, pk: int) -> HttpResponse:
    """The group that `?group=` names, as it is now."""
    return looking(request, pk, _group)


def _group(request: HttpRequest, stream: Stream, client: "redis.Redis") -> HttpResponse:
    key = bytes(stream.key)
    try:
        name = names.from_slug(request.GET.get("group", ""))
        state = look(client, key)
        fact = group_in(state, name)
    except ValueError:
        raise Http404("No group is named so.") from None
    except PlanError as error:
        return render(request, "streams_admin/unreachable.html", {"stream": stream, "reason": str(error)}, status=503)
    whole = next(each for each in read_whole(client, key).groups if each.name == name)
    unread = count_after(client, key, state, fact.last_delivered_id)
    lost = lost_by(state, whole)
    context = {
        "stream": stream,
        "group": group_row(fact, state.pinned_by),
        "unread": wording.counted(unread),
        "last": _last_to_ask(client, key, fact),
        "abandoned_after": wording.duration(int(ABANDONED_AFTER_S)),
        "held": _held(client, key, state, fact),
        "lost": lost,
        "lost_count": wording.counted(lost.count) if lost and lost.count else "",
        "choices": _choices(request, stream, fact, lost),
        "backups": _backups(stream, lost) if lost else [],
    }
    return render(request, "streams_admin/group.html", context)


def lost_by(state: StreamState, group: WholeGroup) -> Lost | None:
    """What lies between the group's place and the first entry that is left; None where nothing was removed there."""
    if state.first_id is None or not _is_removed(state, group):
        return None
    return Lost(
        after_id=group.last_delivered_id,
        before_id=state.first_id,
        after=time_of(group.last_delivered_id),
        before=time_of(state.first_id),
        count=_lost_count(state, group),
    )


def _is_removed(state: StreamState, group: WholeGroup) -> bool:
    place, first = EntryId.parse(group.last_delivered_id), EntryId.parse(state.first_id or "0-0")
    if first <= place or state.entries_added == state.length:
        return False
    count = _lost_count(state, group)
    # Without counters, and with a first entry right after the place, nothing says that there was anything between.
    return count is None or count.value > 0


def _lost_count(state: StreamState, group: WholeGroup) -> Count | None:
    """Entries added before the first one that is left, less those that the group was given. Exact where none was deleted since."""
    if state.entries_added is None or group.entries_read is None:
        return None
    found = state.entries_added - state.length - group.entries_read
    untouched = EntryId.parse(state.max_deleted_id) < EntryId.parse(state.first_id or "0-0")
    return Count(max(0, found), untouched)


def _backups(stream: Stream, lost: Lost) -> list[Backup]:
    """The latest that have, or may have, what was lost."""
    latest = Backup.objects.of(stream)[:_LOOKED_AT]
    return [backup for backup in latest if backup.may_hold(lost.after_id, lost.before_id)][:_BACKUPS]


class LastToAsk(msgspec.Struct, frozen=True, kw_only=True):
    """The consumer that asked for entries last, and how long ago."""

    name: str
    pending: int
    ago: str
    abandoned: bool  # for so long that the group counts as abandoned


def _last_to_ask(client: "redis.Redis", key: bytes, fact: GroupFact) -> LastToAsk | None:
    """None where there is no consumer, or too many to list."""
    rows = pending.consumers_of(client, key, fact)
    if not rows:
        return None
    last = min(rows, key=lambda row: row.idle_ms)
    idle_s = last.idle_ms // 1000
    return LastToAsk(
        name=names.display(last.name),
        pending=last.pending,
        ago=wording.duration(idle_s),
        abandoned=idle_s >= ABANDONED_AFTER_S,
    )


def _held(client: "redis.Redis", key: bytes, state: StreamState, fact: GroupFact) -> str:
    """How many entries a safe trim has to keep for this group alone."""
    others = [_low(other) for other in state.groups if other.name != fact.name]
    if not others or state.first_id is None:
        return ""
    mine, next_one = _low(fact), min(others)
    if next_one <= mine:
        return ""
    return wording.counted(count_between(client, key, state, str(mine), str(next_one)))


def _low(fact: GroupFact) -> EntryId:
    """The last entry that the group has finished with, and with everything before it."""
    place = EntryId.parse(fact.last_delivered_id)
    return min(place, EntryId.parse(fact.lowest_pending_id).previous()) if fact.lowest_pending_id else place


def _choices(request: HttpRequest, stream: Stream, fact: GroupFact, lost: Lost | None) -> list[Choice]:
    slug = names.to_slug(fact.name)

    def choice(kind: Kind, title: str, sentence: str, query: str = "") -> Choice:
        address = reverse("admin:dashboard_stream_ask", args=[stream.pk, kind.value])
        allowed = may(request.user, PERMISSIONS[kind], stream)
        return Choice(title=title, sentence=sentence, address=f"{address}?group={slug}{query}", may=allowed)

    found = [
        choice(
            Kind.SET_GROUP_ID,
            "Skip what it has not read",
            "Its place becomes the end: it is given new entries only, and holds back no trim any more.",
            "&place=new",
        ),
        choice(
            Kind.DESTROY_GROUP,
            "Destroy it",
            "Its place and its pending list go. Whoever still reads with it gets NOGROUP.",
        ),
    ]
    if lost:
        accept = "Its place becomes the entry before the first one that is left, and its counter is made right; what was lost stays lost."
        found.insert(
            0, choice(Kind.SET_GROUP_ID, "Go on from the first entry that is left", accept, "&place=beginning")
        )
        found.insert(
            1,
            choice(
                Kind.REPAIR_GROUP, "Only make its counter right", "Its place stays; the server knows its lag again."
            ),
        )
    return found
