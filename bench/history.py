"""What remembering costs: bytes a point, reading a day of one stream, rolling up and expiring, on SQLite.

A point is one metric of one stream, group or server at one time. Streams move as real ones do: a rate that wanders, lags
that come and go, consumers that are there. An hour of them goes through recorder, journal and roll-up; a day of a
thousand streams is then written from those blocks, moved in time. A few streams live for as long as it takes to fill the
blocks of a minute's points, for their size; and two for four days, at a sample in 30 s, for those of a quarter of an hour.
`python -m bench.history [--json] [--streams 1000] [--shelves 1] [--hours 8] [--long-hours 96]`
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Iterable, Iterator
from typing import Any

from bench._contestants import _prepare
from tests.servers import Kind as Program
from tests.servers import running

LIMITS = {"bytes_a_point": 3.0, "day_p95_ms": 50.0}
GROUPS = ("YmlsbGluZw", "YXVkaXQ")
PROVENANCE = {"lag_quality", "time_lag_estimated", "added_at_least"}
START = 1_763_985_600
HOUR_S = 3600
FULL = 350  # points


class _Stream:
    """One stream with two groups, a second at a time."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.rate = chance.uniform(5, 500)
        self.length, self.memory = chance.randint(1000, 100_000), chance.randint(10**6, 10**8)
        self.lag, self.pending = [0.0, 0.0], [0, 0]

    def seen(self, count: float) -> float:
        """A second's count as a rate: samples are a second apart, more or less."""
        return round(count / self.chance.gauss(1, 0.001), 3)

    def step(self) -> tuple[list[Any], list[list[Any]]]:
        chance = self.chance
        self.rate = max(0.0, self.rate * chance.gauss(1, 0.02))
        added = max(0, round(chance.gauss(self.rate, self.rate**0.5)))
        self.length = max(0, self.length + added - round(self.rate))
        if chance.random() < 1 / 60:
            self.memory += chance.randint(-10_000, 12_000)
        groups = []
        for at in range(2):
            read = min(self.lag[at] + added, max(0.0, chance.gauss(self.rate * 1.05, self.rate**0.5)))
            self.lag[at] += added - round(read)
            self.lag[at] = max(0.0, self.lag[at])
            self.pending[at] = max(0, self.pending[at] + chance.randint(-2, 2))
            behind = round(self.lag[at] / self.rate, 3) if self.rate else None
            waiting = round(chance.uniform(0, 2), 3) if self.pending[at] else 0.0
            groups.append(
                [int(self.lag[at]), self.seen(round(read)), self.seen(max(0, round(read) + chance.randint(-2, 2))), behind,
                 self.pending[at], waiting, round(chance.uniform(0.1, 0.2), 3), 3, 3, 0, 0, 0, 0]
            )  # fmt: skip
        return [self.length, self.seen(added), self.memory, sum(self.pending)], groups


def _numbers(metrics: Iterable[Any]) -> list[Any]:
    """Without those that say how sure others are."""
    return [metric for metric in metrics if not metric.words]


def ticks(streams: int, seconds: int, every_s: int = 1) -> Iterator[Any]:
    """Samples of that many streams, so many seconds apart, as the sampler would take them."""
    from dashboard.history.metrics import GROUP_METRICS, SERVER_METRICS, STREAM_METRICS
    from dashboard.live.events import GroupColumns, SampleTaken, ServerHealth, StreamColumns

    chance = random.Random(1)
    moving = [_Stream(chance) for _ in range(streams)]
    counted = [False] * streams * len(GROUPS)  # a lag that has to be counted stays so for a minute or two
    health: dict[str, Any] = {metric.name: 10 for metric in SERVER_METRICS}
    for second in range(0, seconds, every_s):
        own, groups = zip(*[stream.step() for stream in moving], strict=True)
        flat = [row for rows in groups for row in rows]
        columns = {m.name: list(c) for m, c in zip(_numbers(STREAM_METRICS), zip(*own, strict=True), strict=True)}
        of_groups = {m.name: list(c) for m, c in zip(_numbers(GROUP_METRICS), zip(*flat, strict=True), strict=True)}
        columns["added_at_least"] = [False] * streams
        counted = [one != (chance.random() < 1 / 100) for one in counted]
        of_groups |= {
            "lag_quality": ["measured" if one else "exact" for one in counted],
            "time_lag_estimated": [False] * len(flat),
        }
        at = START + second + chance.uniform(0, 0.004)
        yield SampleTaken(
            server=1,
            at=at,
            taken_at=at,
            interval=float(every_s),
            streams=StreamColumns(id=list(range(streams)), every_s=[None] * streams, **columns),
            groups=GroupColumns(
                stream=[pk for pk in range(streams) for _ in GROUPS], slug=list(GROUPS) * streams, **of_groups
            ),
            health=ServerHealth(**(health | {"clients": chance.randint(10, 20)})),
        )


