"""Which entries are replayed, and where to: what a plan of it freezes."""

import secrets
from collections.abc import Iterator, Sequence

import msgspec
import redis

from dashboard.core.entry_id import EntryId
from dashboard.core.names import display
from streams_admin.backup.format import RawEntry
from streams_admin.beside import key_beside
from streams_admin.facts import Count, Facts
from streams_admin.models import Kind
from streams_admin.plans import PlanError, look
from streams_admin.redis_io.scripts import Aborted
from streams_admin.redis_io.whole import entries_between, pages, read_server, read_whole
from streams_admin.wording import ABORTED

MOST_IDS = 1_000
MOST_COUNTED = 100_000  # entries that a preview looks at; beyond, it says "at least"
OURS = b"streamgauge:"  # where a dead letter comes from stands in fields that begin so
_FROM_KEY = OURS + b"key"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Entries by their ids, or between two of them; of these, where a field is named, those whose value fits."""

    ids: tuple[str, ...] = ()
    from_id: str = "-"
    to_id: str = "+"
    field: bytes = b""
    value: bytes = b""
    is_part: bool = False  # whether the value may be a part of what the field holds

    def takes(self, entry: RawEntry) -> bool:
        """Whether the entry is meant, of those between the ids."""
        if not self.field:
            return True
        cells: Sequence[bytes] = entry[1]
        values = [value for name, value in zip(cells[::2], cells[1::2], strict=True) if name == self.field]
        return any(self.value in value if self.is_part else self.value == value for value in values)


class ReplayFacts(Facts, frozen=True, kw_only=True):
    """Entries of a stream, and the stream that they are added to."""

    kind = Kind.REPLAY

    wanted: Wanted
    count: Count
    first_id: str
    last_id: str
    target: bytes
    target_run_id: str
    marker: bytes
    makes_target: bool
    groups: tuple[bytes, ...]
    per_second: int
    strips: bool  # leaves out where dead letters come from
    removes: bool  # from the stream that is replayed

    @property
    def ends(self) -> tuple[str, str] | None:
        return self.first_id, self.last_id


def matching(
    client: "redis.Redis", key: bytes, wanted: Wanted, *, after: str = ""
) -> Iterator[tuple[list[RawEntry], str]]:
    """The wanted entries after an id, page by page, and up to which id was looked. Raises Failed."""
    if wanted.ids:
        for entry_id in wanted.ids:
            if not after or EntryId.parse(entry_id) > EntryId.parse(after):
                name = entry_id.encode()
                found = entries_between(client, key, name, name, at_most=1)
                yield [entry for entry in found if wanted.takes(entry)], entry_id
        return
    for page in pages(client, key, after=after.encode(), start=wanted.from_id.encode(), to=wanted.to_id.encode()):
        yield [entry for entry in page if wanted.takes(entry)], page[-1][0].decode()


def plan_replay(
    client: "redis.Redis",
    target_client: "redis.Redis",
    key: bytes,
    wanted: Wanted,
    *,
    target: bytes,
    per_second: int,
    strips: bool,
    removes: bool,
    is_cluster: bool,
) -> ReplayFacts:
    """The wanted entries, added to `target`. Raises PlanError, Failed."""
    state = look(client, key)
    if wanted.to_id == "+":  # what is added meanwhile, also by this, is not meant
        wanted = msgspec.structs.replace(wanted, to_id=state.last_generated_id)
    count, ends = _looked_through(client, key, wanted)
    groups, makes_target = _groups_of(target_client, target)
    try:
        marker = key_beside(target, secrets.token_hex(6), is_cluster=is_cluster)
    except ValueError as error:
        raise PlanError(str(error), "target") from None
    return ReplayFacts(
        run_id=state.run_id,
        key=key,
        wanted=wanted,
        count=count,
        first_id=ends[0],
        last_id=ends[1],
        target=target,
        target_run_id=read_server(target_client).run_id,
        marker=marker,
        makes_target=makes_target,
        groups=groups,
        per_second=per_second,
        strips=strips,
        removes=removes,
    )


def origin_of(client: "redis.Redis", key: bytes, wanted: Wanted) -> bytes:
    """The stream that the wanted dead letters come from. Raises PlanError where it is not one, Failed."""
    origins: set[bytes] = set()
    for number, (found, _) in enumerate(matching(client, key, wanted)):
        for entry in found:
            cells = entry[1]
            origins |= {value for name, value in zip(cells[::2], cells[1::2], strict=True) if name == _FROM_KEY}
        if len(origins) > 1 or number >= 100:
            break
    if len(origins) == 1:
        return origins.pop()
    if not origins:
        raise PlanError("These entries do not say where they come from: name the stream.", "target")
    names = ", ".join(display(name)[:60] for name in sorted(origins)[:2])
    raise PlanError(
        f"They come from several streams ({names} …): name one, and filter by {display(_FROM_KEY)}.", "target"
    )


def _looked_through(client: "redis.Redis", key: bytes, wanted: Wanted) -> tuple[Count, tuple[str, str]]:
    looked = count = 0
    first = last = ""
    complete = True
    for found, _ in matching(client, key, wanted):
        count += len(found)
        if found:
            first, last = first or found[0][0].decode(), found[-1][0].decode()
        looked += max(1, len(found))
        if looked >= MOST_COUNTED:
            complete = False
            break
    if not count:
        raise PlanError("No entry is meant by this.", "field" if wanted.field else "from_id")
    return Count(count, complete), (first, last)


def _groups_of(client: "redis.Redis", target: bytes) -> tuple[tuple[bytes, ...], bool]:
    try:
        return tuple(group.name for group in read_whole(client, target).groups), False
    except Aborted as aborted:
        if aborted.why == "no-stream":
            return (), True
        raise PlanError(ABORTED[aborted.why], "target") from None
