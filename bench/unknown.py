"""How much of the lag stays unknown: Hypothesis' state machine of tests/proofs on each server, every number checked on the way.

A state is one group at one sample, after whatever clients and operators did to its stream. "Before" is what a sampler
says that never counts entries, "after" what is known after one measuring round. A wrong number ends the run.
`python -m bench.unknown [--json] [--examples 200] [--servers redis-6.2,valkey-9.1]`
"""

import argparse
import json
from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from dashboard.core.lag import LagQuality
from tests.proofs.checks import Tally, unknown
from tests.proofs.machine import machine_on
from tests.proofs.watching import Watching
from tests.proofs.wire import Wire
from tests.servers import Kind, running

MOST_UNKNOWN = 0.05  # of the states after one measuring round


def tally_of(kind: Kind, examples: int) -> Tally:
    """Drives one server; raises AssertionError with the shortest history where a number is wrong."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=40,
        derandomize=False,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    with running(kind) as server:
        wire, watching = Wire(server), Watching(server)
        machine = machine_on(wire, watching)
        run_state_machine_as_test(machine, settings=chosen)
        watching.close()
        wire.close()
    return machine.tally


def shares(lags: Counter[LagQuality]) -> dict[str, float]:
    """Each quality's share of all states."""
    return {quality.value: round(lags[quality] / max(1, lags.total()), 4) for quality in LagQuality}


def main() -> None:
    """Prints a line a server; the status is 1 where more stays unknown than may."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--servers", default=",".join(Kind))
    arguments = parser.parse_args()
    tallies = {kind: tally_of(Kind(kind), arguments.examples) for kind in arguments.servers.split(",")}
    if arguments.json:
        result = {
            kind: {"before": shares(tally.before), "after": shares(tally.after)} for kind, tally in tallies.items()
        }
        print(json.dumps(result))
    else:
        print(f"{'server':11} {'states':>7} {'unknown before':>15} {'after':>7}   after one measuring round")
        for kind, tally in tallies.items():
            words = ", ".join(f"{name} {share:.1%}" for name, share in shares(tally.after).items() if share)
            print(
                f"{kind:11} {tally.after.total():7} {unknown(tally.before):15.1%} {unknown(tally.after):7.2%}   {words}"
            )
    if any(unknown(tally.after) > MOST_UNKNOWN for tally in tallies.values()):
        raise SystemExit(f"More than {MOST_UNKNOWN:.0%} of the lags stay unknown after one measuring round.")


if __name__ == "__main__":
    main()