def lived(streams: int, seconds: int, every_s: int = 1) -> dict[str, float]:
    """A time of sampling; processor's milliseconds a second and stream of recording and of rolling up."""
    from dashboard.history.recorder import Recorder
    from dashboard.history.rollup import roll_up

    recorder, spent = Recorder(), {"record": 0.0, "roll_up": 0.0}
    for number, sample in enumerate(ticks(streams, seconds, every_s)):
        began = time.process_time()
        recorder.append(sample)
        recorder.flush()
        recorded = time.process_time()
        if number % 5 == 0:
            roll_up(START + number * every_s, for_s=60)
        spent["record"] += recorded - began
        spent["roll_up"] += time.process_time() - recorded
    began = time.process_time()
    # Later, when everything is due.
    for later in range(3):
        roll_up(START + seconds + 2 * HOUR_S + later * 60, for_s=600)
    spent["roll_up"] += time.process_time() - began
    return {name: value * 1000 / seconds / streams for name, value in spent.items()}


def sizes(hours: int, *, coarsest: bool = False) -> dict[int, dict[str, float]]:
    """Of each resolution (or the coarsest alone) whose blocks are full within that time: bytes a point, and kB an hour of a stream.

    Of the coarsest only full blocks count; a stream's first is shorter by a part of its own. A rolled-up point has four values. What says how sure a number is counts as bytes, and not as a point.
    """
    from django.conf import settings

    from dashboard.history.blocks import unpack
    from dashboard.history.metrics import Kind
    from dashboard.history.models import HistoryBlock

    found = {}
    levels = settings.HISTORY_LEVELS[-1:] if coarsest else settings.HISTORY_LEVELS
    for resolution in [level.step_s for level in levels if level.span_s < hours * HOUR_S]:
        rows = HistoryBlock.objects.filter(kind=Kind.STREAM, resolution=resolution).values_list("points", flat=True)
        size, points, seconds = 0, 0, 0.0
        for packed in rows:
            block = unpack(bytes(packed))
            if coarsest and len(block.at_ms) < FULL:
                continue
            size += len(packed)
            points += len(block.at_ms) * sum(name not in PROVENANCE for _, name in block.keys)
            seconds += len(block.at_ms) * max(resolution, 1)
        found[resolution] = {
            "bytes_a_point": round(size / points, 2),
            "kb_an_hour": round(size / seconds * HOUR_S / 1024, 1),
        }
    return found


