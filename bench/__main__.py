"""`make bench`: every module of this folder that has a `main`, one after the other, each in a process of its own."""

import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Runs them all with the arguments given; the status is 1 where one of them broke a limit."""
    modules = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
    broken = [
        name for name in modules if subprocess.run([sys.executable, "-m", f"bench.{name}", *sys.argv[1:]]).returncode
    ]
    if broken:
        raise SystemExit(f"Limits were broken, or a bench failed: {', '.join(broken)}")


if __name__ == "__main__":
    main()
