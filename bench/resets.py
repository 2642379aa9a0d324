"""What "added" says of hostile intervals (E4): keys replaced, counters set, servers that come back from an older file.

`python -m bench.resets [--json] [--intervals 1500] [--seeds 2]`
"""

import argparse
import json
from random import Random

import msgspec

from tests.proofs.resets import Resets, Verdicts
from tests.servers import Kind, running

#: Entries added to another key in the same interval, at most: they loosen the bound that XADD calls are.
NOISE = (0, 40)


def verdicts_on(kind: Kind, noise: int, intervals: int, seeds: int) -> Verdicts:
    """The verdicts over all seeds."""
    total = Verdicts()
    for seed in range(seeds):
        with running(kind) as server:
            found = Resets(server, Random(seed), noise=noise).run(intervals)
        for name in Verdicts.__struct_fields__:
            both = getattr(total, name), getattr(found, name)
            setattr(total, name, max(both) if name == "highest" else sum(both))
    return total


def main() -> None:
    """Prints a line a server and noise; the status is 1 where a number is negative or beyond its bound."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--intervals", type=int, default=1500)
    parser.add_argument("--seeds", type=int, default=2)
    arguments = parser.parse_args()
    rows = [
        (kind, noise, verdicts_on(kind, noise, arguments.intervals, arguments.seeds))
        for kind in Kind
        for noise in NOISE
    ]
    if arguments.json:
        print(
            json.dumps([{"server": kind, "noise": noise, **msgspec.to_builtins(found)} for kind, noise, found in rows])
        )
    else:
        print("server      noise   exact    gap   too low  too high  by at most  negative  beyond its bound")
        for kind, noise, found in rows:
            print(
                f"{kind:11} {noise:5} {found.exact:7} {found.gap:6} {found.too_low:9} {found.too_high:9}"
                f" {found.highest:11} {found.negative:9} {found.beyond_calls:17}"
            )
    if any(found.negative or found.beyond_calls for _, _, found in rows):
        raise SystemExit("A number was negative, or beyond what the server was told to add.")


if __name__ == "__main__":
    main()