def fill(streams: int) -> float:
    """A day of that many streams at the first rolled-up resolution, the newest hour as samples; the database's MB."""
    from django.db import connection

    from dashboard.history import store
    from dashboard.history.blocks import unpack
    from dashboard.history.metrics import Kind, Subject
    from dashboard.history.models import HistoryBlock

    def moved(packed: bytes, to_ms: int) -> Any:
        block = unpack(packed)
        first = block.at_ms[0]
        block.at_ms[:] = [moment - first + to_ms for moment in block.at_ms]
        return block

    blocks = HistoryBlock.objects.filter(kind=Kind.STREAM)
    coarse = [bytes(p) for p in blocks.filter(resolution=10).order_by("-ends_at").values_list("points", flat=True)]
    coarse = sorted(coarse, key=len)[-16:]
    fine = [bytes(p) for p in blocks.filter(resolution=0).values_list("points", flat=True)]
    fine = [packed for packed in fine if 115 <= len(unpack(packed).at_ms) <= 130][:16]
    blocks.delete()
    spans = [(10, coarse, (START - (24 - hour) * HOUR_S) * 1000, HOUR_S * 1000) for hour in range(24)]
    spans += [(0, fine, (START + number * 130) * 1000, 130_000) for number in range(HOUR_S // 130)]
    for resolution, variants, start_ms, length_ms in spans:
        rows = []
        for number, packed in enumerate(variants):
            block = moved(packed, start_ms)
            row = store.packed(Subject(Kind.STREAM, number), resolution, block, start_ms + length_ms)
            rows.append(row)
        many = [rows[n % len(rows)]._replace(subject=n) for n in range(streams)]
        store.write_blocks(many)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("PRAGMA page_count")
        return float(cursor.fetchone()[0]) * 4096 / 2**20


def read_days(streams: int, times: int = 300) -> dict[str, float]:
    """Milliseconds that it takes to read 24 h of one stream's metric, and of what its page shows."""
    from dashboard.history import reading
    from dashboard.history.metrics import Kind, Subject
    from dashboard.views.history import _CHARTED

    chance, until = random.Random(2), START + HOUR_S
    found: dict[str, float] = {}
    for name, metrics in (("day", {"lag"}), ("page", set(_CHARTED))):
        taken, worked = [], []
        for _ in range(times):
            began, working = time.perf_counter(), time.process_time()
            series = reading.read(
                Subject(Kind.STREAM, chance.randrange(streams)), since=until - 86400, until=until, metrics=metrics
            )
            taken.append((time.perf_counter() - began) * 1000)
            worked.append((time.process_time() - working) * 1000)
            assert 800 < len(series.at) <= 1000
        taken.sort()
        worked.sort()
        found[f"{name}_p95_cpu_ms"] = round(worked[times * 95 // 100], 1)
        found |= {
            f"{name}_p50_ms": round(statistics.median(taken), 1),
            f"{name}_p95_ms": round(taken[times * 95 // 100], 1),
        }
    return found


def expired() -> float:
    """Processor's milliseconds to delete a row that is too old."""
    from dashboard.history.expiry import expire

    began = time.process_time()
    deleted = expire(START + 86400 * 3, batches=20)
    return (time.process_time() - began) * 1000 / deleted


def forget() -> None:
    """Empties history, and with it what was rolled up to when."""
    from dashboard.history.models import HistoryBlock, JournalEntry, RollUp

    for model in (HistoryBlock, JournalEntry, RollUp):
        model.objects.all().delete()


def main() -> None:
    """Measures, prints, and ends with status 1 where a limit was broken."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--shelves", type=int, default=1)
    parser.add_argument("--hours", type=int, default=8, help="lived by a few streams, for the size of full blocks")
    parser.add_argument(
        "--long-hours", type=int, default=96, help="lived by a few at a sample in 30 s; 90 fill a block"
    )
    options, _ = parser.parse_known_args()
    with running(Program.VALKEY_9) as ours:
        _prepare(ours)
        cost = lived(64 * options.shelves, HOUR_S + 400)
        result: dict[str, Any] = {}
        result["ms_a_second_for_10000_streams"] = {name: round(ms * 10_000, 1) for name, ms in cost.items()}
        result["database_mb"] = round(fill(options.streams))
        result |= read_days(options.streams)
        # A stream's samples are a block each two minutes, its coarser blocks hardly count.
        result["ms_a_second_for_10000_streams"]["expire"] = round(expired() * 10_000 / 120, 1)
        forget()
        lived(8, options.hours * HOUR_S)
        result["sizes"] = sizes(options.hours)
        forget()
        lived(2, options.long_hours * HOUR_S, every_s=30)
        result["sizes"] |= sizes(options.long_hours, coarsest=True)
    kept = result["day_p95_ms"] <= LIMITS["day_p95_ms"] and all(
        its["bytes_a_point"] <= LIMITS["bytes_a_point"] for its in result["sizes"].values()
    )
    print(json.dumps({"history": result, "kept": kept}, indent=None if options.json else 1))
    raise SystemExit(0 if kept else 1)


if __name__ == "__main__":
    main()
