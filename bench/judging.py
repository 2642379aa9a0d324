"""What judging costs a tick: ten thresholds of every sort on 10,000 streams with two groups, beside the raw floor of a sweep.

Both take turns in one run, as in `bench.sweep`; judging is a part of the sampler's whole tick, measured there by the processor's
time. It includes the server's books (what the registry is told of each tick). A tenth of the streams moves between two turns, then all.
`python -m bench.judging [--json] [--streams 10000] [--rounds 7]`
"""

import argparse
import json
import os
from typing import Any

from bench._turns import Contestant, fill, move
from bench.sweep import print_verdicts
from tests.servers import Kind, RedisServer, running

LIMIT = 1.0
PART = "judge and books"


def measure(server: RedisServer, streams: int, moving: int, rounds: int) -> dict[str, Any]:
    """Milliseconds of the floor and of judging, and how often the floor fits."""
    with server.client() as client:
        fill(client, streams)
        floor = Contestant("floor", "raw_floor", server.url, streams)
        tick = Contestant("tick", "judged_tick", server.url, streams)
        for _ in range(rounds):
            for contestant in (floor, tick):
                move(client, streams * moving // 100)
                contestant.turn(client)
        found, whole = floor.result(floor), tick.result(floor)
        for contestant in (floor, tick):
            contestant.close()
    judging = whole["parts_cpu_ms"][PART]
    return {
        "floor, wall ms": found["wall_ms"],
        "floor, work of client and server ms": found["work_ms"],
        "judging, cpu ms": judging,
        "× the floor's wall": round(judging / found["wall_ms"], 2),
        "× the floor's work": round(judging / found["work_ms"], 2),
    }


def main() -> None:
    """Measures and prints; the status is 1 where the limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--streams", type=lambda text: int(text.split(",")[-1]), default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    options, _ = parser.parse_known_args()
    with running(Kind.VALKEY_9) as server:
        found = {moving: measure(server, options.streams, moving, options.rounds) for moving in (10, 100)}
    if options.json:
        print(json.dumps({"bench": "judging", "load": os.getloadavg()[0], "moving": found}))
    else:
        for moving, figures in found.items():
            print(
                f"\n{options.streams:,} × 2, ten thresholds of every sort, {moving} % moving (load {os.getloadavg()[0]:.1f})"
            )
            for name, value in figures.items():
                print(f"  {value:>9,.2f}  {name}")
    kept = {
        f"judging at most {LIMIT:g} × the floor, {moving} % moving": figures["× the floor's work"] <= LIMIT
        for moving, figures in found.items()
    }
    if not options.json:
        print_verdicts(kept)
    raise SystemExit(0 if all(kept.values()) else 1)


if __name__ == "__main__":
    main()
