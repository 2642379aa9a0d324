"""What a sweep costs: the raw floor, our sweep, the sampler's whole tick, redis-py's pipeline, an exporter; side by side in one run.

Every contestant is a process of its own and takes its round in turn, so that all of them meet the same machine. Between
turns a share of the streams gets an entry, which one of its two groups reads: a tenth, and all (the worst case, nothing
is as it was). Both wall time and the processor's time of client and server are compared with the floor's: the first is
what an operator waits, the second is still true on a machine that is busy with something else.
`python -m bench.sweep [--json] [--streams 1000,10000,20000] [--moving 10,100] [--rounds 7]`
"""

import argparse
import itertools
import json
import os
import platform
from typing import Any

from bench._contestants import GROUPS
from bench._turns import Contestant, fill, move
from tests.servers import Kind, RedisServer, running

FLOOR, SWEEP, TICK, PIPELINE, EXPORTER = "raw floor", "our sweep", "whole tick", "redis-py pipeline", "redis exporter"
CONTESTANTS = {
    FLOOR: "raw_floor",
    SWEEP: "our_sweep",
    TICK: "whole_tick",
    PIPELINE: "pipeline",
    EXPORTER: "exporter",
}
#: Limits hold for this many streams; for fewer and more the figures are reported.
JUDGED = 10_000
LIMITS = {SWEEP: 1.5, TICK: 4.0}
LIMIT_SERVER = 1.1
LEAST_TIMES_FASTER = 15
LIMIT_LINEAR = 1.2
LIMIT_RSS_MB, LIMIT_RSS_KB_A_STREAM = 200, 10
#: A scrape takes seconds; the exporter takes its turn in the first rounds alone.
EXPORTER_ROUNDS = 3


def compare(server: RedisServer, streams: int, moving: int, rounds: int) -> dict[str, Any]:
    """Every contestant's figures at this number of streams, and how often the floor fits into them."""
    with server.client() as client:
        fill(client, streams)
        contestants = [Contestant(name, make, server.url, streams) for name, make in CONTESTANTS.items()]
        for turn in range(rounds):
            for contestant in contestants:
                if contestant.name != EXPORTER or turn < EXPORTER_ROUNDS:
                    move(client, streams * moving // 100)
                    contestant.turn(client)
    for contestant in contestants:
        contestant.close()
    return {contestant.name: contestant.result(contestants[0]) for contestant in contestants}


def verdicts(results: dict[str, Any], streams: int) -> dict[str, bool]:
    """Which limits were kept."""
    allowed = LIMIT_RSS_MB + LIMIT_RSS_KB_A_STREAM * streams / 1000
    kept = {f"sampler below {allowed:g} MB": results[TICK]["peak_rss_mb"] < allowed}
    if streams != JUDGED:
        return kept
    for name, limit in LIMITS.items():
        kept[f"{name} at most {limit:g} × the floor"] = results[name]["times_floor"] <= limit
    kept[f"server's work at most {LIMIT_SERVER} × the floor's"] = results[SWEEP]["times_floor_server"] <= LIMIT_SERVER
    faster = round(results[EXPORTER]["wall_ms"] / results[SWEEP]["wall_ms"], 1)
    kept[f"at least {LEAST_TIMES_FASTER} × faster than the exporter ({faster:g} ×)"] = faster >= LEAST_TIMES_FASTER
    return kept


def linear(every: dict[tuple[int, int], dict[str, Any]]) -> dict[str, bool]:
    """Whether a stream costs as much among twice as many, by the work of sweep and tick."""
    kept = {}
    for (streams, moving), name in itertools.product(every, (SWEEP, TICK)):
        twice = every.get((2 * streams, moving))
        if twice and streams == JUDGED:
            ratio = twice[name]["work_ms"] / 2 / every[streams, moving][name]["work_ms"]
            words = f"{name}, {moving} % moving: a stream of {2 * streams:,} costs {ratio:.2f} × one of {streams:,}"
            kept[words] = 1 / LIMIT_LINEAR <= ratio <= LIMIT_LINEAR
    return kept


def _print(name: str, results: dict[str, Any], found: dict[str, bool]) -> None:
    print(
        f"\n{name:<28} {'wall ms':>9} {'× floor':>8} {'CPU ms':>8} {'server CPU':>11} {'× floor':>8}"
        f" {'work ×':>8} {'peak MB':>8}"
    )
    for contestant, result in results.items():
        print(
            f"  {contestant:<26} {result['wall_ms']:>9,.1f} {result['times_floor']:>8.2f} {result['cpu_ms']:>8,.1f}"
            f" {result['server_cpu_ms']:>11,.1f} {result['times_floor_server']:>8.2f} {result['times_floor_cpu']:>8.2f}"
            f" {result['peak_rss_mb']:>8}"
        )
        for part, milliseconds in result["parts_cpu_ms"].items():
            print(f"    {part:<42} {milliseconds:>8,.1f}")
    print_verdicts(found)


def print_verdicts(found: dict[str, bool]) -> None:
    """A line for each limit."""
    for words, kept in found.items():
        print(f"  {'kept  ' if kept else 'BROKEN'} {words}", flush=True)


def main() -> None:
    """Measures and prints; the status is 1 where a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--streams", default="1000,10000,20000")
    parser.add_argument("--moving", default="10,100", help="percent of the streams that change between two rounds")
    parser.add_argument("--rounds", type=int, default=7)
    options, _ = parser.parse_known_args()  # `make bench` gives every bench the same ones
    every: dict[tuple[int, int], dict[str, Any]] = {}
    kept = True
    with running(Kind.VALKEY_9) as server:
        for streams, moving in itertools.product(_numbers(options.streams), _numbers(options.moving)):
            every[streams, moving] = results = compare(server, streams, moving, options.rounds)
            found = verdicts(results, streams)
            kept &= all(found.values())
            if not options.json:
                _print(_name(streams, moving), results, found)
    found = linear(every)
    kept &= all(found.values())
    if options.json:
        figures = {_name(*case): results for case, results in every.items()}
        print(json.dumps({"machine": platform.platform(), "cores": os.cpu_count(), "sweep": figures}, indent=1))
    else:
        print()
        print_verdicts(found)
    raise SystemExit(0 if kept else 1)


def _name(streams: int, moving: int) -> str:
    return f"{streams:,} × {len(GROUPS)}, {moving} % moving"


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


if __name__ == "__main__":
    main()
