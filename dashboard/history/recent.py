"""The recent past of many streams at once, for sparklines."""

from collections import defaultdict
from collections.abc import Collection

from dashboard.history.blocks import Block, Column, unpack
from dashboard.history.models import HistoryBlock
from dashboard.history.series import join


def added_per_s(stream_ids: Collection[int], *, since: float, until: float) -> dict[int, tuple[list[float], Column]]:
    """Times and what was added per second between two times of our clock, of each stream that has any; one query."""
    rows = HistoryBlock.objects.filter(stream_id__in=stream_ids, ends_at__gte=since, starts_at__lte=until)
    blocks: defaultdict[int, list[Block]] = defaultdict(list)
    for stream_id, points in rows.values_list("stream_id", "points"):
        blocks[stream_id].append(unpack(bytes(points)))
    series = {stream_id: join(of_stream, since=since, until=until) for stream_id, of_stream in blocks.items()}
    return {stream_id: (found.at, found.added_per_s) for stream_id, found in series.items()}
