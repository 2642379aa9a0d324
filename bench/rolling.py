"""What rolling history up does to a tick: the time from the first XINFO to the published sample, with and without it.

All streams move. Ticks are a second apart; meanwhile history is rolled up, as much as that many streams take (a look of
0.13 s twice a second for 10,000 of them), by nobody, by a thread of the same process, or by a process of its own with a
low priority, as `manage.py run_sampler` has it. The three take turns, so that all of them meet the same machine.
`python -m bench.rolling [--json] [--rolling-streams 10000] [--ticks 20] [--rounds 3]`
"""

import argparse
import json
import multiprocessing
import os
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection
from typing import Any

from bench._contestants import Tick, _prepare, key
from bench._turns import fill
from tests.servers import Kind, running

LIMIT = 1.2  # times the 95th percentile without rolling up
LOOK_EVERY_S, LOOK_S = 0.5, 0.13
#: Ticks before the first: what is two minutes old is rolled up.
WARM = 150
_MOVE = """
for number = 0, ARGV[1] - 1 do
  local key = string.format('bench:orders:%05d', number)
  redis.call('XADD', key, '*', 'amount', '42.50', 'customer', '10432', 'state', 'paid')
  redis.call('XREADGROUP', 'GROUP', 'billing', 'worker', 'STREAMS', key, '>')
end
"""


def look(now: float) -> None:
    """One look of whoever rolls up."""
    from dashboard.history.rollup import roll_up

    roll_up(now, for_s=LOOK_S)


def apart(pipe: "Connection[Any, Any]") -> None:
    """The process that looks whenever it is told the time."""
    import django

    os.nice(10)
    django.setup()
    while now := pipe.recv():
        look(now)
        pipe.send("looked")


class Roller:
    """Looks twice a second in a thread, which is all, or which tells another process."""

    def __init__(self, tick: Tick, look: Callable[[float], None]) -> None:
        self._tick, self._look = tick, look
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        from django.db import connections

        while not self._ended.wait(LOOK_EVERY_S):
            self._look(self._tick.at)
        connections.close_all()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def one(tick: Tick) -> float:
    """A tick from sweep to publish, in seconds; history is written after it."""
    from dashboard.live.publish import encode
    from dashboard.live.sampling.columns import sample_taken

    tick.at += 1.0
    ids, began = tick.books.ids, time.perf_counter()
    read = tick.reader.read(tuple(ids)).tick
    event = sample_taken(read, ids, server_id=tick.server_id, taken_at=tick.at)
    tick.loop.run_until_complete(tick._publish(event, encode(event)))
    took = time.perf_counter() - began
    tick._record(event)
    return took


def measure(streams: int, ticks: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of each tick, by who rolls up meanwhile."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    context = multiprocessing.get_context("spawn")
    with running(Kind.VALKEY_9) as server, running(Kind.VALKEY_9) as ours, server.client() as client:
        fill(client, streams)
        _prepare(ours)
        tick = Tick(server.url, streams)
        assert key(1) == b"bench:orders:00001"
        for _ in range(WARM):
            client.eval(_MOVE, 0, streams)
            one(tick)
        pipe, theirs = context.Pipe()
        keeper = context.Process(target=apart, args=(theirs,))
        keeper.start()

        def told(now: float) -> None:
            pipe.send(now)
            pipe.recv()

        for _ in range(rounds):
            for who, rolls in (("nobody", None), ("a thread", look), ("a process", told)):
                with ExitStack() as rolling:
                    if rolls:
                        rolling.enter_context(Roller(tick, rolls))
                    for _ in range(ticks):
                        began = time.monotonic()
                        client.eval(_MOVE, 0, streams)
                        found[who].append(one(tick))
                        time.sleep(max(0.0, began + 1 - time.monotonic()))
        pipe.send(0.0)
        keeper.join(20)
    return dict(found)


def main() -> None:
    """Measures and prints; the status is 1 where the limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rolling-streams", type=int, default=10_000)
    parser.add_argument("--ticks", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    options, _ = parser.parse_known_args()
    result = {}
    for who, walls in measure(options.rolling_streams, options.ticks, options.rounds).items():
        p95 = sorted(walls)[len(walls) * 95 // 100]
        result[who] = {"median_ms": round(statistics.median(walls) * 1000), "p95_ms": round(p95 * 1000)}
    times = round(result["a process"]["p95_ms"] / result["nobody"]["p95_ms"], 2)
    print(json.dumps({"rolling": result, "times": times, "kept": times <= LIMIT}, indent=None if options.json else 1))
    raise SystemExit(0 if times <= LIMIT else 1)


if __name__ == "__main__":
    main()
