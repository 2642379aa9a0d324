"""A small program for the tests: `python -m tests.management.tree TETHER CHILDREN-AS-JSON` supervises shell commands."""

import asyncio
import json
import sys

from dashboard.management.supervisor import Backoff, Child, Supervisor


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


async def main(tether: str, commands: dict[str, str]) -> None:
    supervisor = Supervisor(say, backoff=Backoff(first=0.05, longest=0.4, well_after=5), grace=1.0)
    supervisor.tether = tether
    supervisor.listen_to_signals()
    for name, command in commands.items():
        supervisor.start(Child(name, ["sh", "-c", command], stops_last=name == "last"))
    say("started")
    await supervisor.stop_asked.wait()
    say("stopping")
    await supervisor.stop()
    say("stopped")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
