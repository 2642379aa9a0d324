"""A sampler that is killed at any instant: what was stored is there, once, at every resolution."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dashboard.history import reading, rollup
from dashboard.history.metrics import Kind, Subject
from dashboard.history.resolutions import parse_levels
from tests.history.samples import NOON, SERVER

LEVELS = "samples:4h,10s:1d,1m:2d"
KILLS = 6


def _written_until_killed(url: str, first: int, patience: float) -> int:
    """The last second that the writer said is stored."""
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.history.writer", str(first)],
        cwd=root,
        env={**os.environ, "DATABASE_URL": url, "HISTORY": LEVELS},
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdout.readline()
    time.sleep(patience)
    process.kill()
    acknowledged = process.stdout.read().split()
    process.wait()
    process.stdout.close()
    return int(acknowledged[-1]) if acknowledged else first


def test_a_writer_that_is_killed_again_and_again_loses_nothing_that_it_said_is_stored(
    each_database: str, settings: Any
) -> None:
    settings.HISTORY_LEVELS = parse_levels(LEVELS)
    chance, first = random.Random(), 0
    acknowledged: set[int] = set()

    for _ in range(KILLS):
        last = _written_until_killed(each_database, first, chance.uniform(0.1, 1.2))
        acknowledged |= set(range(first, last + 1))
        first = last + 2  # the one after the last may be stored although nobody heard of it

    assert len(acknowledged) > 300
    now = NOON + first + 3 * 3600
    for later in range(3):
        rollup.roll_up(now + later * 60, for_s=60)
    for subject, name in ((Subject(Kind.STREAM, 130), "length"), (Subject(Kind.SERVER, SERVER), "clients")):
        seen: list[int] = []
        for since in range(0, first, 900):
            track = reading.read(subject, since=NOON + since, until=NOON + since + 899.5).own[name]
            assert track.is_samples
            seen += [value for value in track.last if isinstance(value, int)]
        assert len(seen) == len(set(seen))
        assert acknowledged <= set(seen) <= acknowledged | {second + 1 for second in acknowledged}
        coarse = reading.read(subject, since=NOON - 5 * 3600, until=NOON + first)
        for at, least, most in zip(coarse.at, *coarse.own[name][::2], strict=True):
            if least is not None:
                start = round(at - NOON)
                inside = [second for second in seen if start <= second < start + (coarse.step_s or 0)]
                assert (least, most) == (min(inside), max(inside))


@pytest.mark.parametrize("kept", ["", "nonsense", "samples:1s"])
def test_a_setting_that_cannot_be_is_refused_at_the_start(kept: str) -> None:
    root = Path(__file__).parents[2]
    env = {**os.environ, "HISTORY": kept, "DJANGO_SETTINGS_MODULE": "tests.settings", "LOG_LEVEL": "WARNING"}

    ran = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=root, env=env, capture_output=True, text=True, check=False
    )

    if kept:
        assert ran.returncode != 0
        assert "HISTORY" in ran.stderr
    else:
        assert ran.returncode == 0, ran.stderr
