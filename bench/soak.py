"""Whether a sampler stays as it is: whole ticks once a second for as long as `--soak` says, and how memory and time drift.

Off unless it is asked for: `python -m bench.soak --soak 600 [--streams 2000]`, or `make bench ARGS='--soak 600'`.
"""

import argparse
import json
import statistics
import time
from typing import Any

from bench._turns import Contestant, fill, move
from bench.sweep import print_verdicts
from tests.servers import Kind, running

#: Growth from the second fifth of the time to the last one; the first fifth fills caches and windows of a minute.
LIMIT_MEMORY, LIMIT_TIME = 1.05, 1.2


def soak(seconds: float, streams: int) -> dict[str, Any]:
    """The medians of memory and of the processor's time a tick, in each fifth of the time."""
    memory: list[float] = []
    with running(Kind.VALKEY_9, "--maxmemory", "0") as server, server.client() as client:
        fill(client, streams)
        contestant = Contestant("whole tick", "whole_tick", server.url, streams)
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            move(client, streams // 10)
            contestant.turn(client)
            memory.append(contestant.now_mb)
            time.sleep(max(0.0, begun + len(memory) - time.monotonic()))
        contestant.close()
    return {"memory_mb": _fifths(memory), "cpu_ms": [one * 1000 for one in _fifths(contestant.cpus)]}


def _fifths(values: list[float]) -> list[float]:
    size = max(1, len(values) // 5)
    return [statistics.median(values[at * size : (at + 1) * size]) for at in range(5)]


def main() -> None:
    """Measures and prints; the status is 1 where a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    parser.add_argument("--soak", type=float, default=0.0, help="seconds; 0 leaves it out")
    parser.add_argument("--soak-streams", type=int, default=2000)
    options, _ = parser.parse_known_args()
    if not options.soak:
        print("soak: left out; --soak 600 runs it for ten minutes")
        return
    result = soak(options.soak, options.soak_streams)
    growth = {name: fifths[-1] / fifths[1] for name, fifths in result.items()}
    found = {
        f"memory grew by at most {LIMIT_MEMORY:g} × ({growth['memory_mb']:.3f})": growth["memory_mb"] <= LIMIT_MEMORY,
        f"a tick's work grew by at most {LIMIT_TIME:g} × ({growth['cpu_ms']:.2f})": growth["cpu_ms"] <= LIMIT_TIME,
    }
    if options.json:
        print(json.dumps({"soak": result}, indent=1))
    else:
        for name, fifths in result.items():
            print(f"  {name} in each fifth: {', '.join(f'{value:.1f}' for value in fifths)}")
        print_verdicts(found)
    raise SystemExit(0 if all(found.values()) else 1)


if __name__ == "__main__":
    main()
