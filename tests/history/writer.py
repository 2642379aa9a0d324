"""A process that records, writes and rolls up as a sampler does, and says what is stored; for a test to kill.

`python -m tests.history.writer FIRST`: a second of time a round, from FIRST on; each line is the last stored second.
"""

import itertools
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
django.setup()

from dashboard.history.recorder import Recorder  # noqa: E402
from dashboard.history.rollup import roll_up  # noqa: E402
from tests.history.samples import NOON, tick  # noqa: E402


def main() -> None:
    """Never ends by itself."""
    recorder = Recorder()
    for second in itertools.count(int(sys.argv[1])):
        recorder.append(tick(second, {130: second, 131: second}, clients=second))
        recorder.flush()
        print(second, flush=True)  # noqa: T201 - the acknowledgement
        if second % 7 == 0:
            roll_up(NOON + second)


main()
