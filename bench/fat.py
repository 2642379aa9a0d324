"""What large entries cost a sweep: 2,000 streams with 64 kB entries beside the same with 64 B, standing still and all moving.

XINFO STREAM drags the first and the last entry along, and we read large ones without. The raw floor, which reads everything,
shows what it would cost. Both servers run side by side and the contestants take turns, as in bench.sweep.
`python -m bench.fat [--json] [--rounds 9]`
"""

import argparse
import json
from typing import Any

import redis

from bench._turns import Contestant, fill, median_ms, move, times
from bench.sweep import print_verdicts
from tests.servers import Kind, RedisServer, running

STREAMS = 2_000
SMALL, LARGE = b"x" * 64, b"x" * 65_536
LIMIT = 2.0
#: The first sweeps find the large streams and read each of them whole.
WARM_UP = 3


class _Side:
    """One server with its streams and its contestants."""

    def __init__(self, server: RedisServer, payload: bytes) -> None:
        self.payload = payload
        self.client: redis.Redis = server.client()
        fill(self.client, STREAMS, payload=payload, entries=2)
        self.sweep = Contestant("our sweep", "our_sweep", server.url, STREAMS)
        self.floor = Contestant("raw floor", "raw_floor", server.url, STREAMS)

    def round(self, moving: bool) -> None:
        """A turn of each, after every stream got an entry where they move."""
        for contestant in (self.sweep, self.floor):
            if moving:
                self._move()
            contestant.turn(self.client)

    def _move(self) -> None:
        move(self.client, STREAMS, payload=self.payload)
        batch = self.client.pipeline(transaction=False)
        for number in range(STREAMS):
            batch.xtrim(f"bench:orders:{number:05d}", maxlen=3, approximate=False)  # or memory would not do
        batch.execute()

    def clear(self) -> None:
        """Forgets the turns so far."""
        for contestant in (self.sweep, self.floor):
            for turns in (contestant.walls, contestant.cpus, contestant.server_cpus, contestant.parts):
                turns.clear()

    def close(self) -> None:
        """Ends the contestants."""
        self.sweep.close()
        self.floor.close()


def measure(small: _Side, large: _Side, *, moving: bool, rounds: int) -> dict[str, Any]:
    """Figures of both sides, and how often the small one's fit into the large one's."""
    for side in (small, large):
        for _ in range(WARM_UP):
            side.round(moving)
        side.clear()
    for _ in range(rounds):
        small.round(moving)
        large.round(moving)
    return {
        "small_ms": median_ms(small.sweep.walls),
        "large_ms": median_ms(large.sweep.walls),
        "large_floor_ms": median_ms(large.floor.walls),
        "times": times(large.sweep.walls, small.sweep.walls),
        "times_server": times(large.sweep.server_cpus, small.sweep.server_cpus),
        "times_work": times(large.sweep.work(), small.sweep.work()),
    }


def verdicts(name: str, result: dict[str, Any]) -> dict[str, bool]:
    """Which limits were kept."""
    return {
        f"{name}: {words} at most {LIMIT:g} × that of small entries": result[figure] <= LIMIT
        for words, figure in (("wall time", "times"), ("server's work", "times_server"))
    }


def main() -> None:
    """Measures and prints; the status is 1 where a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--rounds", type=int, default=9)
    options, _ = parser.parse_known_args()
    results: dict[str, Any] = {}
    with running(Kind.VALKEY_9) as one, running(Kind.VALKEY_9) as other:
        small, large = _Side(one, SMALL), _Side(other, LARGE)
        for moving, name in ((False, "standing still"), (True, "all moving")):
            results[name] = measure(small, large, moving=moving, rounds=options.rounds)
        small.close()
        large.close()
    found = {words: kept for name, result in results.items() for words, kept in verdicts(name, result).items()}
    if options.json:
        print(json.dumps({"fat": results}, indent=1))
    else:
        for name, result in results.items():
            print(
                f"{STREAMS:,} streams, {name}: 64 B {result['small_ms']:g} ms, 64 kB {result['large_ms']:g} ms"
                f" ({result['times']:g} ×; server {result['times_server']:g} ×, all work {result['times_work']:g} ×);"
                f" with all entries read along {result['large_floor_ms']:g} ms"
            )
        print_verdicts(found)
    raise SystemExit(0 if all(found.values()) else 1)


if __name__ == "__main__":
    main()
