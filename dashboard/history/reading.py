"""Reading: any range of a subject's past, at the finest resolution that covers it."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.conf import settings

from dashboard.history.blocks import Block, unpack
from dashboard.history.journal import STREAMS_A_SHELF, JournalRow, Point, Sample, Tick, blocks_of, rows_of, shelf_of
from dashboard.history.metrics import Kind, Subject
from dashboard.history.models import HistoryBlock, JournalEntry
from dashboard.history.resolutions import JOURNAL_S, Level, longest_s
from dashboard.history.series import MOST_POINTS, Series, join

_DAY_MS = 86400 * 1000
#: Retention is kept block by block, so that at its edge a little more is there.
_SLACK_S = 60


def read(
    subject: Subject,
    *,
    since: float,
    until: float,
    metrics: Collection[str] | None = None,
    tail: Iterable[Sample] = (),
    now: float | None = None,
    most: int = MOST_POINTS,
) -> Series:
    """What is stored between two times of our clock, in seconds since the epoch, in at most `most` points.

    The last second may not be stored yet; it comes from `tail`, the latest samples. `metrics` are the wanted ones, or
    all. `now` (None: `until`) says what the finer resolutions have dropped by now.
    """
    levels = _levels((until if now is None else now) - since)
    fresh = [row for sample in tail for row in rows_of(sample)]
    # The journal before the blocks: what moves from one to the other meanwhile is then found twice, and not never.
    journal = _journal([shelf_of(subject)], since)
    blocks: list[Block] = []
    begin = round(since * 1000)
    for level in levels:
        found, begin = _blocks(subject, level, begin, round(until * 1000))
        blocks += found
    points = _points(journal + fresh, {subject.pk}, subject.kind, metrics)[subject.pk]
    recent = [point for point in points if point.at_ms >= begin]
    blocks += blocks_of(recent, subject.kind, span_ms=_DAY_MS)
    step_s = _reach_back(subject, blocks, levels[0].step_s, round(since * 1000), round(until * 1000))
    return join(blocks, since=since, until=until, metrics=metrics, step_s=step_s, most=most)


def _reach_back(subject: Subject, blocks: list[Block], step_s: int, since_ms: int, until_ms: int) -> int:
    """Adds what only coarser levels have of a range's beginning; returns the coarsest step of all.

    A level that was set lately, or for longer than before, has nothing older than what it could be made from.
    """
    for level in settings.HISTORY_LEVELS:
        first = min((_within(block, since_ms, until_ms)[0] for block in blocks), default=until_ms)
        if level.step_s <= step_s or first - since_ms <= max(_SLACK_S, 2 * step_s) * 1000:
            continue
        step_ms, older = level.step_s * 1000, _blocks(subject, level, since_ms, first)[0]
        spans = [_within(block, since_ms, first) for block in older]
        if min((begin for begin, _ in spans), default=first) + step_ms > first:
            continue
        ends = max(end for _, end in spans) + step_ms
        for block in older:
            block.not_from_ms = ends
        for block in blocks:
            block.not_before_ms = max(block.not_before_ms, ends)
        blocks[:0], step_s = older, level.step_s
    return step_s


def _within(block: Block, since_ms: int, until_ms: int) -> tuple[int, int]:
    """The first and the last moment of a block's points in a range, both `until_ms` and `since_ms` where there is none."""
    start = bisect_left(block.at_ms, max(since_ms, block.not_before_ms))
    end = bisect_right(block.at_ms, until_ms)
    return (block.at_ms[start], block.at_ms[end - 1]) if start < end else (until_ms, since_ms)


def added_per_s(stream_ids: Collection[int], *, since: float, until: float) -> dict[int, Series]:
    """What was added per second in the last minutes, of each of many streams that has any; for sparklines."""
    wanted = {"added_per_s"}
    journal = _journal({pk // STREAMS_A_SHELF for pk in stream_ids}, since)
    rows = HistoryBlock.objects.filter(
        kind=Kind.STREAM, subject__in=stream_ids, resolution=0, starts_at__gt=round(since * 1000) - 2 * JOURNAL_S * 1000
    )
    blocks: defaultdict[int, list[Block]] = defaultdict(list)
    for pk, points in rows.values_list("subject", "points"):
        blocks[pk].append(unpack(bytes(points)))
    for pk, its in _points(journal, set(stream_ids), Kind.STREAM, wanted).items():
        blocks[pk] += blocks_of(its, Kind.STREAM, span_ms=_DAY_MS)
    series = {pk: join(its, since=since, until=until, metrics=wanted) for pk, its in blocks.items()}
    return {pk: found for pk, found in series.items() if found.at}


def _levels(age_s: float) -> list[Level]:
    """The finest level that reaches so far back, then the finer ones, which have what it does not have yet."""
    levels = settings.HISTORY_LEVELS
    place = next((at for at, level in enumerate(levels) if age_s <= level.kept_s + _SLACK_S), len(levels) - 1)
    return list(reversed(levels[: place + 1]))


def _journal(shelves: Collection[int], since: float) -> list[JournalRow]:
    rows = JournalEntry.objects.filter(shelf__in=shelves, at__gte=round(since * 1000))
    return [JournalRow(*row[:3], bytes(row[3])) for row in rows.values_list("shelf", "server_id", "at", "body")]


def _blocks(subject: Subject, level: Level, since_ms: int, until_ms: int) -> tuple[list[Block], int]:
    """The level's blocks of a range, and from when on finer ones are wanted."""
    rows = HistoryBlock.objects.filter(
        kind=subject.kind,
        subject=subject.pk,
        resolution=level.step_s,
        # No block is longer than this; so the index finds both ends.
        starts_at__gt=since_ms - 2 * longest_s(level.step_s) * 1000,
        starts_at__lte=until_ms,
        ends_at__gte=since_ms,
    ).values_list("ends_at", "points")
    found, ends = [], [since_ms]
    for ends_at, points in rows:
        block = unpack(bytes(points))
        block.not_before_ms = since_ms
        found.append(block)
        ends.append(ends_at)
    return found, max(ends) if level.step_s else since_ms


def _points(
    rows: Sequence[JournalRow], pks: set[int], kind: Kind, metrics: Collection[str] | None
) -> defaultdict[int, list[Point]]:
    points: defaultdict[int, list[Point]] = defaultdict(list)
    for row in rows:
        if (row.shelf < 0) is (kind is Kind.SERVER):
            for pk, point in Tick(row, wanted=metrics).points():
                if pk in pks:
                    points[pk].append(point)
    return points
